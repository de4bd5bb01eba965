#pragma once

#include "base/failure.hpp"
#include "messages/contacts/document.hpp"

namespace carillon {

/// The part of the state store for documents; see `state_store`. The requests name further errors.
class document_record_store {
public:
  virtual ~document_record_store() = default;

  virtual expected<document> add(const add_document& x, timestamp now) = 0;

  virtual expected<document> get(const get_document& x) = 0;

  virtual expected<document_page> list(const list_documents& x) = 0;

  virtual expected<old_documents> find(const find_old_documents& x) = 0;

  /// How many there were.
  virtual expected<uint64_t> remove(const remove_documents& x, timestamp now) = 0;
};

} // namespace carillon

#pragma once

#include "persistence/state/contacts/document_record_store.hpp"
#include "persistence/state/operators/audit_trail.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <string>

namespace carillon::sql {

/// Documents made from events, in SQL.
class sql_document_record_store final : public document_record_store {
public:
  sql_document_record_store(state_connection& db, audit_trail& audit) : db_(db), audit_(audit) {
  }

  expected<document> add(const add_document& x, timestamp now) override;
  expected<document> get(const get_document& x) override;
  expected<document_page> list(const list_documents& x) override;
  expected<old_documents> find(const find_old_documents& x) override;
  expected<uint64_t> remove(const remove_documents& x, timestamp now) override;

private:
  /// By id, or by key if it is 0.
  expected<document> find_one(uint64_t id, const std::string& key);

  state_connection& db_;
  audit_trail& audit_;
};

} // namespace carillon::sql

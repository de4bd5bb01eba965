#pragma once

#include "base/failure.hpp"
#include "messages/contacts/contact.hpp"

namespace carillon {

/// The part of the state store for contacts; see `state_store`. The requests name further errors.
class contact_store {
public:
  virtual ~contact_store() = default;

  virtual expected<contact> put(const put_contact& x, timestamp now) = 0;

  virtual expected<void> remove(const delete_contact& x, timestamp now) = 0;

  virtual expected<contact> get(const get_contact& x) = 0;

  virtual expected<contact_list> list(const list_contacts& x) = 0;
};

} // namespace carillon

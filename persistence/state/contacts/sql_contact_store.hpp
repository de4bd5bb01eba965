#pragma once

#include "persistence/state/contacts/contact_store.hpp"
#include "persistence/state/operators/audit_trail.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <optional>
#include <string>

namespace carillon::sql {

/// Contacts and what they have muted, in SQL.
class sql_contact_store final : public contact_store {
public:
  sql_contact_store(state_connection& db, audit_trail& audit) : db_(db), audit_(audit) {
  }

  expected<contact> put(const put_contact& x, timestamp now) override;
  expected<void> remove(const delete_contact& x, timestamp now) override;
  expected<contact> get(const get_contact& x) override;
  expected<contact_list> list(const list_contacts& x) override;

private:
  expected<contact> find(const std::string& user_id, const std::optional<std::string>& company_id);
  void read_mutes(contact& of);

  state_connection& db_;
  audit_trail& audit_;
};

} // namespace carillon::sql

#pragma once

#include "persistence/state/inbound/inbound_store.hpp"
#include "persistence/state/operators/audit_trail.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <optional>
#include <string>

namespace carillon::sql {

/// Providers of webhooks, in SQL.
class sql_inbound_store final : public inbound_store {
public:
  sql_inbound_store(state_connection& db, audit_trail& audit) noexcept : db_(db), audit_(audit) {
  }

  expected<inbound_records> list() override;
  expected<inbound_record> put(const store_inbound& x, timestamp now) override;
  expected<inbound_record> rotate(const rotate_inbound& x, timestamp now) override;
  expected<void> remove(const delete_inbound& x, timestamp now) override;

private:
  // Within a transaction, like all of the following.
  std::optional<inbound_record> find(const std::string& name);
  /// The one that the caller means; empty if it is another company's.
  std::optional<inbound_record> find(const std::string& name,
                                     const std::optional<std::string>& company);
  /// Empty if there is room for one more.
  std::optional<failure> too_many(const std::string& company_id);
  void write(const inbound_record& x);
  void note(const operator_stamp& by, timestamp now, std::string action, const inbound_source& x,
            std::string detail);

  state_connection& db_;
  audit_trail& audit_;
};

} // namespace carillon::sql

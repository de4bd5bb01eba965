#pragma once

#include "persistence/state/operators/audit_store.hpp"
#include "persistence/state/operators/audit_trail.hpp"
#include "persistence/state/operators/chain_end.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <optional>
#include <string>

namespace carillon::sql {

/// The audit chain, in SQL.
class sql_audit_store final : public audit_store {
public:
  sql_audit_store(state_connection& db, chain_end& end, audit_trail& trail)
    : db_(db), end_(end), trail_(trail) {
  }

  expected<void> append(const append_audit& x) override;
  expected<audit_page> list(const list_audit& x) override;
  expected<audit_progress> verify(const verify_audit& x) override;
  expected<void> seal(audit_seal_ptr seal, const std::optional<std::string>& log_first) override;
  expected<void> reseal(audit_seal_ptr seal, const std::string& log_first, timestamp now) override;

private:
  rows audit_rows(const list_request& p, int64_t bound, size_t limit);
  audit_page filtered(const list_audit& x);
  audit_progress verify_segment(const verify_audit& x, const audit_digest& before,
                                const std::optional<audit_end>& kept);
  /// Compares the end of the chain with its head, its seal, and the kept or noted ends.
  void check_end(audit_verdict& out, const audit_end& last, const std::optional<audit_end>& kept,
                 const std::optional<audit_mark>& noted);
  /// Why the chain must not be continued; empty if nothing is wrong.
  std::string fault_of(const chain_head& x, const audit_seal& seal,
                       const std::optional<audit_end>& kept,
                       const std::optional<std::string>& log_first);

  state_connection& db_;
  chain_end& end_;
  audit_trail& trail_;
  audit_hasher hasher_;
};

} // namespace carillon::sql

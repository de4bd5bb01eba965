#pragma once

#include "persistence/state/operators/audit_chain.hpp"
#include "persistence/state/operators/chain_end.hpp"
#include "persistence/state/sql/effect_writer.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_set>

namespace carillon::sql {

/// Appends rows to the audit chain: those of operators' changes, in the transaction of the change,
/// and those of events, in the transaction of a commit. Every call is within a writing transaction.
class audit_trail final : public effect_writer {
public:
  audit_trail(state_connection& db, chain_end& end) noexcept : db_(db), end_(end) {
  }

  /// Appends one row.
  void append(const audit_entry& x);

  void begin() override;

  /// Leaves out events that are in the chain already.
  std::vector<std::type_index> types() const override {
    return {typeid(audit_entry)};
  }

  bool is_made_again() const override {
    return true;
  }

  void apply(const effects& x, timestamp now) override;

  /// Stores the new head, if there is one.
  void finish() override;

private:
  void add(std::span<const audit_entry> xs);

  /// Finds which of these events are in the chain.
  void look_up(std::span<const audit_entry> xs);
  void write(const audit_entry& x);

  state_connection& db_;
  chain_end& end_;
  audit_hasher hasher_;
  /// The head with the rows of this transaction; empty if there are none.
  std::optional<chain_head> head_;
  /// Events that were found in the chain, or added.
  std::unordered_set<uint64_t> known_;
};

} // namespace carillon::sql

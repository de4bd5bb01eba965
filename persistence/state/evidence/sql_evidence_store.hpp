#pragma once

#include "base/merkle/checkpoint.hpp"
#include "persistence/state/evidence/evidence_store.hpp"
#include "persistence/state/operators/audit_trail.hpp"
#include "persistence/state/sql/effect_writer.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <optional>
#include <string>

namespace carillon::sql {

/// The tree over the log, in SQL.
class sql_evidence_store final : public evidence_store, public effect_writer {
public:
  sql_evidence_store(state_connection& db, chain_end& end, audit_trail& trail) noexcept
    : db_(db), end_(end), trail_(trail) {
  }

  expected<sealed_tree> tree() override;
  expected<tree_hash> subtree(unsigned level, uint64_t number) override;
  expected<std::string> prefixes(uint64_t chunk) override;
  expected<signed_state> signed_by_node() override;
  expected<std::vector<signed_head>> heads(uint64_t after, size_t limit) override;
  expected<void> store(const store_head& x) override;
  expected<void> list_key(const std::string& key, timestamp now) override;
  expected<void> bind_salt(const std::string& fingerprint) override;
  expected<void> restart(const std::string& fingerprint, timestamp now) override;

  std::vector<std::type_index> types() const override {
    return {typeid(event_leaf)};
  }

  bool is_made_again() const override {
    return true;
  }

  void begin() override;
  void apply(const effects& x, timestamp now) override;
  void finish() override;

private:
  /// The tree with the leaves of the open transaction.
  struct growing {
    tree_frontier tree;
    std::string salt;
    /// Of the last chunk, which is not full.
    std::string prefixes;
  };

  /// Within a transaction, like the following.
  growing read();
  /// Tells a head in the audit log.
  void record(const checkpoint& head, timestamp now);
  std::string read_prefixes(uint64_t chunk);
  void add(growing& to, const event_leaf& x);
  void save_prefixes(const growing& x);
  void save(const growing& x);

  state_connection& db_;
  chain_end& end_;
  audit_trail& trail_;
  /// Empty if the transaction has no leaves.
  std::optional<growing> growing_;
};

} // namespace carillon::sql

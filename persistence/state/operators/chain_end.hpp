#pragma once

#include "persistence/state/operators/audit_chain.hpp"
#include "persistence/state/operators/audit_seal.hpp"
#include "persistence/state/sql/state_connection.hpp"
#include "persistence/state/sql/transaction_listener.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace carillon::sql {

/// Newest row of the audit chain.
struct chain_head {
  uint64_t number = 0;
  audit_digest hash{};
  /// See `audit_seal`; empty if it is not sealed.
  std::string seal;
  /// Digest of the log's first event.
  std::string log_first;

  audit_end end() const {
    return {number, hash};
  }
};

/// A blob of another length is not a digest; then zeros, which no row has.
audit_digest digest_of(std::string_view bytes);

/// The end of the audit chain: its head, sealed if there is a seal, and the copy beside the store,
/// which is written some seconds after a commit, and at the end.
class chain_end final : public transaction_listener {
public:
  /// @param writes false if the store is only read
  chain_end(state_connection& db, bool writes) noexcept : db_(db), writes_(writes) {
    db.listen(*this);
  }
  chain_end(const chain_end&) = delete;
  chain_end& operator=(const chain_end&) = delete;
  ~chain_end();

  bool writes() const noexcept {
    return writes_;
  }

  /// Null if the chain is not sealed, or not yet.
  const audit_seal_ptr& seal() const noexcept {
    return seal_;
  }

  void set_seal(audit_seal_ptr x) noexcept {
    seal_ = std::move(x);
  }

  /// Within a transaction, like the following.
  chain_head read();

  /// Sets the seal of the head.
  void save(const chain_head& x);

  /// The hash of a row; empty if there is none.
  std::optional<audit_digest> hash_of(uint64_t number);

  /// Whether the chain contains this row.
  bool has_row(const audit_end& x);

  /// Writes the committed end beside the store, when it is time or at once; it never names a row
  /// that a power cut may take from the store.
  void keep(bool at_once) noexcept;

  void begun() noexcept override;
  void committed(bool on_disk) noexcept override;

private:
  /// Makes the commits so far durable.
  void sync();

  state_connection& db_;
  bool writes_;
  audit_seal_ptr seal_;
  /// The end of the chain after the open transaction.
  std::optional<audit_end> saved_;
  /// The committed end that a power cut may take.
  std::optional<audit_end> behind_;
  /// The committed end that is on disk and not yet written beside the store.
  std::optional<audit_end> unkept_;
  std::chrono::steady_clock::time_point next_keep_;
};

} // namespace carillon::sql

#pragma once

#include "base/failure.hpp"
#include "persistence/state/operators/audit_chain.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// The end of an audit chain.
struct audit_end {
  uint64_t number = 0;
  audit_digest hash{};
};

/// Authenticates the end of the audit chain, and thereby the whole chain: an attacker who can write
/// the store but lacks the node's key can recompute the chain, but not its seal. A file beside the
/// store keeps an earlier end, so that a rollback of the store is detected too.
///
/// A seal is HMAC-SHA-256, by a key that is derived from the node's, over number (8 bytes, big
/// endian), hash, and the digest of the log's first event (or nothing, if there is none), which
/// binds the state to its log. The file is one line, `number hash seal`. One thread.
class audit_seal {
public:
  static constexpr std::string_view purpose = "carillon audit seal 1";
  /// Name of the file, in the directory of files outside the store.
  static constexpr std::string_view file_name = "audit.end";

  /// @param key derived from the node's, for `purpose`
  /// @param file beside the store; its directory exists
  audit_seal(std::string key, std::string file) : key_(std::move(key)), file_(std::move(file)) {
  }

  /// 32 bytes. Throws std::runtime_error if OpenSSL fails, and so does `is_seal`: the store calls
  /// them in transactions, which are rolled back then.
  std::string seal_of(const audit_end& x, std::string_view log_first) const;

  bool is_seal(std::string_view seal, const audit_end& x, std::string_view log_first) const;

  /// The last kept end; empty if there is none. Errors: `store_corrupt`: the file was not written
  /// with this key, or is damaged; `store_unavailable`; `internal` (OpenSSL fails).
  expected<std::optional<audit_end>> kept() const;

  /// Replaces it, durably. Errors: `store_unavailable`, `internal` (OpenSSL fails).
  expected<void> keep(const audit_end& x) const;

  const std::string& file() const noexcept {
    return file_;
  }

private:
  /// Empty if OpenSSL fails.
  std::optional<audit_digest> try_seal(const audit_end& x, std::string_view log_first) const;

  std::string key_;
  std::string file_;
};

using audit_seal_ptr = std::shared_ptr<const audit_seal>;

} // namespace carillon

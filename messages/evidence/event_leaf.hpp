#pragma once

#include "base/crypto/sha256_stream.hpp"
#include "base/merkle/tree_hash.hpp"
#include "messages/events/event.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// Bytes that are hashed before a member of an event, so that its hash tells nothing about it.
using member_salt = std::array<unsigned char, 16>;

/// The salts of an event.
struct event_salts {
  member_salt data{};
  member_salt metadata{};

  friend bool operator==(const event_salts&, const event_salts&) = default;
};

/// SHA-256(salt ‖ text).
tree_hash salted_hash(const member_salt& salt, std::string_view text) noexcept;

/// Makes the leaves of the evidence tree. A leaf is the hash of a leaf of RFC 9162 over
///
///     1 (the version), seq, time, recorded_at, audience, hops
///                            (each: 8 bytes, big endian; times in microseconds since the epoch)
///     id, source, type, company_id, user_id, correlation_id, causation_id, traceparent
///                            (each: 8 bytes length, then the bytes)
///     salted hash of metadata, salted hash of data     (32 bytes each)
///
/// so that it covers everything that the log stores of an event, and can be checked when `data` or
/// `metadata` is gone and its hash is kept. The salts of an event are HMAC-SHA-256 over its
/// position (8 bytes, big endian): the first half for data, the second for metadata. Keeps its
/// memory between events; one thread. Cannot fail, but for a lack of memory.
class leaf_hasher {
public:
  static constexpr uint64_t version = 1;
  static constexpr size_t salt_key_bytes = 32;

  /// @param salt_key 32 random bytes
  explicit leaf_hasher(std::string_view salt_key) : key_(salt_key) {
  }

  event_salts salts_of(position seq) const noexcept;

  tree_hash operator()(const event& x);

  /// A leaf with these hashes in place of the members.
  tree_hash operator()(const event& x, const tree_hash& metadata, const tree_hash& data);

private:
  hmac_sha256_key key_;
  /// The encoding of the event at hand.
  std::string bytes_;
};

/// A leaf that is to be added to the tree: an effect of the consumer `sealer`, see `leaf_handler`.
struct event_leaf {
  position seq = 0;
  tree_hash hash{};
};

/// How a salt key is known without being told: the first half of the SHA-256 of a text and the key,
/// 32 hexadecimal digits.
std::string salt_fingerprint(std::string_view salt_key);

} // namespace carillon

#pragma once

#include "base/crypto/sha256.hpp"

#include <memory>
#include <optional>
#include <string_view>

namespace carillon {

/// SHA-256 of bytes that come one after the other. One thread uses it. OpenSSL fails only without
/// memory or in a broken installation; then there is no digest at the end.
class sha256_stream {
public:
  sha256_stream();
  sha256_stream(const sha256_stream&) = delete;
  sha256_stream& operator=(const sha256_stream&) = delete;
  ~sha256_stream();

  void add(std::string_view bytes) noexcept;

  /// The digest of all bytes so far; nothing may be added after it.
  std::optional<sha256_digest> digest() noexcept;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace carillon

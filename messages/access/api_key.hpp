#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// What the owner of a key may do: see `principal`.
enum class role : uint8_t { publisher, reader, admin };

/// `publisher`, `reader` or `admin`.
std::string_view name_of(role x) noexcept;
/// Inverse of `name_of`; empty for any other text.
std::optional<role> role_from(std::string_view name) noexcept;

/// An API key as it is stored, without the key itself.
struct api_key {
  uint64_t id = 0;
  std::string name;
  carillon::role role = carillon::role::reader;
  /// Bound to this company; empty = every company.
  std::string company_id;
  /// SHA-256 of the key text, lower case hex.
  std::string hash;
  timestamp created_at;
};

} // namespace carillon

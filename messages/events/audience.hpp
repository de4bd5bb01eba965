#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon {

/// The audience of an event: who may see it live.
enum class audience : uint8_t { none, user, company, all };

/// Returns `none`, `user`, `company` or `all`.
std::string_view name_of(audience x) noexcept;

/// Inverse of `name_of`; empty for any other text.
std::optional<audience> audience_from(std::string_view name) noexcept;

} // namespace carillon

#pragma once

#include <string_view>

namespace carillon::data {

/// The value of a cookie in a `Cookie` field (RFC 6265 section 4.2.1). Empty if it is missing, and
/// also if it is there twice: which of them is ours cannot be told.
std::string_view cookie_in(std::string_view field, std::string_view name) noexcept;

} // namespace carillon::data

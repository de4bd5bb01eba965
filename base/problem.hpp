#pragma once

#include "base/failure.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// Media type of every rejection (RFC 9457).
inline constexpr std::string_view problem_media_type = "application/problem+json";

/// The HTTP status of a code.
int http_status_of(ec code) noexcept;

/// The problem document: `type`, `title`, `status`, `detail`, `code` and, if one is
/// at fault, `field`.
std::string problem_json(const failure& x);

/// The same with another status, for faults of HTTP itself (408, 431, 505 …).
std::string problem_json(const failure& x, int status);

/// Seconds for `Retry-After`, or 0 if the answer has none (503 has one).
int retry_after_seconds(ec code) noexcept;

} // namespace carillon

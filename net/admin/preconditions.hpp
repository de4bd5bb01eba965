#pragma once

#include "net/admin/call.hpp"

#include <optional>

namespace carillon::admin {

/// True if a list of entity tags is `*` or holds the tag (RFC 9110 section 8.8.3).
/// @param weak compares tags regardless of weakness
bool has_tag(std::string_view list, std::string_view tag, bool weak) noexcept;

/// The answer to a change with a condition that cannot hold: resources here have no entity tags, so
/// none can match. Ignoring the condition would cause the lost update that it is meant to prevent.
std::optional<answer> check_change(const incoming& request);

/// The answer to a read, or 304 without contents if the client has them, or 412.
answer as_asked(const incoming& request, answer x);

} // namespace carillon::admin

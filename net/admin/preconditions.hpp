#pragma once

#include "net/admin/call.hpp"

#include <optional>

namespace carillon::admin {

/// True if a list of entity tags is `*` or holds the tag (RFC 9110 section 8.8.3).
/// @param weak tags are the same whether they are weak or not
bool has_tag(std::string_view list, std::string_view tag, bool weak) noexcept;

/// What answers a change whose condition cannot hold: what is changed here has no entity tags, and
/// so none that was named. To ignore the condition would be the lost update that it is to prevent.
std::optional<answer> check_change(const incoming& request);

/// The answer to a read, or 304 without contents if the client has them, or 412.
answer as_asked(const incoming& request, answer x);

} // namespace carillon::admin

#pragma once

#include "net/admin/call.hpp"

#include <string>

namespace carillon::admin {

/// Publishes an event that was checked, and answers its receipt when it is durable.
/// @param share company whose share of the limits it counts to; empty = none
expected<answer> publish_draft(const call& c, draft_ptr draft, std::string share);

} // namespace carillon::admin

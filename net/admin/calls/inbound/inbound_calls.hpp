#pragma once

#include "net/admin/call.hpp"

// The handlers of the routes of sources of webhooks from outside, by file; see resources.hpp.

namespace carillon::admin {

// inbound.cpp
expected<answer> show_inbound_sources(call& c);
expected<answer> show_inbound_source(call& c);
expected<answer> put_inbound_source_call(call& c);
expected<answer> rotate_inbound_source(call& c);
expected<answer> delete_inbound_source(call& c);

} // namespace carillon::admin

#pragma once

#include "net/admin/call.hpp"

// The handlers of the routes of events, their types and replays, by file; see resources.hpp.

namespace carillon::admin {

// events.cpp, event.cpp
expected<answer> show_events(call& c);
expected<answer> show_event(call& c);

// stats.cpp
expected<answer> show_stats(call& c);

// publish.cpp
expected<answer> publish_event(call& c);

// replay.cpp
expected<answer> start_replay(call& c);
expected<answer> show_replays(call& c);
expected<answer> show_replay(call& c);

// types.cpp
expected<answer> show_types(call& c);
expected<answer> show_type(call& c);
expected<answer> put_type(call& c);
expected<answer> delete_type(call& c);

} // namespace carillon::admin

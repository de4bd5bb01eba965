#pragma once

#include "base/failure.hpp"
#include "messages/events/log_history.hpp"
#include "persistence/segments/file_layer.hpp"
#include "persistence/segments/segment_list.hpp"

#include <string>
#include <vector>

namespace carillon::segments {

// A log names its histories twice: each segment has that of its events, and the file `histories`
// has those that were left without events of their own, or whose segments are gone.

/// Name of the file: lines of `<history> <last common position>`, the oldest first.
inline constexpr const char* histories_name = "histories";

/// The histories of an open log. Lines of the file that cannot be read do not count.
log_histories histories_of(file_layer& files, const segment_list& log);

/// Replaces the file, durably. Errors: `store_unavailable`.
expected<void> write_histories(file_layer& files, const std::vector<former_history>& former);

} // namespace carillon::segments

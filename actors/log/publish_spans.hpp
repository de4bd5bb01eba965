#pragma once

#include "messages/events/publish.hpp"
#include "messages/traces/tracer.hpp"

#include <chrono>
#include <vector>

namespace carillon {

/// Records the spans of a call that the log writer has answered, of those drafts that are recorded:
/// a stored event's is the one that its deliveries link to; a repetition and a failure have one
/// only if the caller records.
/// @param drafts those of the call, in its order
/// @param took from the admission of the call until now
void record_publishes(tracer& to, const std::vector<draft_ptr>& drafts, const append_result& result,
                      std::chrono::steady_clock::duration took);

} // namespace carillon

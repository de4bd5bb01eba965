#pragma once

#include "messages/traces/tracer.hpp"

#include <optional>
#include <string>
#include <utility>

namespace carillon {

/// A delivery under way that is recorded: a trace of its own, linked to the publish of its event.
struct open_span {
  trace_context context;
  trace_context link;
  timestamp begun;

  /// The span, which has failed if there is an error.
  span ended(std::string name, span_kind kind, timestamp now, std::string error) const;
};

/// Begins the span of a delivery of a stored event; empty if it is not recorded.
/// @param to null = nothing is
/// @param seq of the event; 0 = no event caused it, and it links to the caller's own span
std::optional<open_span> begin_span(const tracer_ptr& to, position seq,
                                    std::string_view traceparent, timestamp now);

/// The `traceparent` of what is handed over: that of its span, or else what the event came with.
std::string traceparent_of(const std::optional<open_span>& x, const std::string& event);

} // namespace carillon

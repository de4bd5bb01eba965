#include "actors/jobs/running_span.hpp"

#include "messages/traces/job_span.hpp"

#include <utility>

namespace carillon {

std::optional<running_span> running_span::begin(const tracer_ptr& to, const job& x, timestamp now) {
  auto opened = begin_span(to, x.event_seq, x.traceparent, now);
  if (!opened)
    return std::nullopt;
  return running_span{*opened, "run " + x.kind, attributes_of(x)};
}

span running_span::ended(timestamp now, std::string error) && {
  auto out = opened.ended(std::move(name), span_kind::consumer, now, std::move(error));
  out.attributes = std::move(attributes);
  return out;
}

} // namespace carillon

#include "messages/traces/open_span.hpp"

namespace carillon {

span open_span::ended(std::string name, span_kind kind, timestamp now, std::string error) const {
  span out;
  out.context = context;
  out.link = link;
  out.name = std::move(name);
  out.kind = kind;
  out.begun = begun;
  out.ended = now;
  out.error = std::move(error);
  return out;
}

std::optional<open_span> begin_span(const tracer_ptr& to, position seq,
                                    std::string_view traceparent, timestamp now) {
  if (to == nullptr)
    return std::nullopt;
  const auto cause
    = seq != 0 ? std::optional{to->publish_of(seq, traceparent)} : trace_context_from(traceparent);
  if (!cause || !cause->sampled)
    return std::nullopt;
  return open_span{tracer::new_trace(), *cause, now};
}

std::string traceparent_of(const std::optional<open_span>& x, const std::string& event) {
  return x ? to_traceparent(x->context) : event;
}

} // namespace carillon

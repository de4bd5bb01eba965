#include "actors/consumers/runners/delivery_spans.hpp"

#include "base/failure_text.hpp"

#include <string>

namespace carillon {

std::vector<span_attribute> attributes_of(const delivery& x) {
  auto out = attributes_of(*x.event);
  out.push_back({"messaging.operation.type", std::string{"process"}});
  out.push_back({"messaging.consumer.group.name", x.consumer});
  out.push_back({"carillon.attempt", int64_t{x.attempt}});
  if (x.replay())
    out.push_back({"carillon.replay", static_cast<int64_t>(x.replay_id)});
  return out;
}

std::optional<open_span> delivery_spans::begin_recorded(const event& x) const {
  // The wall clock is read for the few that are recorded.
  auto out = begin_span(to_, x.seq, x.traceparent, {});
  if (out)
    out->begun = wall_clock_now();
  return out;
}

void delivery_spans::end(const open_span& x, const delivery& of,
                         const std::optional<failure>& error) const {
  auto out = x.ended("process " + of.consumer, span_kind::consumer, wall_clock_now(),
                     error ? text_of(*error) : std::string{});
  out.attributes = attributes_of(of);
  to_->record(std::move(out));
}

} // namespace carillon

#include "actors/workers/desk_spans.hpp"

#include "actors/consumers/runners/delivery_spans.hpp"
#include "base/failure_text.hpp"
#include "messages/traces/job_span.hpp"

#include <utility>

namespace carillon {

std::string desk_spans::begin(uint64_t number, const delivery& x, timestamp now) {
  const auto& event = *x.event;
  auto opened = begin_span(to_, event.seq, event.traceparent, now);
  auto out = traceparent_of(opened, event.traceparent);
  if (opened)
    open_.insert_or_assign(number, entry{*opened, "hand over delivery", attributes_of(x)});
  return out;
}

std::string desk_spans::begin(uint64_t number, const job& x, timestamp now) {
  auto opened = begin_span(to_, x.event_seq, x.traceparent, now);
  auto out = traceparent_of(opened, x.traceparent);
  if (opened)
    open_.insert_or_assign(number, entry{*opened, "hand over job", attributes_of(x)});
  return out;
}

void desk_spans::end(uint64_t number, const delivery_outcome& how, timestamp now) {
  auto found = open_.extract(number);
  if (found.empty())
    return;
  auto& x = found.mapped();
  auto out = x.opened.ended(x.name, span_kind::producer, now,
                            how.error ? text_of(*how.error) : std::string{});
  out.attributes = std::move(x.attributes);
  if (how.returned)
    out.attributes.push_back({"carillon.returned", true});
  to_->record(std::move(out));
}

} // namespace carillon

#include "base/json/writer.hpp"
#include "messages/codec/codec.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/events/event_calls.hpp"
#include "net/admin/query_reader.hpp"

#include <algorithm>

namespace carillon::admin {

namespace {

/// A page ends after the event that exceeds this, in bytes of JSON.
constexpr size_t page_bytes = 8UL * 1024 * 1024;

/// The caller has seen events of another history behind the place where that and the log part.
void put_gap(json_writer& out, position after, position seen) {
  out.begin_object("gap")
    .member("from", after + 1)
    .member("to", std::max(after + 1, seen))
    .member("after", after)
    .end_object();
}

} // namespace

expected<answer> show_events(call& c) {
  query_reader q{c};
  query_request request;
  request.filter = q.filter();
  request.id = q.identifier("id");
  request.order = q.order();
  request.limit = q.limit();
  const auto after = q.place("after");
  const auto begin = after ? resume_at(c.ctx.backend.histories, *after) : resumption{};
  request.beyond = q.cursor();
  if (!request.beyond && after)
    request.beyond = begin.after;
  if (q.fault())
    return *q.fault();
  auto page = ask<query_page_ptr>(c, c.ctx.reader(), request);
  if (!page)
    return page.error();
  const auto& events = (*page)->events;
  auto next = (*page)->next;
  json_writer out;
  out.begin_object().begin_array("events");
  for (size_t i = 0; i < events.size(); ++i) {
    out.raw(json_of(*events[i]));
    if (out.size() > page_bytes && i + 1 < events.size()) {
      next = events[i]->seq;
      break;
    }
  }
  out.end_array();
  q.put_next(out, next);
  if (const auto& history = c.ctx.backend.histories.current; !history.empty())
    out.member("history", history);
  if (begin.has_gap)
    put_gap(out, begin.after, after->seq);
  out.end_object();
  return answer{.body = out.take()};
}

} // namespace carillon::admin

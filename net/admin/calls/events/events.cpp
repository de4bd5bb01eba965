#include "base/json/writer.hpp"
#include "messages/codec/codec.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/resources.hpp"
#include "net/admin/query_reader.hpp"

namespace carillon::admin {

namespace {

/// A page ends after the event that exceeds this, in bytes of JSON.
constexpr size_t page_bytes = 8UL * 1024 * 1024;

} // namespace

expected<answer> show_events(call& c) {
  query_reader q{c};
  query_request request;
  request.filter = q.filter();
  request.id = q.identifier("id");
  request.order = q.order();
  request.limit = q.limit();
  auto after = q.position("after");
  request.beyond = q.cursor();
  if (!request.beyond)
    request.beyond = after;
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
  out.end_object();
  return answer{.body = out.take()};
}

} // namespace carillon::admin

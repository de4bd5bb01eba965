#include "net/data/schedules/delayed_text.hpp"

#include "base/text/number.hpp"
#include "messages/schedules/timed_event.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/schedules/schedule_calls.hpp"
#include "net/admin/listing.hpp"
#include "net/admin/query_reader.hpp"

namespace carillon::admin {

namespace {

expected<uint64_t> number_of_delayed(const call& c) {
  const auto id = number_from(c.arguments.front());
  if (!id)
    return failure{ec::not_found, "no such event waits: it was published, or cancelled", "id"};
  return *id;
}

failure no_delays() {
  return {ec::store_unavailable, "nothing is scheduled here", {}};
}

} // namespace

expected<answer> delay_publish(call& c, event& draft, std::string_view at, timestamp now) {
  const auto time = from_rfc3339(at);
  if (!time)
    return failure{ec::invalid_argument, "the time is of RFC 3339, such as 2026-12-24T08:00:00Z",
                   "publishAt"};
  auto wanted = delay_of(draft, *time, now);
  if (!wanted)
    return wanted.error();
  if (c.ctx.backend.schedules == nullptr)
    return no_delays();
  const auto kept = ask<delayed_event>(c, c.ctx.backend.schedules, put_delayed{std::move(*wanted)});
  if (!kept)
    return kept.error();
  return answer{.status = 202, .body = delayed_json(*kept)};
}

expected<answer> show_delayed_events(call& c) {
  query_reader q{c};
  list_delayed request;
  request.page.company_id = q.company();
  request.page.limit = q.limit();
  request.page.beyond = q.cursor();
  if (q.fault())
    return *q.fault();
  const auto& from = c.ctx.backend.state_reader.schedules;
  if (from == nullptr)
    return no_delays();
  const auto page = ask<delayed_page>(c, from, std::move(request));
  if (!page)
    return page.error();
  return answer_page("delayed", *page, q, [](json_writer& out, const delayed_event& x) {
    out.raw(std::string_view{delayed_json(x)});
  });
}

expected<answer> show_delayed_event(call& c) {
  const auto id = number_of_delayed(c);
  if (!id)
    return id.error();
  const auto& from = c.ctx.backend.state_reader.schedules;
  if (from == nullptr)
    return no_delays();
  const auto found = ask<delayed_event>(c, from, get_delayed{*id, c.bound_company()});
  if (!found)
    return found.error();
  return answer{.body = delayed_json(*found)};
}

expected<answer> cancel_delayed_event(call& c) {
  const auto id = number_of_delayed(c);
  if (!id)
    return id.error();
  if (c.ctx.backend.schedules == nullptr)
    return no_delays();
  const auto done = ask<atom::done>(c, c.ctx.backend.schedules,
                                    cancel_delayed{*id, c.bound_company(), c.stamp()});
  if (!done)
    return done.error();
  return answer{.status = 204};
}

} // namespace carillon::admin

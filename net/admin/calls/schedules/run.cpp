#include "base/json/writer.hpp"
#include "base/time.hpp"
#include "messages/access/requests.hpp"
#include "messages/schedules/requests.hpp"
#include "messages/schedules/timed_event.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/publish_draft.hpp"
#include "net/admin/calls/schedules/schedule_calls.hpp"
#include "net/admin/query_reader.hpp"

#include <string>
#include <utility>

// A schedule that happens once more, now, because an operator says so.

namespace carillon::admin {

namespace {

/// No occurrence has such an id, so it takes the place of none.
std::string id_of_run(timestamp now) {
  return "by-hand/" + to_rfc3339(now);
}

append_audit row_of_run(const call& c, const schedule_definition& x, const std::string& id,
                        timestamp now) {
  json_writer detail;
  detail.begin_object().member("id", std::string_view{id}).end_object();
  const auto by = c.stamp();
  return {.entry = {.time = now,
                    .action = "schedule.run",
                    .actor = by.who,
                    .origin = origin_of(by),
                    .company_id = x.company_id,
                    .subject = "schedule:" + x.name,
                    .detail = detail.take(),
                    .person = by.person}};
}

} // namespace

expected<answer> run_schedule(call& c) {
  query_reader q{c};
  auto company = q.company().value_or("");
  if (q.fault())
    return *q.fault();
  const auto& from = c.ctx.backend.state_reader.schedules;
  if (from == nullptr)
    return failure{ec::store_unavailable, "nothing is scheduled here", {}};
  const auto found
    = ask<schedule_record>(c, from, get_schedule{std::move(company), c.arguments.front()});
  if (!found)
    return found.error();
  const auto now = wall_clock_now();
  auto draft = draft_of_occurrence(found->definition, now);
  if (!draft)
    return draft.error();
  (*draft)->id = id_of_run(now);
  // Before the event, so that there is none that nobody is said to have caused.
  if (auto noted = ask<atom::done>(c, c.ctx.backend.state_writer.audit,
                                   row_of_run(c, found->definition, (*draft)->id, now));
      !noted)
    return noted.error();
  return publish_draft(c, std::move(*draft), found->definition.company_id);
}

} // namespace carillon::admin

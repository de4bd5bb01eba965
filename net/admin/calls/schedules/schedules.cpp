#include "base/json/object_reader.hpp"
#include "base/json/strict_json.hpp"
#include "messages/access/claim.hpp"
#include "messages/codec/codec.hpp"
#include "messages/schedules/occurrences.hpp"
#include "messages/schedules/requests.hpp"
#include "messages/schedules/timed_event.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/schedules/schedule_calls.hpp"
#include "net/admin/listing.hpp"
#include "net/admin/query_reader.hpp"

#include <algorithm>
#include <utility>

namespace carillon::admin {

namespace {

/// Occurrences that an answer shows ahead.
constexpr size_t shown_occurrences = 10;

/// A page has no more, whatever the limit: each may hold an event of 256 KiB in the store.
constexpr size_t most_on_page = 100;

failure no_scheduler() {
  return {ec::store_unavailable, "nothing is scheduled here", {}};
}

// -- text -------------------------------------------------------------------------

void put_schedule_members(json_writer& out, const schedule_record& x) {
  const auto& timing = x.definition.timing;
  out.member("name", std::string_view{x.definition.name})
    .member_or_null("companyId", x.definition.company_id)
    .member_or_null("cron", timing.cron)
    .member_or_null("timeZone",
                    timing.cron.empty() ? std::string_view{} : std::string_view{timing.time_zone})
    .member_or_null("every", timing.every.count() > 0 ? text_of_every(timing.every) : std::string{})
    .member("at", timing.at)
    .member("missed", name_of(x.definition.missed))
    .member("createdAt", x.created_at)
    .member("paused", x.paused)
    .member("nextAt", x.next_at)
    .member("lastAt", x.last_at)
    .member("fired", x.fired)
    .member("skipped", x.skipped)
    .member("failed", x.failed)
    .member_or_null("lastError", x.last_error);
}

/// What is to come, also of a schedule that is paused.
void put_next_occurrences(json_writer& out, const expected<occurrences>& all, timestamp after) {
  out.begin_array("next");
  if (all)
    for (const auto time : all->next_ones(after, shown_occurrences))
      out.item(std::string_view{id_of_occurrence(time)});
  out.end_array();
}

answer answer_of_schedule(const schedule_record& x) {
  json_writer out;
  out.begin_object();
  put_schedule_members(out, x);
  out.raw("event", x.definition.event);
  put_next_occurrences(out, occurrences::of(x.definition.timing), wall_clock_now());
  out.end_object();
  return answer{.body = out.take()};
}

// -- bodies -----------------------------------------------------------------------

/// Empty if it is left out or `null`; an empty text is a fault.
std::string schedule_text_of(object_reader& in, const char* name) {
  const auto* x = in.find(name);
  if (x == nullptr || x->IsNull())
    return {};
  auto out = in.text(name).value_or("-");
  if (out.empty())
    in.fail(name, "the value is an empty text; leave it out instead");
  return out;
}

/// @param text gives the text of a member, empty if it is left out: `std::string (const char*)`
/// @param fail is told what is wrong: `void (const char* field, const char* detail)`
template <class Text, class Fail>
schedule_timing read_timing(Text text, Fail fail) {
  schedule_timing out;
  out.cron = text("cron");
  if (auto zone = text("timeZone"); !zone.empty()) {
    if (out.cron.empty())
      fail("timeZone", "a time zone belongs to a pattern of cron");
    out.time_zone = std::move(zone);
  }
  if (const std::string every = text("every"); !every.empty()) {
    out.every = every_of(every).value_or(std::chrono::seconds{0});
    if (out.every.count() == 0)
      fail("every", "the value is a number with s, m, h or d behind it, as 15m, up to 366d");
  }
  if (const std::string at = text("at"); !at.empty()) {
    out.at = from_rfc3339(at);
    if (!out.at)
      fail("at", "the value is not a time of RFC 3339, as 2026-12-24T08:00:00Z");
  }
  return out;
}

/// The company of a schedule: that of the key, or `companyId`; empty text = of none.
expected<std::string> company_of_schedule(const call& c) {
  query_reader q{c};
  const auto company = q.company();
  if (q.fault())
    return *q.fault();
  return company.value_or("");
}

failure within_event(failure x) {
  x.field = x.field.empty() ? "event" : "event." + x.field;
  return x;
}

/// The event as it is kept, after every check that publishing it would make.
expected<std::string> template_of(const call& c, std::string_view json,
                                  const std::string& company) {
  const auto now = wall_clock_now();
  auto draft = parse_event(json, {.types = c.ctx.backend.types,
                                  .accept_unknown_types = c.ctx.options.accept_unknown_types,
                                  .now = now,
                                  .company_id = company});
  if (!draft)
    return within_event(draft.error());
  auto& x = **draft;
  if (auto claimed = claim(x, c.who); !claimed)
    return within_event(claimed.error());
  if (x.company_id != company)
    return failure{ec::invalid_argument,
                   "the event is of another company than the schedule; name it as companyId of the "
                   "schedule",
                   "companyId"};
  return json_of_template(x);
}

expected<schedule_definition> read_schedule(const call& c) {
  auto company = company_of_schedule(c);
  if (!company)
    return company.error();
  const auto body = parse_object(c.request.body);
  if (!body)
    return body.error();
  object_reader in{*body};
  schedule_definition out;
  out.name = c.arguments.front();
  out.timing = read_timing([&](const char* name) { return schedule_text_of(in, name); },
                           [&](const char* field, const char* what) { in.fail(field, what); });
  if (const auto missed = schedule_text_of(in, "missed"); !missed.empty()) {
    const auto rule = missed_rule_of(missed);
    if (!rule)
      in.fail("missed", "the rule is skip, once or all");
    out.missed = rule.value_or(missed_rule::once);
  }
  const auto named = schedule_text_of(in, "companyId");
  if (const auto same = in.text("name"); same && *same != out.name)
    in.fail("name", "the body has another name than the path");
  // Allows a client to send back an answer of GET.
  for (const auto* ignored : {"createdAt", "paused", "nextAt", "lastAt", "fired", "skipped",
                              "failed", "lastError", "next"})
    in.find(ignored);
  const auto* event = in.find("event");
  if (event == nullptr || !event->IsObject())
    in.fail("event", "the event is an object, as POST /api/events takes it");
  else
    for (const auto* own : {"id", "source", "time"})
      if (event->HasMember(own))
        in.fail(std::string{"event."} + own, "each occurrence has one of its own");
  if (!named.empty() && !company->empty() && named != *company && !c.who.is_bound())
    in.fail("companyId", "the body names another company than the query");
  if (auto fault = in.finish())
    return *fault;
  out.company_id = named.empty() ? *company : named;
  if (c.who.is_bound() && out.company_id != *company)
    return failure{ec::forbidden, "the key is bound to another company", "companyId"};
  if (auto checked = check_schedule(out); !checked)
    return checked.error();
  // As it was sent: no digit of a number is lost.
  std::string text{member_text(c.request.body, "event")};
  if (text.empty())
    text = json_text_of(*event);
  auto made = template_of(c, text, out.company_id);
  if (!made)
    return made.error();
  out.event = std::move(*made);
  return out;
}

// -- questions --------------------------------------------------------------------

template <class R, class Request>
expected<R> ask_scheduler(const call& c, Request request) {
  if (c.ctx.backend.schedules == nullptr)
    return no_scheduler();
  return ask<R>(c, c.ctx.backend.schedules, std::move(request));
}

expected<answer> set_paused(call& c, bool paused) {
  auto company = company_of_schedule(c);
  if (!company)
    return company.error();
  const auto made = ask_scheduler<schedule_record>(
    c, pause_schedule{std::move(*company), c.arguments.front(), paused, c.stamp()});
  if (!made)
    return made.error();
  return answer_of_schedule(*made);
}

} // namespace

expected<answer> show_schedules(call& c) {
  query_reader q{c};
  list_schedules request;
  request.page.company_id = q.company();
  request.page.limit = std::min(q.limit(), most_on_page);
  request.page.beyond = q.cursor();
  if (q.fault())
    return *q.fault();
  const auto& from = c.ctx.backend.state_reader.schedules;
  if (from == nullptr)
    return no_scheduler();
  const auto page = ask<schedule_page>(c, from, std::move(request));
  if (!page)
    return page.error();
  return answer_page("schedules", *page, q, as_object(put_schedule_members));
}

expected<answer> show_schedule(call& c) {
  auto company = company_of_schedule(c);
  if (!company)
    return company.error();
  const auto& from = c.ctx.backend.state_reader.schedules;
  if (from == nullptr)
    return no_scheduler();
  const auto found
    = ask<schedule_record>(c, from, get_schedule{std::move(*company), c.arguments.front()});
  if (!found)
    return found.error();
  return answer_of_schedule(*found);
}

expected<answer> show_occurrences(call& c) {
  query_reader q{c};
  std::optional<failure> fault;
  const auto fail = [&](const char* field, const char* what) {
    if (!fault)
      fault = failure{ec::invalid_argument, what, field};
  };
  const auto text = [&](const char* name) {
    auto out = q.text(name);
    if (out && out->empty())
      fail(name, "the value is an empty text; leave it out instead");
    return out.value_or("");
  };
  const auto timing = read_timing(text, fail);
  if (q.fault())
    return *q.fault();
  if (fault)
    return *fault;
  const auto all = occurrences::of(timing);
  if (!all)
    return all.error();
  json_writer out;
  out.begin_object();
  put_next_occurrences(out, all, wall_clock_now());
  out.end_object();
  return answer{.body = out.take()};
}

expected<answer> change_schedule(call& c) {
  auto wanted = read_schedule(c);
  if (!wanted)
    return wanted.error();
  const auto made = ask_scheduler<schedule_record>(c, put_schedule{std::move(*wanted), c.stamp()});
  if (!made)
    return made.error();
  return answer_of_schedule(*made);
}

expected<answer> remove_schedule(call& c) {
  auto company = company_of_schedule(c);
  if (!company)
    return company.error();
  const auto done = ask_scheduler<atom::done>(
    c, delete_schedule{std::move(*company), c.arguments.front(), c.stamp()});
  if (!done)
    return done.error();
  return answer{.status = 204};
}

expected<answer> pause_one_schedule(call& c) {
  return set_paused(c, true);
}

expected<answer> resume_one_schedule(call& c) {
  return set_paused(c, false);
}

} // namespace carillon::admin

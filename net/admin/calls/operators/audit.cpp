#include "base/json/object_reader.hpp"
#include "base/json/writer.hpp"
#include "messages/access/event_digest.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/operators/operator_calls.hpp"
#include "net/admin/listing.hpp"
#include "net/admin/query_reader.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace carillon::admin {

namespace {

void put_row(json_writer& out, const audit_row& x) {
  const auto& entry = x.entry;
  out.begin_object()
    .member("number", x.number)
    .member("time", entry.time)
    .member("action", std::string_view{entry.action})
    .member_or_null("actor", entry.actor)
    .member_or_null("person", entry.person)
    .member_or_null("origin", entry.origin)
    .member_or_null("companyId", entry.company_id)
    .member_or_null("subject", entry.subject);
  // A tampered row must not break the list.
  if (parse_object(entry.detail))
    out.raw("detail", entry.detail);
  else
    out.member("detail", std::string_view{entry.detail});
  out.member("eventSeq", entry.event_seq == 0 ? std::nullopt : std::optional{entry.event_seq})
    .member("hash", std::string_view{x.hash})
    .end_object();
}

/// One row per line, so that other programs can store and search it.
answer lines_of(const audit_page& page, const query_reader& q) {
  answer out{.media_type = "application/x-ndjson"};
  for (const auto& x : page.items) {
    json_writer row;
    put_row(row, x);
    out.body += row.take() + '\n';
  }
  if (page.next)
    out.fields.emplace_back("Carillon-Next-Cursor", q.cursor_of(*page.next));
  return out;
}

/// Compares events with their rows in a segment of the chain.
expected<void> compare_events(call& c, audit_verdict& out, std::vector<audited_event> events) {
  auto changed
    = first_changed(std::move(events), [&](const read_request& x) -> expected<event_page> {
        auto page = ask<event_page_ptr>(c, c.ctx.backend.readers.front(), x);
        return page ? expected<event_page>{**page} : page.error();
      });
  if (!changed)
    return changed.error();
  if (*changed) {
    out.valid = false;
    out.first_bad_event = **changed;
    out.reason = "it is missing from the log, or is not what its audit row says";
  }
  return {};
}

/// Verifies the range of the request, and makes it that of the next one.
/// @param ended set: there is no next one, or something was found
expected<void> verify_segment(call& c, verify_audit& request, audit_verdict& total, bool& ended) {
  auto segment = ask<audit_progress>(c, c.ctx.backend.state_reader.audit, request);
  if (!segment)
    return segment.error();
  const auto checked = total.checked + segment->verdict.checked;
  total = segment->verdict;
  total.checked = checked;
  if (auto done = compare_events(c, total, std::move(segment->events)); !done)
    return done;
  // A segment without progress would loop for ever.
  ended = !total.valid || !segment->next || *segment->next <= request.from;
  request.from = segment->next.value_or(request.from);
  request.hash = segment->hash;
  return {};
}

/// Most rows that one request may ask to be verified.
constexpr size_t most_verified_rows = 100'000;

/// A row with its hash, as an answer names one.
expected<std::optional<audit_mark>> mark_in(query_reader& q, const char* name) {
  const auto given = q.text(name);
  if (!given)
    return std::optional<audit_mark>{};
  auto out = audit_mark_from(*given);
  if (!out || out->number >= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
    return failure{ec::invalid_argument, "give NUMBER:HASH, as `head` and `next` have it", name};
  return out;
}

/// What a request asks to be verified: `after` and `expect`.
expected<verify_audit> range_in(query_reader& q) {
  verify_audit out;
  auto expect = mark_in(q, "expect");
  if (!expect)
    return expect.error();
  out.expect = std::move(*expect);
  auto after = mark_in(q, "after");
  if (!after)
    return after.error();
  if (*after) {
    out.from = (*after)->number + 1;
    out.hash = (*after)->hash;
  }
  return out;
}

/// @param reached the last verified row, empty if there is none
answer answer_of(const audit_verdict& x, const std::string& reached, bool ended) {
  json_writer out;
  out.begin_object()
    .member("valid", x.valid)
    .member("checked", x.checked)
    .member("firstBad", x.first_bad)
    .member("firstBadEvent", x.first_bad_event)
    .member_or_null("reason", x.reason)
    .member("sealed", x.sealed)
    .member_or_null("head", ended ? reached : std::string{})
    .member_or_null("next", ended ? std::string{} : reached)
    .end_object();
  return answer{.body = out.take()};
}

} // namespace

expected<answer> show_audit(call& c) {
  query_reader q{c};
  list_audit request;
  request.page.company_id = q.company();
  request.page.name = q.identifier("action");
  request.actor = q.text("actor");
  request.subject = q.text("subject");
  request.origin = q.text("origin");
  q.range(request.from, request.to);
  const auto format = q.text("format").value_or("json");
  request.page.ascending = q.order() == sort_order::ascending;
  request.page.limit = q.limit();
  request.page.beyond = q.cursor();
  if (q.fault())
    return *q.fault();
  if (format != "json" && format != "ndjson")
    return failure{ec::invalid_argument, "the format is json or ndjson", "format"};
  auto page = ask<audit_page>(c, c.ctx.backend.state_reader.audit, request);
  if (!page)
    return page.error();
  if (format == "ndjson")
    return lines_of(*page, q);
  return answer_list("audit", page->items, put_row, [&](json_writer& out) {
    q.put_next(out, page->next);
    out.begin_array("eventTypes");
    for (const auto& x : c.ctx.backend.audit_types)
      out.item(std::string_view{x});
    out.end_array();
  });
}

expected<answer> verify_chain(call& c) {
  query_reader q{c};
  auto asked = range_in(q);
  const auto most = q.limit(0, most_verified_rows);
  if (!asked)
    return asked.error();
  if (q.fault())
    return *q.fault();
  auto& request = *asked;
  const auto before = request.from - 1;
  const auto whole_segment = request.limit;
  audit_verdict total;
  auto ended = false;
  while (!ended && (most == 0 || total.checked < most)) {
    if (most > 0)
      request.limit = std::min<size_t>(whole_segment, most - total.checked);
    auto done = verify_segment(c, request, total, ended);
    if (!done && done.error().code == ec::timeout)
      return failure{ec::timeout,
                     "the chain is too long for one request: verify it in parts, by `limit` and "
                     "`after`, or run `carillon audit verify`",
                     {}};
    if (!done)
      return done.error();
  }
  if (total.first_bad && *total.first_bad <= before)
    total.reason = "rows that were verified before are not there any more";
  std::string reached;
  if (const auto number = before + total.checked; total.valid && number > 0)
    reached = to_text(audit_mark{number, request.hash});
  return answer_of(total, reached, ended);
}

} // namespace carillon::admin

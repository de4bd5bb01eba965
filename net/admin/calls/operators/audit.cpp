#include "base/json/object_reader.hpp"
#include "base/json/writer.hpp"
#include "messages/access/event_digest.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/resources.hpp"
#include "net/admin/listing.hpp"
#include "net/admin/query_reader.hpp"

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

expected<void> verify_segment(call& c, verify_audit& request, audit_verdict& total, bool& last) {
  auto segment = ask<audit_progress>(c, c.ctx.backend.state_reader.audit, request);
  if (!segment)
    return segment.error();
  const auto checked = total.checked + segment->verdict.checked;
  total = segment->verdict;
  total.checked = checked;
  if (auto done = compare_events(c, total, std::move(segment->events)); !done)
    return done;
  // A segment without progress would loop for ever.
  last = !total.valid || !segment->next || *segment->next <= request.from;
  request.from = segment->next.value_or(request.from);
  request.hash = segment->hash;
  return {};
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
  const auto mark = q.text("expect");
  verify_audit request;
  if (mark) {
    request.expect = audit_mark_from(*mark);
    if (!request.expect)
      return failure{ec::invalid_argument, "give NUMBER:HASH, as `head` has it", "expect"};
  }
  audit_verdict total;
  for (bool last = false; !last;) {
    auto done = verify_segment(c, request, total, last);
    if (!done && done.error().code == ec::timeout)
      return failure{
        ec::timeout, "the chain is too long for one request, run `carillon audit verify`", {}};
    if (!done)
      return done.error();
  }
  std::optional<std::string> head;
  if (total.valid && total.checked > 0)
    head = to_text(audit_mark{total.checked, request.hash});
  json_writer out;
  out.begin_object()
    .member("valid", total.valid)
    .member("checked", total.checked)
    .member("firstBad", total.first_bad)
    .member("firstBadEvent", total.first_bad_event)
    .member_or_null("reason", total.reason)
    .member("sealed", total.sealed);
  if (head)
    out.member("head", std::string_view{*head});
  else
    out.null("head");
  out.end_object();
  return answer{.body = out.take()};
}

} // namespace carillon::admin

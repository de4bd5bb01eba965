#include "net/admin/ask.hpp"
#include "net/admin/json_text.hpp"
#include "net/admin/object_reader.hpp"
#include "net/admin/query_reader.hpp"
#include "net/admin/resources.hpp"

namespace carillon::admin {

namespace {

void put_row(json_text& out, const audit_row& x) {
  const auto& entry = x.entry;
  out.begin_object()
    .member("number", x.number)
    .member("time", entry.time)
    .member("action", std::string_view{entry.action})
    .member_or_null("actor", entry.actor)
    .member_or_null("origin", entry.origin)
    .member_or_null("companyId", entry.company_id)
    .member_or_null("subject", entry.subject);
  // A row that somebody tampered with must not break the list.
  if (parse_object(entry.detail))
    out.raw("detail", entry.detail);
  else
    out.member("detail", std::string_view{entry.detail});
  out.member("eventSeq", entry.event_seq == 0 ? std::nullopt : std::optional{entry.event_seq})
    .member("hash", std::string_view{x.hash})
    .end_object();
}

} // namespace

expected<answer> show_audit(call& c) {
  query_reader q{c};
  list_audit request;
  request.page.company_id = q.company();
  request.page.name = q.identifier("action");
  request.page.ascending = q.order() == sort_order::ascending;
  request.page.limit = q.limit();
  request.page.beyond = q.cursor();
  if (q.fault())
    return *q.fault();
  auto page = ask<audit_page>(c, c.ctx.backend.state_reader, request);
  if (!page)
    return page.error();
  json_text out;
  out.begin_object().begin_array("audit");
  for (const auto& x : page->items)
    put_row(out, x);
  out.end_array();
  q.put_next(out, page->next);
  out.end_object();
  return answer{.body = out.take()};
}

expected<answer> verify_chain(call& c) {
  audit_verdict total;
  verify_audit request;
  for (;;) {
    auto stretch = ask<audit_progress>(c, c.ctx.backend.state_reader, request);
    if (!stretch && stretch.error().code == ec::timeout)
      return failure{
        ec::timeout, "the chain is too long for one request, run `carillon audit verify`", {}};
    if (!stretch)
      return stretch.error();
    total.checked += stretch->verdict.checked;
    total.valid = stretch->verdict.valid;
    total.first_bad = stretch->verdict.first_bad;
    // A stretch that does not move on would go on for ever.
    if (!total.valid || !stretch->next || *stretch->next <= request.from)
      break;
    request.from = *stretch->next;
    request.hash = stretch->hash;
  }
  json_text out;
  out.begin_object()
    .member("valid", total.valid)
    .member("checked", total.checked)
    .member("firstBad", total.first_bad)
    .end_object();
  return answer{.body = out.take()};
}

} // namespace carillon::admin

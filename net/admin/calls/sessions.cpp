#include "base/json/writer.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/resources.hpp"
#include "net/admin/listing.hpp"
#include "net/admin/query_reader.hpp"

namespace carillon::admin {

namespace {

void put_session(json_writer& out, const session_info& x) {
  out.begin_object()
    .member("id", x.id)
    .member_or_null("userId", x.who.user_id)
    .member_or_null("companyId", x.who.company_id)
    .member("transport", std::string_view{x.wire == session_wire::websocket ? "websocket" : "sse"})
    .member("openedAt", x.opened_at)
    .member("live", x.live)
    .end_object();
}

uint64_t slow_closes(const telemetry& x) {
  constexpr auto too_slow = static_cast<uint16_t>(session_close::too_slow);
  return x.sessions_closed.at(session_close_slot(too_slow)).load();
}

expected<answer> disconnect(call& c, disconnect_sessions request) {
  request.company_id = c.bound_company();
  request.by = c.stamp();
  auto count = ask<uint64_t>(c, c.ctx.backend.sessions, request);
  if (!count)
    return count.error();
  json_writer out;
  out.begin_object().member("disconnected", *count).end_object();
  return answer{.body = out.take()};
}

} // namespace

expected<answer> show_session_stats(call& c) {
  query_reader q{c};
  get_session_overview request{q.company()};
  if (q.fault())
    return *q.fault();
  auto now = ask<session_overview>(c, c.ctx.backend.sessions, request);
  if (!now)
    return now.error();
  json_writer out;
  out.begin_object()
    .member("connections", now->sessions)
    .member("streams", now->streams)
    .member("catchingUp", now->catching_up)
    .member("usersOnline", now->users)
    .begin_array("byCompany");
  for (const auto& [company, count] : now->by_company)
    out.begin_object()
      .member("companyId", std::string_view{company})
      .member("connections", count)
      .end_object();
  out.end_array();
  // Of the whole node: these counters are not kept by company.
  if (const auto& stats = *c.ctx.backend.stats; !request.company_id)
    out.member("opened", stats.sessions_opened.load())
      .member("refused", stats.sessions_refused.load())
      .member("resumes", stats.session_resumes.load())
      .member("eventsSent", stats.session_events.load())
      .member("framesSent", stats.session_frames.load())
      .member("bytesSent", stats.session_bytes_out.load())
      .member("catchUps", stats.session_catch_ups.load())
      .member("slowCloses", slow_closes(stats));
  out.end_object();
  return answer{.body = out.take()};
}

expected<answer> show_sessions(call& c) {
  query_reader q{c};
  list_sessions request;
  request.company_id = q.company();
  request.user_id = q.identifier("userId");
  request.limit = q.limit();
  request.after = q.cursor().value_or(0);
  if (q.fault())
    return *q.fault();
  auto page = ask<session_list>(c, c.ctx.backend.sessions, request);
  if (!page)
    return page.error();
  return answer_list("sessions", page->items, put_session, [&](json_writer& out) {
    q.put_next(out, page->next != 0 ? std::optional{page->next} : std::nullopt);
  });
}

expected<answer> disconnect_session(call& c) {
  auto id = number_from(c.arguments.front());
  if (!id || *id == 0)
    return failure{ec::not_found, "there is no such session", "id"};
  disconnect_sessions request;
  request.id = *id;
  return disconnect(c, std::move(request));
}

expected<answer> disconnect_user(call& c) {
  disconnect_sessions request;
  request.user_id = c.arguments.front();
  // Longest `sub` of a token.
  constexpr size_t most_bytes = 255;
  if (!is_identifier(request.user_id, most_bytes))
    return failure{ec::not_found, "this user has no session", "userId"};
  return disconnect(c, std::move(request));
}

} // namespace carillon::admin

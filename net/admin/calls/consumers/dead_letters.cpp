#include "base/json/writer.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/consumers/consumer_calls.hpp"
#include "net/admin/listing.hpp"
#include "net/admin/query_reader.hpp"

namespace carillon::admin {

namespace {

void put_letter(json_writer& out, const dead_letter& x) {
  out.begin_object()
    .member("id", x.id)
    .member("consumer", std::string_view{x.consumer})
    .member("seq", x.seq)
    .member("replayId", x.replay_id == 0 ? std::nullopt : std::optional{x.replay_id})
    .member("eventId", std::string_view{x.event_id})
    .member("eventType", std::string_view{x.event_type})
    .member_or_null("companyId", x.company_id)
    .member("attempts", static_cast<uint64_t>(x.attempts))
    .member_or_null("lastError", x.last_error)
    .member("createdAt", x.created_at)
    .end_object();
}

expected<answer> resolve(call& c, bool retry) {
  auto id = number_from(c.arguments.front());
  if (!id)
    return failure{ec::not_found, "there is no such dead letter", "id"};
  resolve_dead_letter request{
    .id = *id, .retry = retry, .company_id = c.bound_company(), .by = c.stamp()};
  auto letter = ask<dead_letter>(c, c.ctx.backend.supervisor, request);
  if (!letter)
    return letter.error();
  json_writer out;
  put_letter(out, *letter);
  return answer{.body = out.take()};
}

} // namespace

expected<answer> show_dead_letters(call& c) {
  query_reader q{c};
  list_dead_letters request;
  request.page.company_id = q.company();
  request.page.name = q.identifier("consumer");
  request.page.ascending = q.order() == sort_order::ascending;
  request.page.limit = q.limit();
  request.page.beyond = q.cursor();
  if (q.fault())
    return *q.fault();
  auto page = ask<dead_letter_page>(c, c.ctx.backend.state_reader.consumers, request);
  if (!page)
    return page.error();
  return answer_page("deadLetters", *page, q, put_letter);
}

expected<answer> retry_dead_letter(call& c) {
  return resolve(c, true);
}

expected<answer> discard_dead_letter(call& c) {
  return resolve(c, false);
}

} // namespace carillon::admin

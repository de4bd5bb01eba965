#include "base/text/number.hpp"
#include "messages/access/requests.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/operators/operator_calls.hpp"
#include "net/admin/listing.hpp"
#include "net/admin/query_reader.hpp"

#include <cstdint>
#include <limits>
#include <utility>

namespace carillon::admin {

namespace {

/// Databases have no greater number.
constexpr uint64_t most_seq = std::numeric_limits<int64_t>::max();

/// An outbox that the node moves.
using moved_outbox = std::pair<std::string_view, const relay_counts*>;

std::vector<moved_outbox> moved_outboxes(const call& c) {
  std::vector<moved_outbox> out;
  for (size_t i = 0; i < outbox_names.size(); ++i)
    if (const auto& counts = c.ctx.backend.outboxes.at(i))
      out.emplace_back(outbox_names.at(i), counts.get());
  return out;
}

void put_outbox_members(json_writer& out, const moved_outbox& x) {
  const auto& [name, counts] = x;
  out.member("name", name)
    .member("up", counts->up.load() != 0)
    .member("waiting", counts->waiting.load())
    .member("oldestSeconds", counts->oldest_seconds.load())
    .member("refused", counts->set_aside.load())
    .member("movedSinceStart", counts->published.load())
    .member("refusedSinceStart", counts->refused.load())
    .member("failuresSinceStart", counts->failures.load());
}

void put_refused_members(json_writer& out, const aside_row& x) {
  out.member("seq", x.seq)
    .member("id", std::string_view{x.id})
    .member("type", std::string_view{x.type})
    .member("source", std::string_view{x.source})
    .member_or_null("companyId", x.company_id.value_or(""))
    .member("errorCode", std::string_view{x.error_code})
    .member("errorDetail", std::string_view{x.error_detail})
    .member("refusedAt", std::string_view{x.refused_at})
    .member("dataBytes", x.data_bytes);
}

/// What is asked of an outbox, if the node moves it.
expected<std::string> moved_outbox_of(const call& c) {
  for (const auto& [name, counts] : moved_outboxes(c))
    if (name == c.arguments.front())
      return std::string{name};
  return failure{ec::not_found, "this node moves no outbox of that name", "name"};
}

append_audit row_of_change(const call& c, const std::string& outbox, uint64_t seq, bool retry) {
  const auto by = c.stamp();
  return {.entry = {.time = wall_clock_now(),
                    .action = retry ? "outbox.retried" : "outbox.discarded",
                    .actor = by.who,
                    .origin = origin_of(by),
                    .company_id = {},
                    .subject = "outbox:" + outbox + '/' + std::to_string(seq),
                    .person = by.person}};
}

expected<answer> resolve_row(call& c, bool retry) {
  const auto outbox = moved_outbox_of(c);
  if (!outbox)
    return outbox.error();
  const auto none = failure{ec::not_found, "no row with this number was put aside", "seq"};
  const auto seq = number_from(c.arguments.back());
  if (!seq || *seq == 0 || *seq > most_seq)
    return none;
  const auto found = c.ctx.backend.refused_rows(*outbox, *seq - 1, 1);
  if (!found)
    return found.error();
  if (found->empty() || found->front().seq != *seq)
    return none;
  // The row may be in another database than the audit log. What is asked for is noted first, so
  // every change has a note.
  if (auto noted = ask<atom::done>(c, c.ctx.backend.state_writer.audit,
                                   row_of_change(c, *outbox, *seq, retry));
      !noted)
    return noted.error();
  if (auto done = c.ctx.backend.resolve_refused_row(*outbox, *seq, retry); !done)
    return done.error();
  return answer{.status = 204};
}

} // namespace

expected<answer> show_outboxes(call& c) {
  return answer_whole_list("outboxes", moved_outboxes(c), as_object(put_outbox_members));
}

expected<answer> show_refused_rows(call& c) {
  query_reader q{c};
  const auto limit = q.limit();
  const auto after = q.cursor().value_or(0);
  if (q.fault())
    return *q.fault();
  const auto outbox = moved_outbox_of(c);
  if (!outbox)
    return outbox.error();
  auto rows = c.ctx.backend.refused_rows(*outbox, after, limit);
  if (!rows)
    return rows.error();
  page_of<aside_row> page{std::move(*rows), {}};
  if (page.items.size() >= limit)
    page.next = page.items.back().seq;
  return answer_page("refused", page, q, as_object(put_refused_members));
}

expected<answer> retry_refused_row(call& c) {
  return resolve_row(c, true);
}

expected<answer> discard_refused_row(call& c) {
  return resolve_row(c, false);
}

} // namespace carillon::admin

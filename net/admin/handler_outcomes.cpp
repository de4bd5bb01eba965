#include "net/admin/handler_outcomes.hpp"

#include "messages/codec.hpp"
#include "net/admin/ask.hpp"

#include <algorithm>

namespace carillon::admin {

namespace {

expected<bool> is_retrying(const call& c, const consumer_status& x, position seq) {
  if (x.retrying == 0)
    return false;
  // The consumer exists, so this creates nothing.
  auto opened = ask<opened_consumer_ptr>(c, c.ctx.backend.state_writer,
                                         open_consumer{.name = x.name, .initial = x.cursor});
  if (!opened)
    return opened.error();
  const auto& rows = (*opened)->retries;
  return std::any_of(rows.begin(), rows.end(),
                     [&](const auto& row) { return row.seq == seq && row.replay_id == 0; });
}

expected<bool> is_dead(const call& c, const consumer_status& x, const event& y) {
  if (x.dead_letters == 0)
    return false;
  list_dead_letters request;
  request.page.limit = 1'000;
  request.page.name = x.name;
  if (!y.company_id.empty())
    request.page.company_id = y.company_id;
  auto page = ask<dead_letter_page>(c, c.ctx.backend.state_reader, request);
  if (!page)
    return page.error();
  return std::any_of(page->items.begin(), page->items.end(), [&](const auto& letter) {
    return letter.seq == y.seq && letter.replay_id == 0;
  });
}

expected<std::string_view> state_of(const call& c, const consumer_status& x, const event& y) {
  auto retrying = is_retrying(c, x, y.seq);
  if (!retrying)
    return retrying.error();
  if (*retrying)
    return std::string_view{"retrying"};
  auto dead = is_dead(c, x, y);
  if (!dead)
    return dead.error();
  if (*dead)
    return std::string_view{"dead"};
  return std::string_view{y.seq > x.cursor ? "pending" : "done"};
}

} // namespace

expected<std::string> handler_outcomes(const call& c, const event& x) {
  auto consumers = ask<consumer_statuses>(c, c.ctx.backend.supervisor, list_consumers{});
  if (!consumers)
    return consumers.error();
  std::string out = "[";
  for (const auto& status : *consumers) {
    auto state = state_of(c, status, x);
    if (!state)
      return state.error();
    out += out.size() > 1 ? R"(,{"name":)" : R"({"name":)";
    append_json_string(out, status.name);
    out += R"(,"state":")";
    out += *state;
    out += "\"}";
  }
  return out + ']';
}

} // namespace carillon::admin

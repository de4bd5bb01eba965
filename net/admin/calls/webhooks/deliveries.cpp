#include "net/admin/ask.hpp"
#include "net/admin/calls/webhooks/webhook_calls.hpp"
#include "net/admin/calls/webhooks/webhook_text.hpp"
#include "net/admin/listing.hpp"
#include "net/admin/query_reader.hpp"

#include <map>

namespace carillon::admin {

namespace {

failure no_delivery() {
  return {ec::not_found, "there is no such delivery", "id"};
}

failure no_webhooks_here() {
  return {ec::store_unavailable, "webhooks do not run here", {}};
}

/// A delivery shows a receiver's URL and answers. So a bound caller sees only deliveries of its own
/// webhooks, not those of its events to other webhooks.
expected<void> check_owner(const call& c, uint64_t webhook_id) {
  auto company = c.bound_company();
  if (!company)
    return {};
  auto found = ask<webhook_with_secrets_ptr>(c, c.ctx.backend.state_reader.webhooks,
                                             get_webhook{webhook_id, company});
  if (found)
    return {};
  return found.error().code == ec::not_found ? no_delivery() : found.error();
}

/// The same, each webhook looked up once.
expected<bool> is_owned(const call& c, uint64_t webhook_id, std::map<uint64_t, bool>& known) {
  if (auto i = known.find(webhook_id); i != known.end())
    return i->second;
  auto owned = check_owner(c, webhook_id);
  if (!owned && owned.error().code != ec::not_found)
    return owned.error();
  return known[webhook_id] = owned.has_value();
}

void put_delivery(json_writer& out, const webhook_delivery& x, looker who) {
  out.begin_object();
  put_delivery_members(out, x, who);
  out.end_object();
}

} // namespace

expected<answer> show_deliveries(call& c) {
  auto id = number_from(c.arguments.front());
  if (!id || *id == 0)
    return failure{ec::not_found, "there is no such webhook", "id"};
  if (c.ctx.backend.state_reader.webhooks == nullptr)
    return no_webhooks_here();
  query_reader q{c};
  list_webhook_deliveries request;
  request.webhook_id = *id;
  request.limit = q.limit();
  if (auto state = q.identifier("state")) {
    request.state = delivery_state_from(*state);
    if (!request.state)
      return failure{ec::invalid_argument, "the state is retrying, delivered or failed", "state"};
  }
  if (auto beyond = q.cursor_pair())
    request.beyond = webhook_delivery_key{*id, beyond->first, beyond->second};
  if (q.fault())
    return *q.fault();
  // Deliveries of a deleted webhook are found by their event.
  auto found = ask<webhook_with_secrets_ptr>(c, c.ctx.backend.state_reader.webhooks,
                                             get_webhook{*id, c.bound_company()});
  if (!found)
    return found.error();
  auto page = ask<webhook_delivery_page>(c, c.ctx.backend.state_reader.webhooks, request);
  if (!page)
    return page.error();
  auto next
    = page->next ? std::optional{std::pair{page->next->seq, page->next->replay_id}} : std::nullopt;
  return answer_list(
    "deliveries", page->items,
    [&](json_writer& out, const auto& x) { put_delivery(out, x, looker_of(c)); },
    [&](json_writer& out) { q.put_next_pair(out, next); });
}

expected<answer> show_delivery(call& c) {
  auto key = delivery_key_from(c.arguments.front());
  if (!key)
    return no_delivery();
  if (c.ctx.backend.state_reader.webhooks == nullptr)
    return no_webhooks_here();
  if (auto owned = check_owner(c, key->webhook_id); !owned)
    return owned.error();
  auto found = ask<webhook_delivery_history_ptr>(c, c.ctx.backend.state_reader.webhooks,
                                                 get_webhook_delivery{*key, {}});
  if (!found)
    return found.error();
  json_writer out;
  put_delivery_history(out, **found, looker_of(c));
  return answer{.body = out.take()};
}

expected<answer> retry_delivery(call& c) {
  auto key = delivery_key_from(c.arguments.front());
  if (!key)
    return no_delivery();
  if (c.ctx.backend.webhooks == nullptr)
    return no_webhooks_here();
  auto row = ask<retry_row>(c, c.ctx.backend.webhooks,
                            resend_webhook_delivery{*key, c.bound_company(), c.stamp()});
  if (!row)
    return row.error();
  json_writer out;
  out.begin_object()
    .member("deliveryId", std::string_view{to_text(*key)})
    .member("dueAt", row->due)
    .end_object();
  return answer{.status = 202, .body = out.take()};
}

expected<std::string> event_deliveries(const call& c, const event& x) {
  constexpr size_t most = 100;
  // A bound caller may own few of very many.
  constexpr size_t most_pages = 10;
  if (c.ctx.backend.state_reader.webhooks == nullptr)
    return no_webhooks_here();
  list_webhook_deliveries request;
  request.seq = x.seq;
  request.company_id = c.bound_company();
  request.limit = most;
  std::string out = "[";
  size_t shown = 0;
  std::map<uint64_t, bool> owned;
  for (size_t pages = 0; pages < most_pages; ++pages) {
    auto page = ask<webhook_delivery_page>(c, c.ctx.backend.state_reader.webhooks, request);
    if (!page)
      return page.error();
    for (const auto& y : page->items) {
      auto owns = is_owned(c, y.key.webhook_id, owned);
      if (!owns)
        return owns.error();
      if (!*owns || shown == most)
        continue;
      json_writer one;
      put_delivery(one, y, looker_of(c));
      out += (shown++ > 0 ? "," : "") + one.take();
    }
    if (!page->next || shown == most)
      break;
    request.beyond = page->next;
  }
  return out + ']';
}

} // namespace carillon::admin

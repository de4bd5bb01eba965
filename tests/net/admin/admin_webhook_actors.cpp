#include "tests/net/admin/admin_webhook_actors.hpp"

#include "tests/net/admin/admin_actors.hpp"
#include "tests/support/fake_store.hpp"

#include <tuple>

namespace carillon::test {

namespace {

using optional_company = std::optional<std::string>;

failure no_webhook() {
  return {ec::not_found, "there is no such webhook", {}};
}

expected<webhook_with_secrets*> find(admin_data& data, uint64_t id,
                                     const optional_company& company) {
  for (auto& x : data.webhooks)
    if (x.webhook.id == id && (!company || *company == x.webhook.settings.company_id))
      return &x;
  return no_webhook();
}

/// Finds a webhook for a change, and does it.
template <class Request, class F>
auto change(admin_data& data, const Request& x, F f)
  -> expected<decltype(f(data.webhooks.front()))> {
  auto found = find(data, x.id, x.company_id);
  if (!found)
    return found.error();
  data.stamps.push_back(x.by);
  return f(**found);
}

webhook_answer create(admin_data& data, const create_webhook& x) {
  data.created_webhooks.push_back(x);
  data.stamps.push_back(x.by);
  auto& made = add_webhook(data, data.webhooks.size() + 1, x.settings.company_id);
  made.settings = x.settings;
  made.settings.private_targets = x.private_targets.value_or(false);
  return {made, x.secret.empty() ? to_text(make_webhook_secret(x.kind).value()).value() : x.secret};
}

expected<atom::done> remove(admin_data& data, const delete_webhook& x) {
  auto known = change(data, x, [](const auto&) { return true; });
  if (!known)
    return known.error();
  std::erase_if(data.webhooks, [&](const auto& y) { return y.webhook.id == x.id; });
  return atom::done_v;
}

expected<webhook> set_enabled(admin_data& data, const enable_webhook& x) {
  return change(data, x, [&](webhook_with_secrets& y) {
    y.webhook.enabled = x.enabled;
    y.webhook.disabled_reason = x.enabled ? "" : "operator";
    return y.webhook;
  });
}

expected<rotated_secret> rotate(admin_data& data, const rotate_webhook_secret& x) {
  return change(data, x, [&](const webhook_with_secrets&) {
    data.rotated = x;
    return rotated_secret{x.secret.empty() ? std::string{known_secret} : x.secret,
                          from_micros(0) + x.grace};
  });
}

expected<recovered_rows> recover(admin_data& data, const recover_webhook& x) {
  return change(data, x, [&](const webhook_with_secrets&) {
    data.recovered = x;
    recovered_rows out;
    for (const auto& y : data.deliveries)
      if (y.delivery.key.webhook_id == x.id && y.delivery.state == webhook_delivery_state::failed)
        out.rows.push_back({.seq = y.delivery.key.seq});
    out.more = data.more_to_recover;
    return out;
  });
}

expected<webhook_delivery_history*> find(admin_data& data, const webhook_delivery_key& key) {
  for (auto& x : data.deliveries)
    if (x.delivery.key == key)
      return &x;
  return failure{ec::not_found, "there is no such delivery", {}};
}

expected<retry_row> resend(admin_data& data, const resend_webhook_delivery& x) {
  if (auto owner = find(data, x.key.webhook_id, x.company_id); !owner)
    return owner.error();
  auto found = find(data, x.key);
  if (!found)
    return found.error();
  data.stamps.push_back(x.by);
  (*found)->delivery.state = webhook_delivery_state::retrying;
  return retry_row{.seq = x.key.seq, .replay_id = x.key.replay_id, .due = from_micros(1'000'000)};
}

/// Newest event first, then by webhook and replay.
auto place_of(const webhook_delivery_key& x) {
  return std::tuple{x.seq, x.webhook_id, x.replay_id};
}

webhook_delivery_page deliveries(admin_data& data, const list_webhook_deliveries& x) {
  data.deliveries_asked = x;
  ++data.delivery_pages;
  auto all = data.deliveries;
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return place_of(a.delivery.key) > place_of(b.delivery.key);
  });
  webhook_delivery_page out;
  for (const auto& [y, attempts] : all) {
    auto past = x.beyond && place_of(y.key) >= place_of(*x.beyond);
    if (past || (x.webhook_id && y.key.webhook_id != *x.webhook_id)
        || (x.seq && y.key.seq != *x.seq) || (x.company_id && y.company_id != *x.company_id)
        || (x.state && y.state != *x.state))
      continue;
    if (out.items.size() == x.limit) {
      out.next = out.items.back().key;
      break;
    }
    out.items.push_back(y);
  }
  return out;
}

expected<webhook_status> status_of(admin_data& data, uint64_t id) {
  auto i = data.webhook_statuses.find(id);
  if (i == data.webhook_statuses.end())
    return no_webhook();
  return i->second;
}

} // namespace

webhook& add_webhook(admin_data& data, uint64_t id, const std::string& company) {
  auto& added = data.webhooks.emplace_back();
  auto& x = added.webhook;
  x.id = id;
  x.settings.company_id = company;
  x.settings.url = "https://receiver.example/in";
  x.settings.headers = {{"Authorization", std::string{header_value}}};
  x.created_at = from_micros(1'000'000);
  x.updated_at = from_micros(2'000'000);
  added.secrets.push_back({std::string{sealed_text}, from_micros(3'000'000), {}});
  added.secrets.push_back(
    {std::string{sealed_text}, from_micros(1'000'000), from_micros(4'000'000)});
  auto& status = data.webhook_statuses[id];
  status.id = id;
  status.consumer.name = webhook_consumer(id);
  return x;
}

webhook_delivery_history& add_delivery(admin_data& data, const webhook_delivery_key& key,
                                       const std::string& company) {
  auto& out = data.deliveries.emplace_back();
  out.delivery = {.key = key,
                  .event_id = "e-" + std::to_string(key.seq),
                  .event_type = "order.created",
                  .company_id = company,
                  .attempts = 1,
                  .last_status = 200,
                  .created_at = from_micros(1'000'000),
                  .updated_at = from_micros(2'000'000)};
  auto response = std::make_shared<http_response>();
  response->status = 200;
  response->body = "thanks";
  out.attempts.push_back({.delivery = key,
                          .number = 1,
                          .at = from_micros(1'000'000),
                          .url = "https://receiver.example/in",
                          .response = response});
  return out;
}

webhook_hub_actor::behavior_type admin_webhook_hub(webhook_hub_actor::pointer self,
                                                   admin_data* data) {
  return {
    [](atom::attach, const batch_taker_actor&) { return position{0}; },
    [](atom::detach, const batch_taker_actor&) {},
    [](atom::acknowledge, const batch_taker_actor&) {},
    [=](const create_webhook& x) {
      return reply<webhook_answer>(self, data, true, [&] { return create(*data, x); });
    },
    [=](const update_webhook& x) {
      return reply<webhook_answer>(self, data, true, [&] {
        return change(*data, x, [&](webhook_with_secrets& y) {
          data->updated_webhooks.push_back(x);
          y.webhook.settings = changed(y.webhook.settings, x.change);
          auto is_new = x.secret && x.secret->empty();
          return webhook_answer{y.webhook, is_new ? std::string{known_secret} : std::string{}};
        });
      });
    },
    [=](const enable_webhook& x) {
      return reply<webhook>(self, data, true, [&] { return set_enabled(*data, x); });
    },
    [=](const delete_webhook& x) {
      return reply<atom::done>(self, data, true, [&] { return remove(*data, x); });
    },
    [=](const rotate_webhook_secret& x) {
      return reply<rotated_secret>(self, data, true, [&] { return rotate(*data, x); });
    },
    [=](const test_webhook& x) {
      return reply<webhook_attempt>(self, data, true, [&] {
        return change(*data, x, [&](const webhook_with_secrets&) { return data->tested; });
      });
    },
    [=](const resend_webhook_delivery& x) {
      return reply<retry_row>(self, data, true, [&] { return resend(*data, x); });
    },
    [=](const recover_webhook& x) {
      return reply<recovered_rows>(self, data, true, [&] { return recover(*data, x); });
    },
    [=](const get_webhook_status& x) {
      return reply<webhook_status>(self, data, false, [&] { return status_of(*data, x.id); });
    },
    [=](const get_webhook_overview&) {
      return reply<webhook_overview>(self, data, false, [&] { return data->overview; });
    },
    [](atom::find, uint64_t) { return replay_taker_actor{}; },
    [](atom::find, const std::string&) { return webhook_consumers{}; },
    [](uint64_t, const retry_row&) {},
    [](atom::drain) { return atom::done_v; },
    [](atom::status) { return atom::done_v; },
    [](const webhook_matches_ptr&) {},
    [](atom::pause, uint64_t, const std::string&, const std::string&) {},
    [](atom::done, uint64_t, const std::string&) {},
    [](atom::restart, uint64_t) {},
    [](atom::tick, uint64_t) {},
  };
}

caf::behavior admin_webhook_state(caf::event_based_actor* self, admin_data* data) {
  // Changes go through the hub.
  return fake_store(
    [=](const get_webhook& x) {
      return reply<webhook_with_secrets_ptr>(
        self, data, false, [&]() -> expected<webhook_with_secrets_ptr> {
          auto found = find(*data, x.id, x.company_id);
          if (!found)
            return found.error();
          return std::make_shared<const webhook_with_secrets>(**found);
        });
    },
    [=](const list_webhooks& x) {
      return reply<webhook_page>(self, data, false, [&] {
        std::vector<webhook> own;
        for (const auto& y : data->webhooks)
          if (!x.page.company_id || *x.page.company_id == y.webhook.settings.company_id)
            own.push_back(y.webhook);
        return data->page(own, x.page, [](const auto& y) { return y.id; });
      });
    },
    [=](const list_webhook_deliveries& x) {
      return reply<webhook_delivery_page>(self, data, false, [&] { return deliveries(*data, x); });
    },
    [=](const get_webhook_delivery& x) {
      return reply<webhook_delivery_history_ptr>(
        self, data, false, [&]() -> expected<webhook_delivery_history_ptr> {
          auto found = find(*data, x.key);
          if (!found)
            return found.error();
          return std::make_shared<const webhook_delivery_history>(**found);
        });
    });
}

} // namespace carillon::test

#include "tests/actors/webhooks/webhook_world.hpp"

#include <unistd.h>

#include <charconv>

namespace carillon::test {

namespace {

failure no_such_webhook() {
  return {ec::not_found, "no such webhook", "id"};
}

uint64_t number_behind(std::string_view text, std::string_view mark) {
  uint64_t out = 0;
  auto at = text.rfind(mark);
  if (at != std::string_view::npos)
    std::from_chars(text.data() + at + mark.size(), text.data() + text.size(), out);
  return out;
}

} // namespace

void fake_webhooks::apply(const consumer_commit& x) {
  for (const auto& activation : x.effects.all<webhook_activation>())
    if (auto i = all.find(activation.webhook_id); i != all.end())
      i->second.webhook.awake_at = std::max(i->second.webhook.awake_at, activation.at);
  for (const auto& health : x.effects.all<webhook_health>())
    if (auto i = all.find(health.webhook_id); i != all.end())
      i->second.webhook.failing_since = health.failing_since;
  const auto& made = x.effects.all<webhook_attempt>();
  attempts.insert(attempts.end(), made.begin(), made.end());
}

caf::behavior fake_webhook_store(caf::event_based_actor*, fake_webhooks* st) {
  auto find = [st](uint64_t id) -> webhook_with_secrets* {
    auto i = st->all.find(id);
    return st->broken || i == st->all.end() ? nullptr : &i->second;
  };
  return fake_store(
    [st](const create_webhook& x) -> caf::result<webhook> {
      webhook made;
      made.id = st->all.size() + 1;
      made.settings = x.settings;
      made.awake_at = std::max<position>(x.start, 1);
      made.asleep_at = made.awake_at - 1;
      st->all[made.id] = {made, {x.sealed}};
      return made;
    },
    [find](const update_webhook& x) -> caf::result<webhook> {
      auto* y = find(x.id);
      if (y == nullptr)
        return to_error(no_such_webhook());
      if (x.change.types)
        y->webhook.awake_at = std::max(y->webhook.awake_at, y->webhook.asleep_at + 1);
      y->webhook.settings = changed(y->webhook.settings, x.change);
      if (x.sealed)
        y->secrets = {*x.sealed};
      return y->webhook;
    },
    [find](const enable_webhook& x) -> caf::result<webhook> {
      auto* y = find(x.id);
      if (y == nullptr)
        return to_error(no_such_webhook());
      y->webhook.enabled = x.enabled;
      y->webhook.disabled_reason = x.reason;
      if (x.enabled) {
        y->webhook.failing_since.reset();
        y->webhook.awake_at = std::max(y->webhook.awake_at, y->webhook.asleep_at + 1);
      }
      return y->webhook;
    },
    [st](const delete_webhook& x) -> caf::result<atom::done> {
      if (st->all.erase(x.id) == 0)
        return to_error(no_such_webhook());
      return atom::done_v;
    },
    [find](const add_webhook_secret& x) -> caf::result<atom::done> {
      auto* y = find(x.id);
      if (y == nullptr)
        return to_error(no_such_webhook());
      for (auto& old : y->secrets)
        old.expires_at = x.old_expire_at;
      y->secrets.insert(y->secrets.begin(), x.secret);
      return atom::done_v;
    },
    [find, st](const get_webhook& x) -> caf::result<webhook_with_secrets_ptr> {
      if (st->broken)
        return to_error({ec::store_unavailable, "broken", {}});
      auto* y = find(x.id);
      if (y == nullptr)
        return to_error(no_such_webhook());
      return webhook_with_secrets_ptr{std::make_shared<const webhook_with_secrets>(*y)};
    },
    [st](const list_webhooks& x) -> caf::result<webhook_page> {
      webhook_page out;
      for (auto i = st->all.upper_bound(x.page.beyond.value_or(0)); i != st->all.end(); ++i) {
        if (out.items.size() == 2) {
          out.next = out.items.back().id;
          break;
        }
        out.items.push_back(i->second.webhook);
      }
      return out;
    },
    [find](const note_webhook_idle& x) -> caf::result<atom::done> {
      if (auto* y = find(x.id))
        y->webhook.asleep_at = std::max(y->webhook.asleep_at, x.at);
      return atom::done_v;
    },
    [](const resend_webhook_delivery& x) -> caf::result<retry_row> {
      retry_row row;
      row.seq = x.key.seq;
      row.replay_id = x.key.replay_id;
      return row;
    },
    [](const trim_webhook_deliveries&) -> caf::result<uint64_t> { return uint64_t{0}; });
}

// -- the world --------------------------------------------------------------------

webhook_world::webhook_world() {
  std::string pattern = "/tmp/carillon-world-XXXXXX";
  directory_ = ::mkdtemp(pattern.data());
  secrets_ = std::make_shared<const secret_box>(*secret_box::open(directory_ + "/node.key"));
  state.on_commit = [this](const consumer_commit& x) { store.apply(x); };
}

webhook_world::~webhook_world() {
  crash();
  stop(webhook_store);
  stop(router);
  stop(reader);
  stop(state_actor);
  std::filesystem::remove_all(directory_);
}

void webhook_world::start() {
  ++life_;
  index = std::make_shared<webhook_index>();
  webhook_hub_env env;
  env.consumers = {router, reader, handles.consumers, [this] { return now() + shift; }, {}, {}};
  env.state_writer = webhook_store;
  env.state_reader = webhook_store;
  env.audit = handles.audit;
  env.index = index;
  env.secrets = secrets_;
  env.call = [this, life = life_](http_request x, std::function<void(http_response_ptr)> done) {
    if (life == life_)
      call(std::move(x), std::move(done));
  };
  env.allow_http = allow_http;
  env.check_target = check_target;
  env.stats = stats;
  env.make_random = [this] { return [this] { return random; }; };
  env.options = options;
  // The store's mark for those with rows.
  for (auto& [id, x] : store.all)
    x.webhook.retrying = !state.consumers[webhook_consumer(id)].retries.empty();
  hub = sys.spawn(webhook_hub, std::move(env));
  deliver();
  REQUIRE(ask<atom::done>(hub, atom::status_v));
  auto spec = std::make_shared<consumer_settings>();
  spec->name = webhook_matcher::name;
  spec->target = std::make_shared<webhook_matcher>(index, hub);
  consumer_env matcher_env{router, reader, handles.consumers, [this] { return now(); }, {}, {}};
  matcher = sys.spawn(consumer, std::move(matcher_env), consumer_settings_ptr{std::move(spec)});
  deliver();
}

void webhook_world::crash() {
  ++life_;
  answers_.clear();
  open_calls.clear();
  if (matcher != nullptr)
    stop(matcher);
  if (hub != nullptr)
    stop(hub);
  matcher = nullptr;
  hub = nullptr;
  deliver();
}

webhook webhook_world::add(webhook_settings settings) {
  settings.url = "https://hooks.test/" + std::to_string(store.all.size() + 1);
  create_webhook request;
  request.settings = std::move(settings);
  auto made = ask<webhook_answer>(hub, request);
  REQUIRE_MESSAGE(made, sys.render(made.error()));
  // Its consumer is stored with it.
  auto& record = state.consumers[webhook_consumer(made->webhook.id)].record;
  record.cursor = std::max(record.cursor, log.head());
  return made->webhook;
}

void webhook_world::publish(std::vector<std::shared_ptr<event>> events) {
  auto batch = std::make_shared<event_batch>();
  for (auto& x : events) {
    x->seq = log.head() + 1;
    x->id = "e-" + std::to_string(x->seq);
    x->recorded_at = now();
    log.events.push_back(x);
    batch->events.push_back(x);
  }
  if (matcher != nullptr) {
    ++log.credit_used[matcher->id()];
    self->send(matcher, event_batch_ptr{batch});
    deliver();
  }
}

void webhook_world::publish(const std::string& type, const std::string& company) {
  publish({make_event(0, company, type)});
}

void webhook_world::call(http_request x, std::function<void(http_response_ptr)> done) {
  received seen{now(), std::move(x), 0, 0};
  seen.webhook_id = number_behind(seen.request.url, "/");
  for (const auto& [name, value] : seen.request.headers)
    if (name == "webhook-id")
      seen.seq = number_behind(value, "msg_");
  auto id = seen.webhook_id;
  ++open_calls[id];
  auto made = receiver(seen);
  if (keep_calls)
    calls.push_back(std::move(seen));
  if (made.hangs)
    return;
  auto response = std::make_shared<const http_response>(std::move(made.response));
  answers_.emplace(now() + made.after, pending{std::move(done), std::move(response), id});
}

void webhook_world::answer_due() {
  while (!answers_.empty() && answers_.begin()->first <= now()) {
    auto next = answers_.extract(answers_.begin());
    --open_calls[next.mapped().webhook_id];
    next.mapped().done(next.mapped().response);
    deliver();
  }
}

void webhook_world::run(caf::timespan total, caf::timespan step) {
  answer_due();
  for (caf::timespan t{0}; t < total; t += step) {
    pass(step);
    answer_due();
  }
}

webhook_world::reply webhook_world::status(int code, std::string retry_after) {
  reply out;
  out.response.status = code;
  out.response.retry_after = std::move(retry_after);
  return out;
}

webhook_world::reply webhook_world::fault(http_fault x) {
  reply out;
  out.response.fault = x;
  out.response.error = "it failed";
  return out;
}

} // namespace carillon::test

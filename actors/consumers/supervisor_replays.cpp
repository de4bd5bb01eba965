#include "actors/consumers/supervisor.hpp"

#include "messages/actor_defaults.hpp"

#include <algorithm>
#include <string_view>

namespace carillon {

namespace {

/// Whether a replay for all handlers includes this one.
bool takes_any_replay(const consumer_settings& x) {
  const auto* target = std::get_if<std::shared_ptr<effect_handler>>(&x.target);
  return target == nullptr || (*target)->on_replay() == replay_reaction::always;
}

/// How long the webhook hub may take; it never blocks.
constexpr std::chrono::seconds webhook_deadline{10};

/// How long the log may take to count for one handler.
constexpr std::chrono::seconds count_deadline{60};

/// The targets of a plan: each handler by its name, webhooks as a number.
replay_plan plan_of(uint64_t matched, const std::vector<std::string>& names) {
  replay_plan out{matched, {}};
  uint64_t webhooks = 0;
  for (const auto& name : names)
    if (webhook_of_consumer(name))
      ++webhooks;
    else if (name == replayed_to_sessions)
      out.targets.push_back({"sessions", std::nullopt, std::nullopt});
    else
      out.targets.push_back({"handler/" + name, std::nullopt, std::nullopt});
  if (webhooks > 0)
    out.targets.push_back({"webhooks", std::nullopt, webhooks});
  return out;
}

} // namespace

void supervisor_state::find_targets(const replay_record& x, targets_callback done) {
  const auto& target = x.target;
  constexpr std::string_view handler = "handler/";
  constexpr std::string_view webhook = "webhook/";
  auto all = target == "all";
  std::vector<std::string> out;
  if (all || target == "handlers")
    for (const auto& known : children_)
      if (takes_any_replay(*known.second.spec))
        out.push_back(known.first);
  if ((all || target == "sessions") && env_.sessions != nullptr)
    out.emplace_back(replayed_to_sessions);
  if (target == "handlers" || (target == "sessions" && !out.empty())) {
    done(std::move(out));
  } else if (target == "sessions") {
    done(failure{ec::not_found, "there are no sessions", "target"});
  } else if (target == "webhooks" && env_.webhooks == nullptr) {
    done(failure{ec::not_found, "there are no webhooks", "target"});
  } else if (all || target == "webhooks") {
    add_webhooks(std::move(out), x.filter.company_id.value_or(""), std::move(done));
  } else if (std::string_view{target}.starts_with(handler)) {
    auto wanted = target.substr(handler.size());
    if (children_.contains(wanted))
      done(std::vector{wanted});
    else
      done(failure{ec::not_found, "there is no handler named '" + wanted + "'", "target"});
  } else if (std::string_view{target}.starts_with(webhook)) {
    auto wanted = "webhook." + target.substr(webhook.size());
    auto id = webhook_of_consumer(wanted);
    if (!id || env_.webhooks == nullptr) {
      done(failure{ec::not_found, "there is no such webhook", "target"});
      return;
    }
    self_->request(env_.webhooks, webhook_deadline, atom::find_v, *id)
      .then([wanted, done](const replay_taker_actor&) { done(std::vector{wanted}); },
            [done](const caf::error& reason) {
              auto why = to_failure(reason);
              why.field = "target";
              done(std::move(why));
            });
  } else {
    done(failure{ec::invalid_argument,
                 "the target is all, handlers, handler/<name>, webhooks, webhook/<id> or sessions",
                 "target"});
  }
}

void supervisor_state::add_webhooks(std::vector<std::string> to, const std::string& company_id,
                                    targets_callback done) {
  if (env_.webhooks == nullptr) {
    done(std::move(to));
    return;
  }
  self_->request(env_.webhooks, webhook_deadline, atom::find_v, company_id)
    .then(
      [to, done](const webhook_consumers& x) {
        auto out = to;
        out.insert(out.end(), x.names.begin(), x.names.end());
        done(std::move(out));
      },
      [done](const caf::error& reason) { done(to_failure(reason)); });
}

/// Fills in the end of the replay and the number of events that it re-fires.
void supervisor_state::measure(create_replay request, std::function<void(create_replay)> done,
                               std::function<void(caf::error)> failed) {
  if (auto& positions = request.record.positions; !positions.empty()) {
    std::sort(positions.begin(), positions.end());
    positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
    request.record.up_to = positions.back();
    request.record.matched = positions.size();
    done(std::move(request));
    return;
  }
  self_->request(env_.consumers.router, store_deadline, atom::head_v)
    .then(
      [this, request, done, failed](position head) mutable {
        request.record.up_to = head;
        self_->request(env_.counter, answered_or_ended, count_request{request.record.filter, head})
          .then(
            [request, done](uint64_t matched) mutable {
              request.record.matched = matched;
              done(std::move(request));
            },
            [failed](caf::error& reason) { failed(std::move(reason)); });
      },
      [failed](caf::error& reason) { failed(std::move(reason)); });
}

caf::result<replay_plan> supervisor_state::count(const create_replay& x) {
  auto promise = self_->make_response_promise<replay_plan>();
  auto failed = [promise](caf::error reason) mutable { promise.deliver(std::move(reason)); };
  find_targets(x.record, [=, this](const expected<std::vector<std::string>>& targets) mutable {
    if (!targets) {
      failed(to_error(targets.error()));
      return;
    }
    auto counted = [this, promise, names = *targets](const create_replay& y) {
      measure_targets(y, std::make_shared<replay_plan>(plan_of(y.record.matched, names)), 0,
                      promise);
    };
    measure(x, counted, failed);
  });
  return promise;
}

void supervisor_state::measure_targets(const create_replay& x, std::shared_ptr<replay_plan> plan,
                                       size_t next,
                                       caf::typed_response_promise<replay_plan> promise) {
  constexpr std::string_view handler = "handler/";
  for (; next < plan->targets.size(); ++next) {
    auto& target = plan->targets[next];
    // Events that are named one by one are not looked up for each handler.
    if (!x.record.positions.empty() || !target.name.starts_with(handler))
      continue;
    const auto found = children_.find(target.name.substr(handler.size()));
    if (found == children_.end())
      continue;
    auto both = intersection(x.record.filter, found->second.spec->filter);
    if (!both) {
      target.events = 0;
      continue;
    }
    self_->request(env_.counter, count_deadline, count_request{std::move(*both), x.record.up_to})
      .then(
        [=, this](uint64_t n) {
          plan->targets[next].events = n;
          measure_targets(x, plan, next + 1, promise);
        },
        [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
    return;
  }
  promise.deliver(*plan);
}

caf::result<replay_record> supervisor_state::create(const create_replay& x) {
  if (draining_)
    return to_error({ec::shutting_down, "the node is shutting down", {}});
  if (replays_.size() >= env_.options.max_replays)
    return to_error({ec::overloaded, "too many replays run, wait for one to end", {}});
  auto promise = self_->make_response_promise<replay_record>();
  auto failed = [promise](caf::error reason) mutable { promise.deliver(std::move(reason)); };
  auto store = [this, promise, failed](create_replay request) {
    self_->request(env_.replays, store_deadline, std::move(request))
      .then(
        [this, promise](const replay_record& stored) mutable {
          start_replay(stored);
          promise.deliver(stored);
        },
        [failed](caf::error& reason) mutable { failed(std::move(reason)); });
  };
  find_targets(x.record, [=, this](const expected<std::vector<std::string>>& targets) mutable {
    if (targets)
      measure(x, store, failed);
    else
      failed(to_error(targets.error()));
  });
  return promise;
}

void supervisor_state::start_replay(const replay_record& record) {
  find_targets(record, [this, record](const expected<std::vector<std::string>>& targets) {
    auto runs = [&](const auto& x) { return x.second.id == record.id; };
    if (draining_ || std::any_of(replays_.begin(), replays_.end(), runs))
      return;
    if (!targets) {
      postpone_replay(record, targets.error());
      return;
    }
    replay_env env{env_.consumers.reader, env_.replays, supervisor_actor{self_},
                   env_.options.replay};
    auto handle = self_->spawn(replay_runner, std::move(env), record, *targets);
    self_->monitor(handle);
    replays_.emplace(handle->id(), running_replay{record.id, handle});
  });
}

void supervisor_state::postpone_replay(const replay_record& record, const failure& why) {
  bool lasts = why.code == ec::not_found || why.code == ec::conflict;
  if (!lasts) {
    self_->delayed_send(self_, env_.options.resume_pause, atom::restart_v, std::string{});
    return;
  }
  // A handler may be registered later; a replay does not wait for a deleted or disabled webhook.
  if (!record.target.starts_with("webhook/"))
    return;
  update_replay last{record.id, replay_phase::failed, record.cursor, record.delivered, why.detail};
  self_->request(env_.replays, store_deadline, last)
    .then([](atom::done) {}, [](const caf::error&) {});
}

void supervisor_state::resume_replays() {
  self_->request(env_.replays, store_deadline, list_running_replays{})
    .then(
      [this](const replay_records& xs) {
        for (const auto& x : xs)
          start_replay(x);
      },
      [](const caf::error&) {});
}

} // namespace carillon

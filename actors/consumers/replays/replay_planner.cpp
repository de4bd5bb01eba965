#include "actors/consumers/replays/replay_planner.hpp"

#include "messages/actor_defaults.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace carillon {

namespace {

/// How long the webhook hub may take; it never blocks.
constexpr std::chrono::seconds webhook_deadline{10};

/// How long the log may take to count for one handler.
constexpr std::chrono::seconds count_deadline{60};

/// Each handler by its name, webhooks as a number.
replay_plan plan_of(uint64_t matched, const replay_planner::receivers& all) {
  replay_plan out{matched, {}};
  uint64_t webhooks = 0;
  for (const auto& x : all)
    if (x.what == replay_target::kind::webhook)
      ++webhooks;
    else
      out.targets.push_back({x, std::nullopt, std::nullopt});
  if (webhooks > 0)
    out.targets.push_back({replay_target::webhooks(), std::nullopt, webhooks});
  return out;
}

failure no_target(std::string detail) {
  return {ec::not_found, std::move(detail), "target"};
}

} // namespace

replay_planner::replay_planner(supervisor_actor::pointer self, const supervisor_env& env,
                               const consumer_children& children)
  : self_(self), env_(env), children_(children) {
}

// -- receivers ----------------------------------------------------------------

void replay_planner::find_receivers(const replay_record& x, const receivers_callback& done) {
  using kind = replay_target::kind;
  const auto& target = x.target;
  if (target.what == kind::handlers) {
    done(replayed_handlers());
  } else if (target.what == kind::webhook) {
    find_webhook(target, done);
  } else if (target.what == kind::handler && children_.find(target.name) == nullptr) {
    done(no_target("there is no handler named '" + target.name + "'"));
  } else if (target.what == kind::sessions && env_.sessions == nullptr) {
    done(no_target("there are no sessions"));
  } else if (target.what == kind::webhooks && env_.webhooks == nullptr) {
    done(no_target("there are no webhooks"));
  } else if (target.what == kind::webhooks) {
    add_webhooks({}, x, done);
  } else if (target.what == kind::all) {
    auto out = replayed_handlers();
    if (env_.sessions != nullptr)
      out.push_back(replay_target::sessions());
    add_webhooks(std::move(out), x, done);
  } else {
    done(receivers{target});
  }
}

replay_planner::receivers replay_planner::replayed_handlers() const {
  receivers out;
  for (const auto& [name, x] : children_.all())
    if (reaction_of(*x.spec) == replay_reaction::always)
      out.push_back(replay_target::handler(name));
  return out;
}

void replay_planner::find_webhook(const replay_target& x, const receivers_callback& done) {
  if (env_.webhooks == nullptr) {
    done(no_target("there is no such webhook"));
    return;
  }
  self_->request(env_.webhooks, webhook_deadline, atom::find_v, x.id)
    .then([x, done](const replay_taker_actor&) { done(receivers{x}); },
          [done](const caf::error& reason) {
            auto why = to_failure(reason);
            why.field = "target";
            done(std::move(why));
          });
}

/// Adds the webhooks that the replay may concern, if there are any.
void replay_planner::add_webhooks(receivers to, const replay_record& x,
                                  const receivers_callback& done) {
  if (env_.webhooks == nullptr) {
    done(std::move(to));
    return;
  }
  self_->request(env_.webhooks, webhook_deadline, atom::find_v, x.filter.company_id.value_or(""))
    .then(
      [to, done](const webhook_consumers& found) {
        auto out = to;
        for (const auto& name : found.names)
          if (auto id = webhook_of_consumer(name))
            out.push_back(replay_target::webhook(*id));
        done(std::move(out));
      },
      [done](const caf::error& reason) { done(to_failure(reason)); });
}

// -- events -------------------------------------------------------------------

void replay_planner::measure(create_replay x, const request_callback& done) {
  if (auto& positions = x.record.positions; !positions.empty()) {
    std::sort(positions.begin(), positions.end());
    positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
    x.record.up_to = positions.back();
    x.record.matched = positions.size();
    done(std::move(x));
    return;
  }
  auto failed = [done](caf::error& reason) { done(std::move(reason)); };
  self_->request(env_.consumers.router, store_deadline, atom::head_v)
    .then(
      [this, x, done, failed](position head) mutable {
        x.record.up_to = head;
        self_->request(env_.counter, answered_or_ended, count_request{x.record.filter, head})
          .then(
            [x, done](uint64_t matched) mutable {
              x.record.matched = matched;
              done(std::move(x));
            },
            failed);
      },
      failed);
}

void replay_planner::plan(const create_replay& x, const plan_callback& done) {
  find_receivers(x.record, [this, x, done](const expected<receivers>& found) {
    if (!found) {
      done(to_error(found.error()));
      return;
    }
    measure(x, [this, done, all = *found](const caf::expected<create_replay>& measured) {
      if (measured)
        measure_handlers(*measured,
                         std::make_shared<replay_plan>(plan_of(measured->record.matched, all)), 0,
                         done);
      else
        done(measured.error());
    });
  });
}

/// Counts the events for each handler of the plan from the `next` target on.
void replay_planner::measure_handlers(const create_replay& x,
                                      const std::shared_ptr<replay_plan>& out, size_t next,
                                      const plan_callback& done) {
  for (; next < out->targets.size(); ++next) {
    auto& target = out->targets[next];
    // Events that are named one by one are not looked up for each handler.
    const auto* found = x.record.positions.empty() ? children_.find(target.of.name) : nullptr;
    if (found == nullptr)
      continue;
    auto both = intersection(x.record.filter, found->spec->filter);
    if (!both) {
      target.events = 0;
      continue;
    }
    self_->request(env_.counter, count_deadline, count_request{std::move(*both), x.record.up_to})
      .then(
        [=, this](uint64_t n) {
          out->targets[next].events = n;
          measure_handlers(x, out, next + 1, done);
        },
        [done](caf::error& reason) { done(std::move(reason)); });
    return;
  }
  done(*out);
}

} // namespace carillon

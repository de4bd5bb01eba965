#include "actors/consumers/replays/running_replays.hpp"

#include "messages/actor_defaults.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace carillon {

running_replays::running_replays(supervisor_actor::pointer self, const supervisor_env& env,
                                 replay_planner& planner)
  : self_(self), env_(env), planner_(planner) {
}

running_replays::~running_replays() {
  for (auto& [id, x] : replays_)
    if (x.handle != nullptr)
      caf::anon_send_exit(x.handle, caf::exit_reason::kill);
}

caf::result<replay_record> running_replays::create(const create_replay& x) {
  if (draining_)
    return to_error({ec::shutting_down, "the node is shutting down", {}});
  if (replays_.size() >= env_.options.max_replays)
    return to_error({ec::overloaded, "too many replays run, wait for one to end", {}});
  auto promise = self_->make_response_promise<replay_record>();
  auto store = [this, promise](caf::expected<create_replay> measured) mutable {
    if (!measured) {
      promise.deliver(std::move(measured.error()));
      return;
    }
    self_->request(env_.replays, store_deadline, std::move(*measured))
      .then(
        [this, promise](const replay_record& stored) mutable {
          start(stored);
          promise.deliver(stored);
        },
        [promise](caf::error& reason) mutable { promise.deliver(std::move(reason)); });
  };
  planner_.find_receivers(
    x.record, [this, x, promise, store](const expected<replay_planner::receivers>& to) mutable {
      if (to)
        planner_.measure(x, store);
      else
        promise.deliver(to_error(to.error()));
    });
  return promise;
}

void running_replays::start(const replay_record& record) {
  planner_.find_receivers(record, [this, record](const expected<replay_planner::receivers>& found) {
    auto runs = [&](const auto& x) { return x.second.id == record.id; };
    if (draining_ || std::any_of(replays_.begin(), replays_.end(), runs))
      return;
    if (found)
      start_to(record, *found);
    else
      postpone(record, found.error());
  });
}

void running_replays::start_to(const replay_record& record, const replay_planner::receivers& to) {
  replay_env env{env_.consumers.reader, env_.replays, supervisor_actor{self_}, env_.options.replay};
  auto handle = self_->spawn(replay_runner, std::move(env), record, to);
  self_->monitor(handle);
  replays_.emplace(handle->id(), running{record.id, handle});
}

void running_replays::postpone(const replay_record& record, const failure& why) {
  bool lasts = why.code == ec::not_found || why.code == ec::conflict;
  if (!lasts) {
    self_->delayed_send(self_, env_.options.resume_pause, atom::restart_v, std::string{});
    return;
  }
  // A handler may be registered later; a replay does not wait for a deleted or disabled webhook.
  if (record.target.what != replay_target::kind::webhook)
    return;
  update_replay last{record.id, replay_phase::failed, record.cursor, record.delivered, why.detail};
  self_->request(env_.replays, store_deadline, last)
    .then([](atom::done) {}, [](const caf::error&) {});
}

void running_replays::resume() {
  self_->request(env_.replays, store_deadline, list_running_replays{})
    .then(
      [this](const replay_records& xs) {
        for (const auto& x : xs)
          start(x);
      },
      [](const caf::error&) {});
}

bool running_replays::on_down(const caf::down_msg& x) {
  return replays_.erase(x.source.id()) > 0;
}

void running_replays::drain() {
  draining_ = true;
  for (auto& [id, x] : replays_)
    self_->send_exit(x.handle, caf::exit_reason::user_shutdown);
}

} // namespace carillon

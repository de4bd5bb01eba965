#include "actors/consumers/consumer_children.hpp"

#include "actors/consumers/consumer.hpp"
#include "messages/actor_defaults.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>
#include <utility>

namespace carillon {

consumer_children::consumer_children(supervisor_actor::pointer self, const supervisor_env& env)
  : self_(self), env_(env) {
}

consumer_children::~consumer_children() {
  for (auto& [key, x] : children_)
    if (x.handle != nullptr)
      caf::anon_send_exit(x.handle, caf::exit_reason::kill);
}

expected<consumer_actor> consumer_children::add(const consumer_settings_ptr& spec) {
  if (auto valid = validate(*spec); !valid)
    return valid.error();
  if (children_.size() >= env_.options.max_consumers)
    return failure{ec::overloaded, "there are too many handlers", {}};
  auto [i, added] = children_.try_emplace(spec->name, child{spec, {}, {}, {}});
  if (!added)
    return failure{ec::conflict, "a handler named '" + spec->name + "' is running", "name"};
  i->second.next_pause = env_.options.restart_pause;
  start(i->second);
  return i->second.handle;
}

void consumer_children::start(child& x) {
  x.handle = self_->spawn(consumer, env_.consumers, x.spec);
  x.started_at = self_->clock().now();
  self_->monitor(x.handle);
}

void consumer_children::restart(const std::string& consumer) {
  auto i = children_.find(consumer);
  if (i != children_.end() && i->second.handle == nullptr && !draining_ && !i->second.removed)
    start(i->second);
}

void consumer_children::on_down(const caf::down_msg& x) {
  auto i = std::find_if(children_.begin(), children_.end(),
                        [&](const auto& y) { return y.second.handle == x.source; });
  if (i == children_.end() || draining_ || i->second.removed)
    return;
  auto& lost = i->second;
  lost.handle = nullptr;
  if (env_.on_restart)
    env_.on_restart(i->first, self_->system().render(x.reason));
  if (self_->clock().now() - lost.started_at > env_.options.max_restart_pause)
    lost.next_pause = env_.options.restart_pause;
  self_->delayed_send(self_, lost.next_pause, atom::restart_v, i->first);
  lost.next_pause = std::min(lost.next_pause * 2, env_.options.max_restart_pause);
}

expected<void> consumer_children::remove(const std::string& consumer, std::function<void()> gone) {
  auto i = children_.find(consumer);
  if (i == children_.end() || i->second.removed)
    return failure{ec::not_found, "there is no handler named '" + consumer + "'", "name"};
  i->second.removed = true;
  auto end = [this, consumer, gone = std::move(gone)] {
    if (auto found = children_.find(consumer); found != children_.end()) {
      if (found->second.handle != nullptr)
        self_->send_exit(found->second.handle, caf::exit_reason::user_shutdown);
      children_.erase(found);
    }
    gone();
  };
  if (i->second.handle == nullptr)
    end();
  else
    self_->request(i->second.handle, answered_or_ended, atom::drain_v)
      .then([end](atom::done) { end(); }, [end](const caf::error&) { end(); });
  return {};
}

void consumer_children::drain(std::function<void()> drained) {
  draining_ = true;
  drained_ = std::move(drained);
  to_drain_ = 1;
  for (auto& [key, x] : children_) {
    if (x.handle == nullptr)
      continue;
    ++to_drain_;
    auto handle = x.handle;
    self_->request(handle, answered_or_ended, atom::drain_v)
      .then(
        [this, handle](atom::done) {
          self_->send_exit(handle, caf::exit_reason::user_shutdown);
          on_drained();
        },
        [this](const caf::error&) { on_drained(); });
  }
  on_drained();
}

void consumer_children::on_drained() {
  if (--to_drain_ == 0)
    drained_();
}

const consumer_children::child* consumer_children::find(const std::string& consumer) const {
  auto i = children_.find(consumer);
  return i == children_.end() ? nullptr : &i->second;
}

} // namespace carillon

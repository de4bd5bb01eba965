#include "node/engine/system_engines.hpp"

#include "node/engine/engine_parts.hpp"

#include <caf/actor_system_config.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <utility>

namespace carillon {

namespace {

/// What a stop at the end of the system may take, as one by the last handle.
constexpr std::chrono::seconds stop_deadline{10};

/// CAF has no way to get at a module that it does not know itself.
struct modules {
  std::mutex mutex;
  std::map<const caf::actor_system*, system_engines*> of;
};

modules& modules_of_process() {
  // Never destroyed: a global system may end after it.
  static auto* out = new modules;
  return *out;
}

} // namespace

void system_engines::configure(caf::actor_system_config& cfg) {
  cfg.module_factories.emplace_back(
    [](caf::actor_system& x) -> caf::actor_system::module* { return new system_engines{x}; });
}

system_engines* system_engines::of(const caf::actor_system& system) {
  auto& all = modules_of_process();
  std::lock_guard guard{all.mutex};
  auto i = all.of.find(&system);
  return i == all.of.end() ? nullptr : i->second;
}

system_engines::system_engines(caf::actor_system& system) : system_(system) {
  auto& all = modules_of_process();
  std::lock_guard guard{all.mutex};
  all.of[&system_] = this;
}

system_engines::~system_engines() {
  auto& all = modules_of_process();
  std::lock_guard guard{all.mutex};
  // A configuration that was made twice makes two modules; the system keeps the second.
  if (auto i = all.of.find(&system_); i != all.of.end() && i->second == this)
    all.of.erase(i);
}

void system_engines::add(const std::shared_ptr<engine::parts>& x) {
  std::lock_guard guard{mutex_};
  std::erase_if(engines_, [](const entry& y) { return y.parts.expired() && !y.runs; });
  if (!any_runs()) {
    waits_ = system_.await_actors_before_shutdown();
    system_.await_actors_before_shutdown(false);
  }
  engines_.push_back({x.get(), x, true});
}

void system_engines::stopped(const engine::parts& x) {
  std::lock_guard guard{mutex_};
  for (auto& y : engines_)
    if (y.key == &x && std::exchange(y.runs, false) && !any_runs())
      system_.await_actors_before_shutdown(waits_);
}

bool system_engines::any_runs() const {
  return std::any_of(engines_.begin(), engines_.end(), [](const entry& x) { return x.runs; });
}

void system_engines::stop() {
  std::vector<std::shared_ptr<engine::parts>> left;
  bool wait = false;
  {
    std::lock_guard guard{mutex_};
    wait = any_runs() && waits_; // else the system itself has waited
    for (const auto& x : engines_)
      if (auto parts = x.parts.lock())
        left.push_back(std::move(parts));
  }
  for (const auto& x : left)
    x->stop(stop_deadline);
  if (wait)
    system_.await_all_actors_done();
  for (const auto& x : left)
    x->release();
}

} // namespace carillon

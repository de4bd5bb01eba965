#pragma once

#include "messages/ids.hpp"

#include <caf/send.hpp>
#include <caf/typed_actor.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace carillon {

/// Work for the actor that receives it.
struct remote_task {
  std::function<void()> run;
};

using remote_task_ptr = std::shared_ptr<const remote_task>;

namespace remote {

using task_actor = caf::typed_actor<caf::reacts_to<remote_task_ptr>>;

/// The way of the engine's callbacks into a session, which may end before they come: then they do
/// nothing. Thread-safe.
class door {
public:
  explicit door(task_actor to) : to_(std::move(to)) {
  }

  /// Runs the task in the session.
  void post(std::function<void()> run) {
    auto task = std::make_shared<const remote_task>(remote_task{std::move(run)});
    std::lock_guard guard{mutex_};
    if (to_ != nullptr)
      caf::anon_send(to_, remote_task_ptr{std::move(task)});
  }

  void close() noexcept {
    std::lock_guard guard{mutex_};
    to_ = nullptr;
  }

private:
  std::mutex mutex_;
  task_actor to_;
};

using door_ptr = std::shared_ptr<door>;

} // namespace remote

} // namespace carillon

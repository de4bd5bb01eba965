#pragma once

#include "messages/bounds.hpp"
#include "messages/workers/interfaces.hpp"
#include "messages/workers/texts.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace carillon {

/// The calls of workers and of those who set remote consumers up, as requests to the worker hub and
/// to desks. No call blocks; each is answered once, on a thread of the actor system. Thread-safe.
class worker_calls {
public:
  using time_point = std::chrono::steady_clock::time_point;

  template <class T>
  using reply = std::function<void(expected<T>)>;

  /// A remote consumer, and its workers.
  struct view {
    remote_consumer consumer;
    worker_status workers;
  };

  /// @param history of the log that the positions are of
  /// @param shared gets the bound of calls in progress
  worker_calls(caf::actor_system& system, worker_hub_actor hub, std::string history,
               bounds& shared);

  const std::string& history() const noexcept {
    return history_;
  }

  /// Errors: see `worker_hub_actor`.
  void put(put_remote_consumer x, time_point until, reply<put_result> to);

  // The following concern a consumer of a company, if the caller is bound to one: another one is
  // `not_found`.

  void remove(remove_remote_consumer x, std::string company, time_point until, reply<bool> to);
  void show(std::string consumer, std::string company, time_point until, reply<view> to);

  /// @returns ends the wait: the reply comes at once, with nothing, and what was taken is returned
  std::function<void()> pull(std::string consumer, std::string company, pull_deliveries x,
                             time_point until, reply<handed_deliveries_ptr> to);

  /// Returns deliveries that no worker has heard of; nobody is told whether that succeeded.
  void release(std::string consumer, std::string company, const handed_deliveries_ptr& xs);

  void settle(std::string consumer, std::string company, settle_deliveries x, time_point until,
              reply<settled_deliveries> to);

private:
  /// Runs `step(self, left, pending)` in an actor of its own, which sends the requests. Null if it
  /// was answered at once.
  template <class Answer, class Step>
  caf::actor begin(const std::string& company, time_point until, reply<Answer> to, Step step);

  /// Finds the consumer, then runs `step(self, left, pending, found)`.
  template <class Answer, class Step>
  void find(std::string consumer, std::string company, time_point until, reply<Answer> to,
            Step step);

  caf::actor_system& system_;
  worker_hub_actor hub_;
  std::string history_;
  bound_ptr places_;
  std::atomic<uint64_t> tickets_{0};
};

} // namespace carillon

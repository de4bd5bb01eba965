#pragma once

#include "messages/remote/client_actor.hpp"

namespace carillon {

// Between a worker and its runner; they travel within the process only.

struct remote_run {
  uint64_t generation;
  std::shared_ptr<const std::string> event;
};

struct remote_ran {
  uint64_t generation;
  bool ok;
};

struct remote_run_end {
  failure why;
};

/// Runs the handler of a subscription, one event after the other. Detached, since the handler may
/// block. A node must never learn of it: CAF's middleman may keep the notice of an actor's end that
/// a node asked for until the actor system has waited for all detached actors, and such a notice
/// holds the actor, so that the system would never end.
caf::behavior remote_runner(caf::event_based_actor* self, remote_handler handler,
                            std::function<void(const failure&)> on_end);

/// State of a REMOTE WORKER: the subscriber of one consumer. Its runner runs the handler.
class remote_worker_state {
public:
  static constexpr const char* name = "carillon.remote_worker";

  remote_worker_state() = default;

  void init(caf::event_based_actor* self, std::string consumer, caf::actor runner,
            remote_subscription_options options);

  void on_session(const remote_session_actor& x);
  void on_events(remote_events x);
  void on_end(const remote_ended& x);
  void on_ran(const remote_ran& x);
  void tick(uint64_t generation);

private:
  void subscribe();
  /// Has the next event handled, or acknowledges a page.
  void work();
  void acknowledge(uint64_t up_to);
  void end(const failure& why);

  caf::event_based_actor* self_ = nullptr;
  std::string consumer_;
  caf::actor runner_;
  remote_subscription_options options_;
  remote_session_actor session_;
  /// Counts sessions; what belongs to an earlier one is dropped.
  uint64_t generation_ = 0;
  bool subscribed_ = false;
  bool ended_ = false;
  std::deque<remote_events> pages_;
  size_t next_ = 0;
  /// The runner has an event, or a tick that continues the work is on its way.
  bool busy_ = false;
};

caf::behavior remote_worker(caf::stateful_actor<remote_worker_state>* self, std::string consumer,
                            caf::actor runner, remote_subscription_options options);

} // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::remote_run)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::remote_ran)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::remote_run_end)

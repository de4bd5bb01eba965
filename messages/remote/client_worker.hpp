#pragma once

#include "messages/remote/client_actor.hpp"

namespace carillon {

/// State of a REMOTE WORKER: the subscriber of one consumer. Detached: the handler may block.
class remote_worker_state {
public:
  static constexpr const char* name = "carillon.remote_worker";

  remote_worker_state() = default;

  void init(caf::event_based_actor* self, std::string consumer, remote_handler handler,
            remote_subscription_options options);

  void on_session(const remote_session_actor& x);
  void on_events(remote_events x);
  void on_end(const remote_ended& x);
  void tick(uint64_t generation);

private:
  void subscribe();
  /// Handles one event, or acknowledges a page.
  void work();
  bool handle(const std::string& event) const;
  void acknowledge(uint64_t up_to);
  void end(const failure& why);

  caf::event_based_actor* self_ = nullptr;
  std::string consumer_;
  remote_handler handler_;
  remote_subscription_options options_;
  remote_session_actor session_;
  /// Counts sessions; what belongs to an earlier one is dropped.
  uint64_t generation_ = 0;
  bool subscribed_ = false;
  bool ended_ = false;
  std::deque<remote_events> pages_;
  size_t next_ = 0;
  /// A tick that continues the work is on its way.
  bool busy_ = false;
};

caf::behavior remote_worker(caf::stateful_actor<remote_worker_state>* self, std::string consumer,
                            remote_handler handler, remote_subscription_options options);

} // namespace carillon

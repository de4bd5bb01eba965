#pragma once

#include "messages/workers/interfaces.hpp"
#include "messages/workers/texts.hpp"
#include "messages/workers/worker_link.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <string>

namespace carillon {

/// State of a WORKER: speaks the protocol `carillon.consumer.v1` with one client, and joins the
/// desk of its consumer or queue.
class worker_connection_state {
public:
  static constexpr const char* name = "carillon.worker";

  worker_connection_state() = default;
  worker_connection_state(const worker_connection_state&) = delete;
  worker_connection_state& operator=(const worker_connection_state&) = delete;
  ~worker_connection_state();

  void init(worker_actor::pointer self, worker_desk_actor desk, open_worker opened);

  void on_deliveries(const handed_deliveries_ptr& x);
  void on_text(const std::string& text);
  void on_drain();
  void on_committed(position x);
  void on_closed();
  /// The consumer was removed, or the node stops.
  void on_desk_down();

private:
  work_kind kind() const noexcept {
    return opened_.is_queue ? work_kind::jobs : work_kind::deliveries;
  }

  void on_hello(const worker_hello& x);
  void obey(const worker_command& x);
  void fail(const failure& why, session_close code);

  worker_actor::pointer self_ = nullptr;
  worker_desk_actor desk_;
  open_worker opened_;
  uint64_t worker_ = 0;
  bool ended_ = false;
};

/// Runs a WORKER. It ends with its connection, and when the desk does.
worker_actor::behavior_type
worker_connection(worker_actor::stateful_pointer<worker_connection_state> self,
                  worker_desk_actor desk, open_worker opened);

} // namespace carillon

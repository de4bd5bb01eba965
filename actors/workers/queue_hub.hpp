#pragma once

#include "messages/bounds.hpp"
#include "messages/jobs/interfaces.hpp"
#include "messages/traces/tracer.hpp"
#include "messages/workers/interfaces.hpp"
#include "messages/workers/options.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace carillon {

/// Dependencies of the queue hub.
struct queue_hub_env {
  job_dispatcher_actor dispatcher;
  /// Keeps what workers say of their jobs.
  job_store_actor store;
  /// Queues with workers, which companies share.
  bound_ptr places;
  std::function<timestamp()> now = wall_clock_now;
  worker_options options;
  /// Gets the spans of jobs; null = there are none.
  tracer_ptr traces = nullptr;
};

/// State of the QUEUE HUB.
class queue_hub_state {
public:
  static constexpr const char* name = "carillon.queue_hub";

  queue_hub_state() = default;
  queue_hub_state(const queue_hub_state&) = delete;
  queue_hub_state& operator=(const queue_hub_state&) = delete;
  ~queue_hub_state();

  void init(queue_hub_actor::pointer self, queue_hub_env env);

  caf::result<worker_desk_actor> find(const std::string& queue, const std::string& company);
  /// Begins a worker's connection, or refuses it.
  void open(open_worker x);
  void drain();

private:
  using done = std::function<void(const expected<worker_desk_actor>&)>;

  struct entry {
    worker_desk_actor desk;
    bound_lease place;
    /// Who waits until the dispatcher knows it; empty as soon as it does.
    std::vector<done> waiting;
  };

  void with_desk(const std::string& queue, const std::string& company, const done& then);
  expected<void> check(const std::string& queue) const;
  void begin(const std::string& key, const std::string& queue, const std::string& company);
  void on_begun(const std::string& key, const expected<void>& how);

  queue_hub_actor::pointer self_ = nullptr;
  queue_hub_env env_;
  /// By `remote_queue_key`.
  std::map<std::string, entry> queues_;
  bool draining_ = false;
};

/// Runs the QUEUE HUB.
queue_hub_actor::behavior_type queue_hub(queue_hub_actor::stateful_pointer<queue_hub_state> self,
                                         queue_hub_env env);

} // namespace carillon

#pragma once

#include "messages/bounds.hpp"
#include "messages/traces/tracer.hpp"
#include "messages/workers/interfaces.hpp"
#include "messages/workers/options.hpp"
#include "messages/workers/worker_link.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace carillon {

/// Dependencies of the worker hub.
struct worker_hub_env {
  supervisor_actor supervisor;
  /// Creates the cursor of a new consumer.
  consumer_store_actor cursors;
  remote_consumer_store_actor store;
  router_actor router;
  /// Finds the position of a time.
  log_reader_actor reader;
  /// Remote consumers, which companies share. Never null.
  bound_ptr places;
  std::function<timestamp()> now = wall_clock_now;
  worker_options options;
  /// Which history of the log the positions are of.
  std::string history = {};
  /// Gets the spans of deliveries; null = there are none.
  tracer_ptr traces = nullptr;
};

/// State of the WORKER HUB.
class worker_hub_state {
public:
  static constexpr const char* name = "carillon.worker_hub";

  worker_hub_state() = default;
  worker_hub_state(const worker_hub_state&) = delete;
  worker_hub_state& operator=(const worker_hub_state&) = delete;
  ~worker_hub_state();

  void init(worker_hub_actor::pointer self, worker_hub_env env);

  caf::result<not_loaded> load();
  caf::result<put_result> put(put_remote_consumer given);
  caf::result<atom::done> remove(const remove_remote_consumer& x);
  caf::result<remote_consumer_desk> find(const std::string& consumer,
                                         const std::string& company) const;
  remote_consumers list() const;
  /// Begins a worker's connection, or refuses it.
  void open(open_worker x);
  void drain();

private:
  struct entry {
    remote_consumer settings;
    worker_desk_actor desk;
    bound_lease place;
    /// A change is under way.
    bool busy = false;
  };

  using done = std::function<void(caf::error)>;
  using entries = std::map<std::string, entry>;

  /// See `worker_hub_actor`.
  entries::const_iterator look_up(const std::string& consumer, const std::string& company) const;
  /// The request with the name by which the node calls the consumer.
  expected<put_remote_consumer> named(put_remote_consumer x) const;

  void check_name(const remote_consumer& x, done then);
  /// Makes the cursor of a new consumer, where it is to begin.
  void place_cursor(const remote_consumer& x, done then);
  void find_time(std::string consumer, timestamp at, position low, position high, done then);
  void open_cursor(const std::string& consumer, position initial, done then);
  /// Starts the desk and the consumer.
  void begin(const remote_consumer& x, done then);
  std::function<void(draft_ptr)> reporter() const;
  /// Ends them; the stored settings remain.
  void end(const std::string& consumer, done then);

  worker_hub_actor::pointer self_ = nullptr;
  worker_hub_env env_;
  entries consumers_;
  bool draining_ = false;
};

/// Runs the WORKER HUB.
worker_hub_actor::behavior_type
worker_hub(worker_hub_actor::stateful_pointer<worker_hub_state> self, worker_hub_env env);

} // namespace carillon

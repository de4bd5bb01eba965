#pragma once

#include "messages/remote/remote_engine.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// An event that waits for its receipt.
struct remote_waiting {
  std::string text;
  /// Refuses by itself if it is dropped.
  std::function<void(expected<receipt>)> done;
};

/// What the client's actor and its callers share.
struct remote_client_view {
  std::atomic<bool> connected{false};
  std::atomic<size_t> waiting_bytes{0};
};

// To the client's actor; they travel within the process only.

struct remote_client_publish {
  std::shared_ptr<remote_waiting> event;
};

struct remote_client_query {
  remote_query query;
  std::function<void(expected<remote_page>)> done;
};

struct remote_client_add {
  std::string consumer;
  caf::actor worker;
};

/// Ends it; all that waits is refused.
struct remote_client_stop {};

/// To a worker: the session that it subscribes by.
struct remote_worker_session {
  remote_session_actor session;
};

/// State of the REMOTE CLIENT: the connection to a node, and what waits for its answer.
class remote_client_state {
public:
  static constexpr const char* name = "carillon.remote_client";

  remote_client_state() = default;
  remote_client_state(const remote_client_state&) = delete;
  remote_client_state& operator=(const remote_client_state&) = delete;

  /// @param first called once, with the outcome of the first login that a node answered
  void init(caf::event_based_actor* self, remote_options options,
            std::shared_ptr<remote_client_view> view, std::function<void(expected<void>)> first);

  void publish(remote_client_publish x);
  void query(remote_client_query x);
  void add(remote_client_add x);
  void on_down(const caf::actor_addr& source);
  /// Connects again, unless that is outdated.
  void tick(uint64_t generation);

private:
  using batch = std::vector<std::shared_ptr<remote_waiting>>;

  void connect();
  void login(const caf::strong_actor_ptr& gate);
  void begin(remote_session_actor session);
  void lose();
  void told(expected<void> x);
  void go_on();
  batch next_batch();
  void send(batch x);
  void take_receipts(const batch& x, const remote_receipts& got);
  void take_failure(batch x, const failure& why);
  void finish(const remote_waiting& x, expected<receipt> result);

  caf::event_based_actor* self_ = nullptr;
  remote_options options_;
  std::shared_ptr<remote_client_view> view_;
  std::function<void(expected<void>)> first_;
  remote_session_actor session_;
  uint64_t generation_ = 0;
  std::chrono::milliseconds pause_{0};
  bool waits_ = false;
  size_t in_flight_ = 0;
  std::deque<std::shared_ptr<remote_waiting>> queue_;
  std::map<std::string, caf::actor> workers_;
};

caf::behavior remote_client(caf::stateful_actor<remote_client_state>* self, remote_options options,
                            std::shared_ptr<remote_client_view> view,
                            std::function<void(expected<void>)> first);

} // namespace carillon

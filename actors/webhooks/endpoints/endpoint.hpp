#pragma once

#include "actors/webhooks/endpoints/webhook_message.hpp"
#include "actors/webhooks/failing_alert.hpp"
#include "base/token_bucket.hpp"
#include "messages/consumers/consumer.hpp"
#include "messages/consumers/handler.hpp"
#include "messages/telemetry.hpp"
#include "messages/traces/open_span.hpp"
#include "messages/webhooks/endpoint_brake.hpp"
#include "messages/webhooks/interfaces.hpp"
#include "messages/webhooks/options.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace carillon {

/// Makes a call; answers once, on any thread. See `http_client::send`.
using http_caller = std::function<void(http_request, std::function<void(http_response_ptr)>)>;

/// Dependencies of an endpoint.
struct endpoint_env {
  http_caller call;
  /// Told when the endpoint has to be disabled; may be null.
  webhook_hub_actor hub;
  telemetry_ptr stats;
  endpoint_options options;
  /// The wall clock; tests tie it to their virtual one.
  std::function<timestamp()> now = wall_clock_now;
  /// 0 ≤ x < 1; for the jitter. Used by one endpoint at a time.
  std::function<double()> random;
  /// Since when all attempts failed, in microseconds since the epoch; 0 = the last one succeeded.
  /// The endpoint writes it; the report of a failed delivery reads it. May be null.
  std::shared_ptr<std::atomic<int64_t>> failing_since_us;
  /// Publishes alerts about the webhook; may be empty.
  failing_alert::reporter report = {};
};

/// The settings that an endpoint works for; a change makes a new one.
struct endpoint_target {
  carillon::webhook webhook;
  std::vector<signing_secret> secrets;
};

/// State of an ENDPOINT: one webhook's receiver, the target of its consumer.
class endpoint_state {
public:
  static constexpr const char* name = "carillon.endpoint";

  endpoint_state() = default;
  endpoint_state(const endpoint_state&) = delete;
  endpoint_state& operator=(const endpoint_state&) = delete;
  ~endpoint_state();

  void init(caf::event_based_actor* self, endpoint_env env, endpoint_target target);

  // -- callbacks ----------------------------------------------------------------

  caf::result<delivery_outcome_ptr> deliver(const delivery& x);
  void on_response(uint64_t token, const http_response_ptr& x);
  void on_tick();

private:
  using clock = std::chrono::steady_clock;

  struct job {
    delivery what;
    caf::typed_response_promise<delivery_outcome_ptr> promise;
    timestamp begun;
    /// The span of this attempt, if it is recorded.
    std::optional<open_span> traced = {};
  };

  /// Sends all calls that may be sent now.
  void pump();
  void send(job x);
  delivery_outcome judge(const job& x, const http_response_ptr& response);
  void judge_failure(const job& x, webhook_verdict verdict, webhook_attempt& attempt,
                     delivery_outcome& out);
  void judge_health(const job& x, webhook_verdict verdict, effects& out);
  void note_failing_since(std::optional<timestamp> x);
  void count(const job& x, const http_response& response);
  void record(const job& x, const http_response& response) const;

  caf::event_based_actor* self_ = nullptr;
  endpoint_env env_;
  endpoint_target target_;
  std::optional<token_bucket> bucket_;
  endpoint_brake brake_;
  std::deque<job> waiting_;
  std::unordered_map<uint64_t, job> sent_;
  uint64_t next_token_ = 0;
  /// The node could not send, or the receiver answered 410; no attempt starts before this time.
  clock::time_point blocked_until_;
  std::optional<clock::time_point> tick_at_;
  std::optional<timestamp> failing_since_;
  std::optional<failing_alert> alert_;
};

/// Runs an ENDPOINT. Answers a `delivery` with a `delivery_outcome_ptr`, which has a record of the
/// attempt among its effects; accepts as many at a time as its consumer sends.
caf::behavior endpoint(caf::stateful_actor<endpoint_state>* self, endpoint_env env,
                       endpoint_target target);

/// The error of a response in short, safe to show to anybody; empty if there is none.
std::string error_of(const http_response& x);

} // namespace carillon

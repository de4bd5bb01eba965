#pragma once

#include "actors/consumers/consumer.hpp"
#include "actors/webhooks/webhook_hub.hpp"
#include "actors/webhooks/webhook_matcher.hpp"
#include "messages/webhooks/signature.hpp"
#include "tests/actors/fake_log.hpp"
#include "tests/actors/fake_state.hpp"

#include <caf/send.hpp>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace carillon::test {

/// Webhooks in memory, like those of a store.
struct fake_webhooks {
  std::map<uint64_t, webhook_with_secrets> all;
  std::vector<webhook_attempt> attempts;
  std::vector<sealed_secret> rotated;
  /// While set, all requests fail.
  bool broken = false;

  void apply(const consumer_commit& x);
};

caf::behavior fake_webhook_store(caf::event_based_actor* self, fake_webhooks* st);

/// One call of a receiver, as received.
struct received {
  timestamp at;
  http_request request;
  uint64_t webhook_id = 0;
  position seq = 0;
};

/// The whole chain of webhooks between a log and a store in memory, under a virtual clock: matcher,
/// hub, endpoints. Receivers are a function.
struct webhook_world : deterministic {
  fake_log log;
  fake_state state;
  fake_webhooks store;
  router_actor router = sys.spawn(fake_router, &log);
  log_reader_actor reader = sys.spawn(fake_reader, &log);
  caf::actor state_actor = sys.spawn(fake_state_actor, &state);
  state_handles handles = state_handles_of(state_actor);
  webhook_store_actor webhook_store
    = state_handles_of(sys.spawn(fake_webhook_store, &store)).webhooks;
  telemetry_ptr stats = std::make_shared<telemetry>();
  webhook_hub_options options;
  double random = 0.0;
  /// How far the wall clock of hub and endpoints is ahead of the others.
  timestamp::duration shift{0};
  bool allow_http = false;
  /// The client's check of URLs; empty = any URL is accepted.
  std::function<expected<std::string>(const std::string&, bool)> check_target;

  std::shared_ptr<webhook_index> index;
  webhook_hub_actor hub;
  consumer_actor matcher;

  /// A receiver's reply to a call, and its delay; by default 204 at once.
  struct reply {
    http_response response;
    std::chrono::milliseconds after{0};
    /// Never.
    bool hangs = false;
  };
  std::function<reply(const received&)> receiver = [](const received&) { return status(204); };
  std::vector<received> calls;
  /// Not answered yet, by webhook.
  std::map<uint64_t, size_t> open_calls;
  /// Not for the long ones.
  bool keep_calls = true;

  webhook_world();
  ~webhook_world();

  /// Starts hub and matcher from what the stores hold.
  void start();
  /// Ends both at once; pending calls are never answered.
  void crash();

  /// Registers through the hub; `url` gets `/<id>`.
  webhook add(webhook_settings settings);

  /// Appends events and feeds them to the matcher.
  void publish(std::vector<std::shared_ptr<event>> events);
  void publish(const std::string& type = "order.created", const std::string& company = "c-1");

  /// Passes time in steps, and lets receivers answer when they are due.
  void run(caf::timespan total, caf::timespan step = std::chrono::milliseconds{100});

  static reply status(int code, std::string retry_after = {});
  static reply fault(http_fault x);

private:
  struct pending {
    std::function<void(http_response_ptr)> done;
    http_response_ptr response;
    uint64_t webhook_id = 0;
  };

  void call(http_request x, std::function<void(http_response_ptr)> done);
  void answer_due();

  std::string directory_;
  std::shared_ptr<const secret_box> secrets_;
  std::multimap<timestamp, pending> answers_;
  uint64_t life_ = 0;
};

} // namespace carillon::test

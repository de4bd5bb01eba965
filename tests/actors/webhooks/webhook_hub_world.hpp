#pragma once

#include "tests/actors/webhooks/webhook_world.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon::test {

/// A test's control of the hub's requests to its store.
struct store_gate {
  /// Reads of single webhooks wait until `hub_world::open_gate`.
  bool holds = false;
  std::vector<std::function<void()>> held;
  /// Rows that a recovery finds.
  std::vector<retry_row> recovered;
  /// Stores a row of a webhook.
  std::function<void(uint64_t, const retry_row&)> keep;
};

/// Passes requests on.
struct pass_on {
  caf::event_based_actor* self;
  webhook_store_actor to;

  template <class Request>
  caf::result<reply_of<Request>> operator()(const Request& x) const {
    return self->delegate(to, x);
  }
};

/// A proxy between the hub and its store.
inline caf::behavior gated_store(caf::event_based_actor* self, webhook_store_actor to,
                                 store_gate* gate) {
  caf::message_handler gated{
    [self, to, gate](const get_webhook& x) -> caf::result<webhook_with_secrets_ptr> {
      if (!gate->holds)
        return self->delegate(to, x);
      auto promise = self->make_response_promise<webhook_with_secrets_ptr>();
      gate->held.emplace_back([=]() mutable { promise.delegate(to, x); });
      return promise;
    },
    [gate](const resend_webhook_delivery& x) -> caf::result<retry_row> {
      retry_row row;
      row.seq = x.key.seq;
      row.replay_id = x.key.replay_id;
      gate->keep(x.key.webhook_id, row);
      return row;
    },
    [gate](const recover_webhook& x) -> caf::result<recovered_rows> {
      for (const auto& row : gate->recovered)
        gate->keep(x.id, row);
      return recovered_rows{gate->recovered, false};
    },
    [self, to, gate](const trim_webhook_deliveries& x) -> caf::result<uint64_t> {
      if (x.limit > 0)
        return self->delegate(to, x);
      // A recovery of no rows: the test opens the gate. Only their actor may deliver promises.
      for (auto& held : std::exchange(gate->held, {}))
        held();
      return uint64_t{0};
    }};
  // All others.
  return gated.or_else(handlers_of(webhook_requests{}, pass_on{self, to}));
}

/// A webhook world for tests of the hub's internals.
struct hub_world : webhook_world {
  store_gate gate;
  webhook_store_actor ungated = webhook_store;

  hub_world() {
    gate.keep = [this](uint64_t id, const retry_row& row) {
      state.consumers[webhook_consumer(id)].retries.push_back(row);
    };
    webhook_store = state_handles_of(sys.spawn(gated_store, ungated, &gate)).webhooks;
  }

  ~hub_world() {
    crash();
    gate.held.clear();
    stop(webhook_store);
    stop(ungated);
  }

  void open_gate() {
    gate.holds = false;
    trim_webhook_deliveries none;
    none.limit = 0;
    REQUIRE(ask<uint64_t>(webhook_store, none));
  }

  size_t sent(uint64_t id, position seq) const {
    return static_cast<size_t>(std::count_if(calls.begin(), calls.end(), [&](const auto& x) {
      return x.webhook_id == id && x.seq == seq;
    }));
  }

  size_t sent(uint64_t id) const {
    return static_cast<size_t>(
      std::count_if(calls.begin(), calls.end(), [&](const auto& x) { return x.webhook_id == id; }));
  }

  /// Number of times that each event up to the head was sent to a webhook.
  std::vector<size_t> sent_counts(uint64_t id) const {
    std::vector<size_t> out(log.head());
    for (const auto& x : calls)
      if (x.webhook_id == id && x.seq > 0)
        ++out.at(x.seq - 1);
    return out;
  }

  webhook_overview overview() {
    auto out = ask<webhook_overview>(hub, get_webhook_overview{});
    REQUIRE(out);
    return *out;
  }

  bool is_running(uint64_t id) {
    auto out = ask<webhook_status>(hub, get_webhook_status{id});
    REQUIRE_MESSAGE(out, sys.render(out.error()));
    return out->running;
  }

  caf::expected<webhook_answer> set_types(uint64_t id, const std::vector<std::string>& types) {
    update_webhook request;
    request.id = id;
    request.change.types.emplace();
    for (const auto& x : types)
      request.change.types->push_back(*type_pattern::parse(x));
    return ask<webhook_answer>(hub, request);
  }

  caf::expected<webhook> enable(uint64_t id, bool on) {
    return ask<webhook>(hub, enable_webhook{id, {}, on, {}, {}});
  }

  /// Ends the consumer of a webhook like a crash; false if it has none.
  bool kill(uint64_t id) {
    auto victim = ask<replay_taker_actor>(hub, atom::find_v, id);
    if (!victim)
      return false;
    self->send_exit(*victim, caf::make_error(ec::internal, std::string{"killed by the test"}));
    deliver();
    return true;
  }
};

/// Number of times that each event was sent, from the first on.
using counts = std::vector<size_t>;

/// A started webhook.
struct started_hub : hub_world {
  started_hub() {
    start();
  }
};

} // namespace carillon::test

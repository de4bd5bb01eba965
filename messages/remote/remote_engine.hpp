#pragma once

#include "messages/codec/described.hpp"
#include "messages/events/payload_filter.hpp"
#include "messages/events/publish.hpp"
#include "messages/remote/interfaces.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

/// PEM files of a process that connects by TLS: its certificate with the chain, the private key,
/// and the authority of the node's certificate. All or none.
struct remote_tls {
  std::string certificate;
  std::string key;
  std::string authority;
};

/// Where the node is, and how to deal with it.
struct remote_options {
  std::string host = "127.0.0.1";
  /// `--caf-port` of the node.
  uint16_t port = 0;
  /// An API key; may be empty under `--dev`.
  std::string key;
  /// True if `configure` got files.
  bool tls = false;
  /// How long `connect` waits for the first session.
  std::chrono::milliseconds connect_deadline{10'000};
  /// A request without an answer is sent again after it.
  std::chrono::milliseconds request_deadline{30'000};
  /// Pause before the second attempt to connect; doubles up to the longest.
  std::chrono::milliseconds shortest_pause{100};
  std::chrono::milliseconds longest_pause{5'000};
  /// Text of events that wait for their receipts; past it a call fails with `overloaded`.
  size_t waiting_bytes = 64UL * 1024 * 1024;
};

/// Handles one event of a subscription, as JSON; runs on a thread of the subscription. It fails by
/// a failure or an exception, and gets the same event again after a pause.
using remote_handler = std::function<expected<void>(const std::string& event)>;

/// How to subscribe.
struct remote_subscription_options {
  /// Patterns of types; empty = all.
  std::vector<std::string> types;
  /// Which of these, by what is in them, such as `{"data.total":{"$gt":100}}`.
  payload_filter filter = {};
  /// Of a consumer that the node does not know yet: true = at the begin of the log, false = at its
  /// present end.
  bool from_beginning = false;
  /// Events that may be on their way.
  uint32_t credit = 256;
  std::chrono::milliseconds retry_pause{1'000};
  /// Called once, on the thread of the subscription, when it is over: another subscriber has taken
  /// the consumer over (`conflict`), or the key does not permit it. May be empty.
  std::function<void(const failure&)> on_end = {};
};

/// The engine of another process, reached by its `--caf-port`. It connects again by itself, and
/// sends again what was not answered; ids are made here, so that a repeat is a duplicate and never
/// a second event. Thread-safe; the actor system outlives it.
class remote_engine {
public:
  /// Loads CAF's middleman, and registers messages and application identifier; call it before the
  /// actor system is made.
  static void configure(caf::actor_system_config& cfg, const remote_tls& tls = {});

  /// Connects and logs in. Errors: `unauthenticated` (key), `timeout` (nobody answers there, it is
  /// no node, or TLS failed: the log of the node says why), `invalid_argument`.
  static expected<std::unique_ptr<remote_engine>> connect(caf::actor_system& system,
                                                          remote_options options);

  remote_engine(const remote_engine&) = delete;
  remote_engine& operator=(const remote_engine&) = delete;

  /// Events that wait fail with `shutting_down`, handlers end after their present event.
  ~remote_engine();

  /// Publishes a typed event; the future is ready when it is durable, and never throws. Errors: as
  /// `engine::publish`, and `overloaded` if too much waits.
  template <class T>
  std::future<expected<receipt>> publish(const T& x, const publish_options& options = {}) {
    auto draft = make_draft(x, options);
    return draft ? publish_text(text_of(**draft)) : failed(draft.error());
  }

  /// Publishes one event as `POST /api/events` takes it; one without an id gets one. Errors: as
  /// above, `malformed_json`.
  std::future<expected<receipt>> publish_json(const std::string& event);

  /// Asks once, and waits for the answer. Errors: those of the query, `timeout`, `shutting_down`
  /// (there is no connection).
  expected<remote_page> query(const remote_query& x);

  /// Handles the events of a durable consumer from now on, in their order, each at least once.
  /// Errors: `conflict` (this process has it already), `invalid_argument`. What the node refuses is
  /// told to `on_end`.
  expected<void> subscribe(const std::string& consumer, remote_handler handler,
                           remote_subscription_options options = {});

  /// True while there is a session.
  bool connected() const noexcept;

private:
  struct parts;

  explicit remote_engine(std::unique_ptr<parts> x);

  static std::string text_of(const event& draft);
  static std::future<expected<receipt>> failed(failure why);
  std::future<expected<receipt>> publish_text(std::string text);

  std::unique_ptr<parts> parts_;
};

} // namespace carillon

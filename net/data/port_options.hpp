#pragma once

#include "messages/codec/type_registry.hpp"
#include "messages/events/publish.hpp"
#include "messages/sessions/link.hpp"
#include "messages/telemetry.hpp"
#include "messages/workers/worker_link.hpp"
#include "net/auth/key_ring.hpp"
#include "net/auth/refused_access.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

class inbound_book;

namespace data {
class request_judge;
}

class notification_access;
class tls_certificates;
class token_verifier;
class worker_calls;
class delay_calls;

/// Limits of the connections of sessions.
struct session_port_options {
  /// Pages of these origins may open sessions and publish, `*` = of all; clients that send no
  /// `Origin` always may. All still need credentials.
  std::vector<std::string> origins;
  /// Clients name their identity by `?user=&company=`; for `--dev` on loopback.
  bool dev_identities = false;
  /// Open sessions; one more is answered `overloaded`.
  size_t max_sessions = 10'000;
  /// Unsent bytes of a session beyond which no further events are sent for now.
  size_t budget_bytes = 1024UL * 1024;
  /// Largest message of a client.
  size_t message_bytes = 64UL * 1024;
  /// Time between two pings.
  std::chrono::milliseconds heartbeat{25'000};
  /// A client that neither sent nor read a byte for this long is disconnected.
  std::chrono::milliseconds gone_after{60'000};
  /// How long a client may take for its half of the closing handshake.
  std::chrono::milliseconds close_deadline{5'000};
};

/// Limits of the data port.
struct data_port_options {
  /// Address to listen on; port 0 = a free one.
  std::string host = "127.0.0.1";
  uint16_t port = 7070;
  /// Event loops, each a thread. A connection stays with one.
  size_t threads = 1;
  /// Open connections; beyond it the oldest idle one is closed. One more is closed at once.
  size_t max_connections = 12'000;
  /// Open connections of one address (of a /64 for IPv6); 0 = no limit. One more is answered 429
  /// and closed.
  size_t connections_per_address = 0;
  size_t header_bytes = 16UL * 1024;
  /// Largest body of a single event.
  size_t body_bytes = 1024UL * 1024;
  /// Largest body of a batch.
  size_t batch_bytes = 8UL * 1024 * 1024;
  size_t batch_items = 10'000;
  /// Requests of one connection that may wait for answers (pipelining).
  size_t pipeline = 64;
  /// From the first byte of a request to its last.
  std::chrono::milliseconds receive_deadline{30'000};
  /// From its last byte to the answer.
  std::chrono::milliseconds request_deadline{30'000};
  /// A connection without a request is closed.
  std::chrono::milliseconds idle{60'000};
  /// A client that does not read its answers is disconnected.
  std::chrono::milliseconds write_deadline{30'000};
  /// From the connection to the end of the TLS handshake.
  std::chrono::milliseconds handshake_deadline{10'000};
  /// TLS handshakes at a time; addresses share them, and one more connection is closed at once.
  size_t handshakes = 512;
  /// Unfinished request bodies in memory of all connections; beyond it a request is answered
  /// `overloaded`.
  size_t receive_bytes = 256UL * 1024 * 1024;
  bool accept_unknown_types = false;
  session_port_options sessions;
};

/// Dependencies of the data port; everything outlives the port.
struct data_port_backend {
  /// Hands a call to the router; must not block.
  std::function<void(publish_call_ptr)> publish;
  const type_registry* types = nullptr;
  const key_ring* keys = nullptr;
  telemetry_ptr stats;
  /// Accepts a new session; must not block. Empty = no sessions.
  std::function<void(session_request, session_link_ptr)> open_session;
  /// Accepts the connection of a worker; must not block. Empty = there are no remote consumers.
  std::function<void(carillon::open_worker)> open_worker = {};
  /// Null = there is no key for tokens.
  const token_verifier* tokens = nullptr;
  /// As in `admin_port_backend`.
  std::function<void(const refused_access&)> on_refused = {};
  /// Address for reading events, e.g. `http://127.0.0.1:7071`, named to clients that try it here;
  /// may be empty.
  std::function<std::string()> admin_address = {};
  /// Where users' notifications are; null = they are not kept.
  std::shared_ptr<notification_access> notifications = {};
  /// Where remote consumers are; null = there are none.
  std::shared_ptr<worker_calls> workers = {};
  /// Keeps events that are to be published later; null = there is nothing that does.
  std::shared_ptr<delay_calls> delays = {};
  /// Certificates that were read; null = the port has no TLS.
  std::shared_ptr<const tls_certificates> certificates = {};
  /// Providers of webhooks; null = there are none.
  std::shared_ptr<const inbound_book> inbound = {};
  /// Judges what is below `/portal`; null = there is no portal.
  std::shared_ptr<const data::request_judge> portal = {};
};

} // namespace carillon

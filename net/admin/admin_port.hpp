#pragma once

#include "messages/codec/type_registry.hpp"
#include "messages/engine_handles.hpp"
#include "messages/interfaces.hpp"
#include "messages/outbox/aside_row.hpp"
#include "messages/outbox/relay_counts.hpp"
#include "messages/sessions/interfaces.hpp"
#include "messages/state/interfaces.hpp"
#include "messages/state/nodes.hpp"
#include "messages/telemetry.hpp"
#include "messages/webhooks/interfaces.hpp"
#include "net/auth/key_ring.hpp"
#include "net/auth/refused_access.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

class portal_tokens;
class single_sign_on;
class tls_certificates;

namespace data {
class request_judge;
}

/// A setting in force, as operators see it: without secrets.
struct shown_setting {
  std::string name;
  /// Heading.
  std::string group;
  std::string value;
  /// What it is if nobody sets it.
  std::string standard;
  std::string meaning;
};

/// The portal, see `portal_tokens`.
struct portal_options {
  /// Pages of these origins may show the portal in a frame; each `admin::is_frame_origin`. Empty =
  /// no portal.
  std::vector<std::string> origins = {};
  /// Webhooks of a company beyond which its tokens register no further one; 1–1000.
  size_t endpoints = 50;
};

/// Limits of the admin port.
struct admin_port_options {
  std::string host = "127.0.0.1";
  uint16_t port = 7071;
  /// Worker threads = requests at a time. Only complete, permitted requests reach one; `/healthz`,
  /// `/readyz` and `/metrics` have their own threads.
  size_t threads = 8;
  /// Most threads of one API key; 0 = half of them. Further requests of the key wait, up to half of
  /// `waiting`; beyond that they are answered 429.
  size_t threads_per_key = 0;
  size_t body_bytes = 1024UL * 1024;
  /// How long an actor may take to answer.
  std::chrono::milliseconds request_deadline{30'000};
  size_t header_bytes = 16UL * 1024;
  /// Requests that may wait for a thread; one more is answered 503.
  size_t waiting = 64;
  /// Open connections; beyond it the oldest idle one is closed.
  size_t max_connections = 1'000;
  /// Open connections of one address; 0 = no limit. One more is answered 429 and closed.
  size_t connections_per_address = 0;
  /// A connection without a request is closed.
  std::chrono::milliseconds idle{60'000};
  /// Pages of these origins may call the port, beside its own. `*` = of all, with an API key.
  std::vector<std::string> origins = {};
  /// From the first byte of a request to its last.
  std::chrono::milliseconds receive_deadline{10'000};
  /// A client that does not read its answer is disconnected.
  std::chrono::milliseconds write_deadline{10'000};
  /// As in `data_port_options`.
  std::chrono::milliseconds handshake_deadline{10'000};
  size_t handshakes = 512;
  /// As for the data port, for `POST /api/publish`: an event has at most `event_bytes`, and
  /// `body_bytes` as well.
  size_t event_bytes = 1024UL * 1024;
  bool accept_unknown_types = false;
  portal_options portal = {};
  /// What the node was started with, for `GET /api/node`; may be empty.
  std::vector<shown_setting> settings = {};
};

/// Dependencies of the admin port; everything outlives the port.
struct admin_port_backend : engine_handles {
  caf::actor_system* system = nullptr;
  /// Reads the bytes of a document; on the thread of the request. May be empty.
  std::function<expected<std::string>(const document&)> read_document;
  /// Deletes documents with their files; on the thread of the request. Answers their number. May be
  /// empty. Errors: `not_found`; others are for the operator.
  std::function<expected<uint64_t>(const document_removal&)> delete_documents;
  /// Types of events that leave a row in the audit log, for `GET /api/audit`.
  std::vector<std::string> audit_types = {};
  type_registry* types = nullptr;
  key_ring* keys = nullptr;
  telemetry_ptr stats;
  /// Of the outboxes that the node moves, for `/metrics`.
  outbox_counts outboxes = {};
  /// Rows of such an outbox that were put aside, with numbers beyond `after`, at most `most`; and
  /// what becomes of one: it goes back (`retry`), or is forgotten. On the thread of the request;
  /// they wait for a database. Empty only if there is no outbox. Errors: `not_found`,
  /// `store_unavailable`, `store_refused`.
  /// @{
  std::function<expected<aside_rows>(std::string_view outbox, uint64_t after, size_t most)>
    refused_rows = {};
  std::function<expected<void>(std::string_view outbox, uint64_t seq, bool retry)>
    resolve_refused_row = {};
  /// @}
  /// Empty if the node is ready, else the reason, e.g. `index 40 %`.
  std::function<std::string()> not_ready;
  /// The nodes of the store, this one among them; does not wait. May be empty.
  std::function<std::vector<node_record>()> nodes = {};
  /// Called for each rejected access, on any thread; must not block or throw, and limits its own
  /// rate. May be empty.
  std::function<void(const refused_access&)> on_refused;
  /// Address for publishing events, e.g. `http://127.0.0.1:7070`, named to clients that try it
  /// here; may be empty.
  std::function<std::string()> data_address;
  /// Certificates that were read; null = the port has no TLS.
  std::shared_ptr<const tls_certificates> certificates = {};
  /// Null = there is no portal.
  std::shared_ptr<portal_tokens> portal = {};
  /// Takes a line for the log of the node, on any thread; may be empty.
  std::function<void(const std::string&)> tell = {};
  /// Where operators sign in; null = they need API keys.
  std::shared_ptr<single_sign_on> sign_on = {};
};

/// The port for operators: history, statistics, replay, consumers, keys.
class admin_port {
public:
  virtual ~admin_port() = default;

  /// Binds, listens and serves. Errors as for `data_port::start`.
  static expected<std::unique_ptr<admin_port>> start(const admin_port_options& options,
                                                     admin_port_backend backend);

  virtual uint16_t port() const noexcept = 0;

  /// What serves `/portal/` on the data port, which must not outlive this port; null = nothing.
  virtual std::shared_ptr<const data::request_judge> portal() const = 0;

  /// Ends the threads after the requests in progress; waiting requests are rejected.
  virtual void stop() = 0;
};

} // namespace carillon

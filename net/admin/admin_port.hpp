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
#include "net/admin/port_options.hpp"
#include "net/auth/key_ring.hpp"
#include "net/auth/refused_access.hpp"

#include <caf/fwd.hpp>

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

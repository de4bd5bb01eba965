#pragma once

#include "messages/codec/type_registry.hpp"
#include "messages/engine_handles.hpp"
#include "messages/remote/hub.hpp"
#include "messages/telemetry.hpp"
#include "net/auth/key_ring.hpp"
#include "net/auth/refused_access.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace carillon {

/// Where the port for other CAF processes listens, and its limits.
struct caf_port_options {
  /// 0 = a free one; empty = there is no such port.
  std::optional<uint16_t> port;
  /// Another address than one of loopback needs the three files below.
  std::string host = "127.0.0.1";
  /// PEM files: the certificate of this node with its chain, its private key, and the authority
  /// that signed the certificates of the peers. All or none.
  /// `caf_port::reload` reads them again.
  std::string certificate;
  std::string key;
  std::string authority;
  /// Largest payload of a frame; a peer that announces a larger one is disconnected.
  size_t frame_bytes = 4UL * 1024 * 1024;
  /// Open connections; one more is closed at once.
  size_t max_connections = 64;
  /// From the connection to the end of the handshakes of TLS and CAF.
  std::chrono::milliseconds handshake_deadline{10'000};
  /// Time between two heartbeats; a peer that sent nothing for three of them is disconnected.
  std::chrono::milliseconds heartbeat{5'000};
  /// From a request to its answer.
  std::chrono::milliseconds request_deadline{30'000};
  size_t batch_items = 10'000;
  bool accept_unknown_types = false;
};

/// Dependencies of the port; everything outlives it.
struct caf_port_backend {
  engine_handles actors;
  /// The system of `actors`.
  caf::actor_system* system = nullptr;
  remote_hub_actor subscriptions;
  const type_registry* types = nullptr;
  const key_ring* keys = nullptr;
  telemetry_ptr stats;
  /// Called on any thread with a line for the operator: who was refused or disconnected, and why.
  std::function<void(const std::string&)> report;
  /// As in `data_port_backend`.
  std::function<void(const refused_access&)> on_refused;
};

} // namespace carillon

#pragma once

#include "net/remote/engine_calls.hpp"
#include "net/remote/peer_table.hpp"
#include "net/remote/port_options.hpp"

#include <atomic>
#include <memory>

namespace carillon::remote {

/// What the actors of a port share. Callbacks of the engine may hold it beyond the port.
struct port_env {
  port_env(const caf_port_options& x, caf_port_backend to)
    : options(x), backend(std::move(to)),
      peers({x.max_connections, x.handshake_deadline, 3 * x.heartbeat}),
      calls(backend, x.request_deadline),
      bytes(backend.stats->bounds.add("remote requests", "bytes", most_request_bytes)) {
  }

  static constexpr uint64_t most_request_bytes = 64UL * 1024 * 1024;

  const caf_port_options options;
  const caf_port_backend backend;
  peer_table peers;
  engine_calls calls;
  /// Bytes of requests under way.
  bound_ptr bytes;
  /// New requests are answered `shutting_down`.
  std::atomic<bool> stopping{false};
  /// Now: requests under way.
  std::atomic<size_t> requests{0};
};

using port_env_ptr = std::shared_ptr<port_env>;

} // namespace carillon::remote

#pragma once

#include "net/data/loop_tenant.hpp"
#include "net/data/port_options.hpp"
#include "net/data/publishing/array_worker.hpp"
#include "net/data/sockets/address_counts.hpp"
#include "net/http/request_judge.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace carillon::data {

class event_loop;

/// State shared by the loops of a port. Its members are set before the loops start.
struct port_state {
  /// @param to dependencies; for the admin port only its statistics and the hook
  /// @param from judges the requests
  port_state(data_port_options with, data_port_backend to,
             std::shared_ptr<const request_judge> from = {})
    : options(std::move(with)), backend(std::move(to)), entrance(std::move(from)) {
  }

  const data_port_options options;
  const data_port_backend backend;
  std::shared_ptr<const request_judge> entrance;
  /// Makes a connection a session, on its loop; empty = the port has no sessions.
  std::function<void(event_loop&, handover)> begin_session;
  /// Name of the option with the address, and of the port in events.
  const char* listen_option = "listen";
  const char* source = "/data";
  /// Of the data port: the bound of incomplete bodies, which companies share.
  bound_ptr bodies;
  const std::shared_ptr<address_counts> addresses
    = std::make_shared<address_counts>(options.connections_per_address);
  /// TLS handshakes of all loops, which addresses share.
  const bound_ptr handshakes = std::make_shared<bound>(
    "TLS handshakes", "connections", options.handshakes, fair_share::default_greed);
  /// Open connections, including those on their way to a loop, not those amid a TLS handshake.
  std::atomic<size_t> connections{0};
  /// Those of them that are sessions.
  std::atomic<size_t> sessions{0};
  /// Parses the large arrays of all loops.
  array_worker arrays;
};

} // namespace carillon::data

#pragma once

#include "messages/bounds.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace carillon {

/// Which addresses the guard lets through.
struct address_guard_options {
  /// CIDRs that may be called although they are not public, e.g. `10.1.0.0/16`.
  std::vector<std::string> allow;
};

/// Limits of the client that calls receivers of webhooks.
struct http_client_options {
  /// `allow` counts for requests with `private_targets`; all others go to public addresses only.
  address_guard_options guard;
  /// Also call `http://` URLs.
  bool allow_http = false;
  /// Requests under way to one scheme, host and port; senders of requests have fair shares of them,
  /// see `host_queues`. While more than half of `max_connections` are in use, a host that has not
  /// answered lately gets 2 at most, and 1 beyond three quarters, so that hanging hosts do not use
  /// up the connections of answering ones.
  size_t max_connections_per_host = 8;
  /// Requests under way in all. Open connections, idle ones included, are limited to the same.
  size_t max_connections = 1'024;
  /// The same as a bound that companies share; null = not shared.
  bound_ptr connections = nullptr;
  /// Most requests that wait for their turn.
  size_t max_queued = 10'000;
  /// The same as a bound that companies share; null = not shared.
  bound_ptr waiting = nullptr;
  /// Status lines, header fields and trailers of an answer, interim (1xx) answers included.
  size_t max_head_bytes = size_t{64} * 1'024;
  /// How long a body may continue after its head; then the answer counts without the rest.
  std::chrono::milliseconds body_deadline{2'000};
  /// Bytes read of a body before the connection is closed.
  size_t max_body_bytes = size_t{64} * 1'024;
  /// Bytes kept of a body.
  size_t max_kept_bytes = size_t{8} * 1'024;
  /// PEM file with the authorities to trust; empty: the system's.
  std::string ca_file;
  /// Empty: `Carillon/` and the version.
  std::string user_agent;
  /// `http://host:port`; empty: none. The environment's proxy settings are ignored. A proxy
  /// resolves names itself: the guard then checks only URLs with a literal address, and the proxy
  /// must block the others.
  std::string proxy;
  /// Asked, on the client's thread, before each request begins; if false, it is not sent. Does not
  /// wait. Empty = always.
  std::function<bool()> may_begin;
  /// For tests: answers instead of DNS, "host:port:address[,address]…".
  std::vector<std::string> resolve;
};

} // namespace carillon

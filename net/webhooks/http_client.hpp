#pragma once

#include "base/failure.hpp"
#include "messages/bounds.hpp"
#include "messages/webhooks/client_options.hpp"
#include "messages/webhooks/http_exchange.hpp"
#include "net/webhooks/address_guard.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace carillon {

/// Calls receivers of webhooks: POST over HTTP/1.1, over TLS also HTTP/2, on a thread of its own.
/// Connections are reused. Certificates are verified, TLS is 1.2 or newer, redirects count as
/// answers, bodies are kept as received, in any encoding. The address guard judges each address at
/// the moment of connecting, so changing the addresses of a name does not bypass it.
///
/// An answer counts as soon as the head of the final status has arrived. Its body is for operators
/// who inspect the attempt. A body that breaks off, never ends, or exceeds `max_body_bytes` is
/// truncated, the connection is closed, and `error` reports it beside the status.
class http_client {
public:
  /// Runs exactly once per request: on the client's thread, but on the caller's within send()
  /// when that refuses. Does not block; may call send(); must not destroy the client.
  using callback = std::function<void(http_response_ptr)>;

  /// Starts the thread. Errors: `invalid_argument` for an invalid address range or option,
  /// `internal` if libcurl lacks a needed feature or the system lacks resources.
  static expected<std::unique_ptr<http_client>> make(http_client_options options);

  /// Stops.
  ~http_client();

  http_client(const http_client&) = delete;
  http_client& operator=(const http_client&) = delete;

  /// Thread-safe, does not wait. `done` gets fault `not_sent` when the queue is full or the client
  /// has stopped, and `url` for a URL or header that cannot be sent. The deadline counts from
  /// here. A request over a connection that broke before a byte of the answer may be sent again.
  void send(http_request request, callback done);

  /// The check that send() makes of a URL, without name look-up, for code that accepts URLs.
  /// Returns the URL as it is called, with an internationalized host as A-labels. Thread-safe.
  /// Errors: `invalid_argument`, `forbidden` (an address that may not be called), field `url`.
  expected<std::string> check(const std::string& url, bool private_targets) const;

  /// These are never called, see `own_ports`. Thread-safe.
  void set_own_ports(std::vector<uint16_t> ports);

  /// Answers everything under way and waiting with `not_sent`, and joins the thread. Thread-safe;
  /// not from a callback.
  void stop();

private:
  class impl;
  explicit http_client(std::unique_ptr<impl> x);

  std::unique_ptr<impl> impl_;
};

} // namespace carillon

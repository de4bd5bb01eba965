#pragma once

#include "net/admin/call.hpp"
#include "net/admin/client_socket.hpp"

namespace carillon::admin {

/// Why there is nothing to dispatch.
struct rejection {
  failure why;
  /// HTTP status if it is not that of the code, else 0.
  int status = 0;
};

/// A request, or what to refuse it with, or neither: the connection is just closed.
struct reception {
  std::optional<incoming> request;
  std::optional<rejection> refused;
  /// Bytes may be on their way that are not read.
  bool unread = false;
};

/// Receives one HTTP/1.x request as a whole, before anything looks at it: the header and
/// the body bounded in size, both together in time. Strict (RFC 9112): what another
/// implementation could cut at another place is refused, as is every body whose length
/// is not given by exactly one Content-Length.
reception receive(const client_socket& client, const admin_port_options& options);

} // namespace carillon::admin

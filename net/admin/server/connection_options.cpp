#include "net/admin/server/connection_options.hpp"

namespace carillon {

namespace {

/// Unfinished bodies in memory of callers with a key, as a number of the largest ones.
constexpr size_t bodies = 64;

} // namespace

data_port_options connection_options(const admin_port_options& x) {
  data_port_options out;
  out.host = x.host;
  out.port = x.port;
  out.threads = 1;
  out.max_connections = x.max_connections;
  out.connections_per_address = x.connections_per_address;
  out.header_bytes = x.header_bytes;
  out.body_bytes = out.batch_bytes = x.body_bytes;
  // One request of a connection at a time, so that at most one answer is unread.
  out.pipeline = 1;
  out.receive_deadline = x.receive_deadline;
  out.request_deadline = x.request_deadline;
  out.idle = x.idle;
  out.write_deadline = x.write_deadline;
  out.handshake_deadline = x.handshake_deadline;
  out.handshakes = x.handshakes;
  out.receive_bytes = bodies * x.body_bytes;
  return out;
}

} // namespace carillon

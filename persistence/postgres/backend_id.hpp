#pragma once

#include <string>

namespace carillon::postgres {

class connection;

/// Names a process of the server that serves a connection.
struct backend_id {
  std::string process;
  std::string started_at;
};

/// Ends such an earlier process over another connection, together with requests that it received
/// and has not begun; returns when it is gone. Throws.
void end_backend(connection& over, const backend_id& x);

} // namespace carillon::postgres

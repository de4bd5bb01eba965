#pragma once

#include "base/file/descriptor.hpp"
#include "messages/state/postgres_options.hpp"
#include "persistence/postgres/call_watch.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace carillon::postgres {

/// Hears by LISTEN when a node leaves, so that another one looks at once. A notice is a hint: any
/// role in the database may send one, and one may be lost with its connection. One thread, but for
/// `ring`.
class node_bell {
public:
  node_bell(const std::string& url, const postgres_options& options);
  node_bell(const node_bell&) = delete;
  node_bell& operator=(const node_bell&) = delete;
  ~node_bell();

  /// Listens if it does not yet: notices from now on end a wait. Without a connection there are
  /// none, and it is tried again after a pause. Does not throw. True if it has begun: what happened
  /// before was not heard.
  bool listen() noexcept;

  /// Waits until a notice, `ring`, or for this long; at least a moment after a notice, so that
  /// somebody who sends many keeps nobody busy. Does not throw.
  void wait(std::chrono::milliseconds most) noexcept;

  /// Ends a wait under way, or else the next one. Thread-safe.
  void ring() noexcept;

private:
  struct link;
  using clock = std::chrono::steady_clock;

  void open();
  void close() noexcept;
  /// Sleeps until `ring`, or until something arrives on the socket.
  void sleep(std::chrono::milliseconds most, int socket) noexcept;

  std::string url_;
  postgres_options options_;
  std::shared_ptr<call_watch> watch_;
  call_watch::entry watched_;
  std::unique_ptr<link> link_;
  clock::time_point next_try_;
  descriptor wake_;
};

} // namespace carillon::postgres

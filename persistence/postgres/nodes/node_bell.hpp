#pragma once

#include "base/file/descriptor.hpp"
#include "messages/state/postgres_options.hpp"
#include "persistence/postgres/call_watch.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace carillon::postgres {

/// Hears by LISTEN when a node leaves, so that another one looks at once. A notice is a hint: any
/// role in the database may send one, and one may be lost with its connection. It connects and
/// listens on a thread of its own: who waits for a notice never waits for a connection.
/// Thread-safe.
class node_bell {
public:
  /// Throws `unusable_url`.
  node_bell(const std::string& url, const postgres_options& options);
  node_bell(const node_bell&) = delete;
  node_bell& operator=(const node_bell&) = delete;
  /// Waits for a try to connect, which takes 3 s at most for each host of the URL.
  ~node_bell();

  /// Begins to listen, once; returns at once. A wait ends when it listens: what happened before was
  /// not heard. Without a connection there are no notices, and it is tried again after a pause.
  void listen();

  /// Waits until a notice, `ring`, or for this long. Many notices end a hundred waits a second at
  /// most.
  void wait(std::chrono::milliseconds most);

  /// Ends a wait under way, or else the next one.
  void ring();

private:
  struct link;

  void run();
  void open();
  /// Until the end; throws when the connection is lost.
  void hear();
  void close() noexcept;
  /// Sleeps until the end, or until something arrives on the socket.
  void sleep(std::chrono::milliseconds most, int socket) const noexcept;
  bool is_over();

  std::string url_;
  postgres_options options_;
  std::shared_ptr<call_watch> watch_;
  call_watch::entry watched_;
  /// Of the thread.
  std::unique_ptr<link> link_;
  /// Readable at the end.
  descriptor end_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
  bool stop_ = false;
  /// Last, as it uses the others.
  std::thread thread_;
};

} // namespace carillon::postgres

#pragma once

#include "tests/support/test_certificates.hpp"

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace carillon::test {

/// One connection that a `lying_server` accepted, blocking.
class lying_connection {
public:
  lying_connection(int socket, SSL_CTX* tls);
  ~lying_connection();

  lying_connection(const lying_connection&) = delete;
  lying_connection& operator=(const lying_connection&) = delete;

  /// Head and body of the next request; empty if the client has gone.
  std::string read_request();

  /// So many bytes; fewer if the client has gone.
  std::string read_bytes(size_t count);

  /// False if the client has gone.
  bool send(std::string_view bytes);

  /// Sends an answer of HTTP/1.1 with its length.
  bool answer(std::string_view status_and_fields, std::string_view body = {});

  /// Until the client or the server closes.
  void wait_for_end();

  /// Closes with a reset.
  void reset();

  /// The address that the client connected to.
  std::string local_address() const;

private:
  friend class lying_server;

  bool more();
  void interrupt();

  int socket_;
  SSL* ssl_ = nullptr;
  std::string in_;
};

/// A server for tests that runs its script for each connection, each on its own thread. Its
/// destructor stops it and ends waiting reads.
class lying_server {
public:
  using script = std::function<void(lying_connection&)>;

  struct options {
    std::string address = "127.0.0.1";
    /// Serves TLS with this.
    const certificate* identity = nullptr;
    int newest_tls = TLS1_3_VERSION;
    /// Offers HTTP/2 only; the script speaks it.
    bool http2 = false;
  };

  explicit lying_server(script play);
  lying_server(options opts, script play);
  ~lying_server();

  lying_server(const lying_server&) = delete;
  lying_server& operator=(const lying_server&) = delete;

  uint16_t port() const noexcept {
    return port_;
  }

  std::string url(std::string_view path = "/", std::string_view host = "127.0.0.1") const;

  /// Connections so far.
  size_t accepted() const noexcept {
    return accepted_.load();
  }

private:
  void listen(const std::string& address);
  void accept_all();
  void serve(int socket);

  options options_;
  script play_;
  SSL_CTX* tls_ = nullptr;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<size_t> accepted_{0};
  std::mutex mutex_;
  bool stopped_ = false;
  std::vector<lying_connection*> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

} // namespace carillon::test

#pragma once

#include "net/admin/call.hpp"
#include "net/admin/client_socket.hpp"

#include <httplib.h>

namespace carillon::admin {

/// cpp-httplib with its own accept loop and its writing of answers, and with everything
/// in between replaced that it leaves without a bound: each connection carries one
/// request, which is received as a whole (see `receive`) before httplib sees it.
class server final : public httplib::Server {
public:
  /// The context outlives the server.
  explicit server(context& ctx);
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server() override;

  /// Binds and listens; port 0 takes a free one. Errors: `invalid_argument` (address),
  /// `conflict` (in use), `internal`.
  expected<void> open(const std::string& host, uint16_t port);

  uint16_t port() const noexcept {
    return port_;
  }

  /// Accepts until `interrupt` or until accepting fails; then every job has ended.
  void serve();

  /// Ends `serve`; requests that are still being received end at once. Does nothing in
  /// the moment before `serve` listens: to be repeated until `serve` returns.
  void interrupt();

private:
  bool process_and_close_socket(socket_t sock) override;
  void answer_request(const client_socket& client);
  void write_answer(const client_socket& client, const incoming& request);

  context& ctx_;
  std::string host_;
  uint16_t port_ = 0;
  /// Becomes readable with `interrupt`.
  int wake_ = -1;
  std::atomic<bool> interrupted_{false};
};

} // namespace carillon::admin

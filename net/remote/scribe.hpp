#pragma once

#include "net/remote/frame_check.hpp"
#include "net/tls/tls_certificates.hpp"
#include "net/tls/tls_session.hpp"

#include <caf/io/network/doorman_impl.hpp>
#include <caf/io/network/stream.hpp>
#include <caf/io/scribe.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace carillon::remote {

/// What the connections of a port share; outlives them.
struct port_links {
  caf::actor_system* system = nullptr;
  peer_table* peers = nullptr;
  const tls_certificates* tls = nullptr;
  size_t frame_bytes = 0;
  reporter report;
  /// True if the actor is the gate, or a session of this peer.
  std::function<bool(const peer&, caf::actor_id)> accepts;
  std::function<void()> on_opened;
  std::function<void()> on_closed;
};

/// Reads and writes a socket for CAF's stream, with or without TLS. The stream's loop takes
/// `failure` for the end of the connection.
class stream_policy {
public:
  stream_policy(peer_ptr to, std::unique_ptr<tls_session> tls);

  caf::io::network::rw_state read_some(size_t& n, int fd, void* to, size_t size);
  caf::io::network::rw_state write_some(size_t& n, int fd, const void* from, size_t size);
  bool must_read_more(int fd, size_t threshold);

  /// Data may be sent.
  bool established() const noexcept {
    return tls_ == nullptr || tls_->established();
  }

  /// The handshake has something to send.
  bool wants_write() const noexcept {
    return wants_write_;
  }

private:
  caf::io::network::rw_state go_on();
  caf::io::network::rw_state ended(tls_session::result x);

  peer_ptr peer_;
  std::unique_ptr<tls_session> tls_;
  bool wants_write_ = false;
};

/// A stream that holds data back until TLS is established: CAF would poll the socket for it without
/// a pause.
class checked_stream : public caf::io::network::stream {
public:
  checked_stream(caf::io::network::default_multiplexer& backend, int fd, peer_ptr to,
                 std::unique_ptr<tls_session> tls);

  void handle_event(caf::io::network::operation op) override;
  void removed_from_loop(caf::io::network::operation op) override;

  /// As `flush`, but later if TLS is not established.
  void flush_later(const manager_ptr& manager);

private:
  void tell_unsent();

  peer_ptr peer_;
  stream_policy policy_;
  /// Waits for TLS.
  manager_ptr held_;
};

/// The connection of a peer: hands a frame to CAF after `frame_check` has seen all of it.
class checked_scribe : public caf::io::scribe {
public:
  checked_scribe(caf::io::network::default_multiplexer& backend, int fd, const port_links& links,
                 peer_ptr to, std::unique_ptr<tls_session> tls);
  ~checked_scribe() override;

  void configure_read(caf::io::receive_policy::config config) override;
  void ack_writes(bool enable) override;
  std::vector<char>& wr_buf() override;
  std::vector<char>& rd_buf() override;
  void graceful_shutdown() override;
  void flush() override;
  std::string addr() const override;
  uint16_t port() const override;
  void add_to_loop() override;
  void remove_from_loop() override;
  bool consume(caf::execution_unit* ctx, const void* bytes, size_t size) override;

private:
  bool take(caf::execution_unit* ctx, std::vector<char> bytes);
  bool hand_over(caf::execution_unit* ctx, const std::vector<char>& payload);

  checked_stream stream_;
  peer_table& peers_;
  peer_ptr peer_;
  std::function<void()> on_closed_;
  frame_check check_;
  bool launched_ = false;
  /// The header whose payload is next.
  std::optional<std::vector<char>> header_;
};

/// Accepts connections of peers, as many as there may be.
class checked_doorman : public caf::io::network::doorman_impl {
public:
  checked_doorman(caf::io::network::default_multiplexer& backend, int fd, port_links links);

  bool new_connection() override;

private:
  port_links links_;
};

} // namespace carillon::remote

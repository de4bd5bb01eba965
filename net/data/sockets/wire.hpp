#pragma once

#include "net/tls/tls_session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <sys/uio.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace carillon::data {

/// The bytes between a client and us, with TLS or without: a socket that never blocks. Lives on its
/// loop's thread. Not moved while it waits or reads.
class wire {
public:
  using tcp = boost::asio::ip::tcp;
  using error_code = boost::system::error_code;
  using on_read = std::function<void(const error_code&, size_t)>;
  using on_ready = std::function<void(const error_code&)>;

  /// @param tls after its handshake, on this socket; null = without TLS
  explicit wire(tcp::socket socket, std::unique_ptr<tls_session> tls = nullptr);
  wire(wire&&) noexcept = default;
  wire& operator=(wire&&) = delete;

  /// SHA-256 of the client's certificate, see `tls_session::fingerprint`; empty without one.
  const std::string& certificate() const noexcept {
    return certificate_;
  }

  /// The handler keeps the wire alive. It is called from the loop, never from here.
  template <class Handler>
  void async_read_some(boost::asio::mutable_buffer to, Handler&& done) {
    if (tls_ == nullptr)
      socket_.async_read_some(to, std::forward<Handler>(done));
    else
      read_later(to, std::forward<Handler>(done));
  }

  /// Reads what is there. `would_block` if nothing is, `eof` at the end.
  size_t receive(boost::asio::mutable_buffer to, error_code& error);

  /// Takes bytes to send, and returns their number. `would_block` if it takes none for now. TLS may
  /// hold some of those that it took.
  size_t send(std::span<const iovec> parts, error_code& error);

  /// Bytes that it took are unsent: `send` goes on with them, also without further ones.
  bool holds() const noexcept {
    return held_at_ < held_.size();
  }

  /// Handlers as for `async_read_some`.
  void wait_readable(on_ready done);
  void wait_writable(on_ready done);

  /// Nothing more is sent; reading goes on.
  void end_sending();

  /// From then on reading and sending fail.
  void close();

  tcp::endpoint remote_endpoint(error_code& error) const {
    return socket_.remote_endpoint(error);
  }

  tcp::socket::executor_type get_executor() {
    return socket_.get_executor();
  }

  int native_handle() {
    return socket_.native_handle();
  }

private:
  bool is_gone(error_code& error) const noexcept;
  void wait_for_input(on_ready done);
  void wait_for(tcp::socket::wait_type what, on_ready done);
  void read_later(boost::asio::mutable_buffer to, on_read done);
  void decrypt(boost::asio::mutable_buffer to, size_t received, on_read done);
  size_t count_of(tls_session::result got, size_t count, error_code& error);
  size_t send_tls(std::span<const iovec> parts, error_code& error);
  size_t encrypt(const char* from, size_t size, error_code& error);
  bool send_held(error_code& error);

  tcp::socket socket_;
  std::unique_ptr<tls_session> tls_;
  std::string certificate_;
  /// Bytes of one TLS record that the socket does not accept for now. The record is made already,
  /// so that they cannot be taken back.
  std::string held_;
  size_t held_at_ = 0;
  /// TLS cannot go on reading until it could write, or the other way round.
  bool reads_after_write_ = false;
  bool writes_after_read_ = false;
};

} // namespace carillon::data

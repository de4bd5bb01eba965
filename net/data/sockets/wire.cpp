#include "net/data/sockets/wire.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace carillon::data {

namespace {

using boost::asio::error::would_block;

/// Most bytes in a record of TLS (RFC 8446 section 5.1).
constexpr size_t record_bytes = 16UL * 1024;

} // namespace

wire::wire(tcp::socket socket, std::unique_ptr<tls_session> tls)
  : socket_(std::move(socket)), tls_(std::move(tls)) {
  error_code ignored;
  socket_.set_option(tcp::no_delay{true}, ignored);
  socket_.non_blocking(true, ignored);
  if (tls_ != nullptr)
    certificate_ = tls_->fingerprint();
}

/// OpenSSL keeps the number of the descriptor. After `close` it may be that of another connection,
/// or of a file, and a wait that had ended before is still told so.
bool wire::is_gone(error_code& error) const noexcept {
  if (socket_.is_open())
    return false;
  error = boost::asio::error::bad_descriptor;
  return true;
}

// -- reading ------------------------------------------------------------------

size_t wire::receive(boost::asio::mutable_buffer to, error_code& error) {
  error.clear();
  if (tls_ == nullptr)
    return socket_.receive(to, 0, error);
  if (is_gone(error))
    return 0;
  size_t count = 0;
  auto got = tls_->read(to.data(), to.size(), count);
  return count_of(got, count, error);
}

size_t wire::count_of(tls_session::result got, size_t count, error_code& error) {
  reads_after_write_ = got == tls_session::result::wants_write;
  switch (got) {
  case tls_session::result::done:
    break;
  case tls_session::result::wants_read:
  case tls_session::result::wants_write:
    error = would_block;
    break;
  case tls_session::result::closed:
    error = boost::asio::error::eof;
    break;
  case tls_session::result::failed:
    error = boost::asio::error::connection_aborted;
    break;
  }
  return count;
}

/// Asio receives what OpenSSL is then given, as without TLS. To wait for the socket apart is one
/// more call of the system, and OpenSSL allocates for a read that finds nothing.
void wire::read_later(boost::asio::mutable_buffer to, on_read done) {
  if (reads_after_write_ || tls_->pending() > 0)
    return wait_readable([this, to, done = std::move(done)](const error_code& failed) mutable {
      if (failed)
        return done(failed, 0);
      decrypt(to, 0, std::move(done));
    });
  tls_->leave_socket(true);
  socket_.async_read_some(
    to, [this, to, done = std::move(done)](const error_code& failed, size_t received) mutable {
      tls_->leave_socket(false);
      if (failed)
        return done(failed, 0);
      decrypt(to, received, std::move(done));
    });
}

/// Maybe a part of a record has come, or one without data: then it reads on.
void wire::decrypt(boost::asio::mutable_buffer to, size_t received, on_read done) {
  error_code error;
  size_t count = 0;
  if (!is_gone(error)) {
    auto got = tls_->read_received(received, to.data(), to.size(), count);
    count = count_of(got, count, error);
  }
  if (error == would_block)
    return read_later(to, std::move(done));
  done(error, count);
}

void wire::wait_readable(on_ready done) {
  if (reads_after_write_)
    return wait_for(tcp::socket::wait_write, std::move(done));
  wait_for_input(std::move(done));
}

/// The session may hold bytes already. The socket does not become readable for them.
void wire::wait_for_input(on_ready done) {
  if (tls_ == nullptr || tls_->pending() == 0)
    return wait_for(tcp::socket::wait_read, std::move(done));
  boost::asio::post(socket_.get_executor(), [done = std::move(done)] { done({}); });
}

void wire::wait_for(tcp::socket::wait_type what, on_ready done) {
  socket_.async_wait(what, std::move(done));
}

// -- sending ------------------------------------------------------------------

size_t wire::send(std::span<const iovec> parts, error_code& error) {
  error.clear();
  if (tls_ != nullptr)
    return send_tls(parts, error);
  msghdr message{};
  // sendmsg only reads them.
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  for (;;) {
    auto count = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0)
      return static_cast<size_t>(count);
    if (errno == EINTR)
      continue;
    error = errno == EAGAIN || errno == EWOULDBLOCK
              ? error_code{would_block}
              : error_code{errno, boost::system::system_category()};
    return 0;
  }
}

/// Fills one record: small pieces would each cost their own.
size_t wire::send_tls(std::span<const iovec> parts, error_code& error) {
  if (is_gone(error) || !send_held(error) || parts.empty())
    return 0;
  const auto* first = static_cast<const char*>(parts.front().iov_base);
  if (parts.size() == 1 || parts.front().iov_len >= record_bytes)
    return encrypt(first, std::min(parts.front().iov_len, record_bytes), error);
  std::array<char, record_bytes> record; // NOLINT: filled in before it is read
  size_t size = 0;
  for (const auto& part : parts) {
    auto fits = std::min(part.iov_len, record_bytes - size);
    std::copy_n(static_cast<const char*>(part.iov_base), fits, record.data() + size);
    size += fits;
    if (size == record_bytes)
      break;
  }
  return encrypt(record.data(), size, error);
}

/// Sends a record, or keeps its bytes until the socket accepts it.
size_t wire::encrypt(const char* from, size_t size, error_code& error) {
  if (size == 0)
    return 0;
  size_t count = 0;
  auto got = tls_->write(from, size, count);
  writes_after_read_ = got == tls_session::result::wants_read;
  switch (got) {
  case tls_session::result::done:
    return count;
  case tls_session::result::wants_read:
  case tls_session::result::wants_write:
    held_.assign(from, size);
    held_at_ = 0;
    return size;
  case tls_session::result::closed:
  case tls_session::result::failed:
    break;
  }
  error = boost::asio::error::connection_aborted;
  return 0;
}

/// True if nothing is held any more.
bool wire::send_held(error_code& error) {
  while (holds()) {
    size_t count = 0;
    auto got = tls_->write(held_.data() + held_at_, held_.size() - held_at_, count);
    writes_after_read_ = got == tls_session::result::wants_read;
    if (got == tls_session::result::done) {
      held_at_ += count;
      continue;
    }
    auto waits = got == tls_session::result::wants_read || got == tls_session::result::wants_write;
    error = waits ? error_code{would_block} : error_code{boost::asio::error::connection_aborted};
    return false;
  }
  if (!held_.empty())
    std::string{}.swap(held_);
  held_at_ = 0;
  return true;
}

void wire::wait_writable(on_ready done) {
  if (writes_after_read_)
    return wait_for_input(std::move(done));
  wait_for(tcp::socket::wait_write, std::move(done));
}

// -- ends ---------------------------------------------------------------------

void wire::end_sending() {
  if (tls_ != nullptr && socket_.is_open() && !holds())
    tls_->end();
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void wire::close() {
  if (tls_ != nullptr && socket_.is_open() && !holds())
    tls_->end();
  error_code ignored;
  socket_.close(ignored);
}

} // namespace carillon::data

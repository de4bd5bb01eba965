#include "net/data/listener.hpp"

#include "net/http/admission.hpp"
#include "net/http/answers.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>

#include <sys/socket.h>

namespace carillon::data {

namespace {

using boost::system::error_code;

/// Connections that the kernel may keep ready; it cuts this to `somaxconn`.
constexpr int backlog = 4'096;
/// Pause after a failed accept, e.g. without a free descriptor.
constexpr std::chrono::milliseconds retry_pause{100};

failure failure_of(const error_code& error, const std::string& address, const char* option) {
  if (error == boost::asio::error::address_in_use)
    return {ec::conflict, "the address " + address + " is in use already", option};
  if (error == boost::asio::error::access_denied)
    return {ec::invalid_argument, "no permission to listen on " + address, option};
  if (error.value() == EADDRNOTAVAIL)
    return {ec::invalid_argument, address + " is not an address of this machine", option};
  return {ec::internal, "cannot listen on " + address, option};
}

} // namespace

listener::listener(std::shared_ptr<port_state> state,
                   std::vector<std::shared_ptr<event_loop>> loops)
  : state_(std::move(state)), loops_(std::move(loops)), acceptor_(loops_.front()->context()),
    pause_(loops_.front()->context()) {
}

expected<void> listener::open() {
  return open(state_->options.port);
}

expected<void> listener::open(uint16_t port) {
  const auto& options = state_->options;
  auto text = options.host + ':' + std::to_string(port);
  error_code error;
  auto address = boost::asio::ip::make_address(
    options.host == "localhost" ? "127.0.0.1" : options.host, error);
  if (error)
    return failure{ec::invalid_argument, "'" + options.host + "' is not an IP address",
                   state_->listen_option};
  tcp::endpoint endpoint{address, port};
  acceptor_.open(endpoint.protocol(), error);
  if (!error)
    acceptor_.set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error)
    acceptor_.bind(endpoint, error);
  if (!error)
    acceptor_.listen(backlog, error);
  if (error)
    return failure_of(error, text, state_->listen_option);
  port_ = acceptor_.local_endpoint(error).port();
  return {};
}

void listener::accept() {
  auto& target = *loops_[next_];
  acceptor_.async_accept(target.context(), [this](const error_code& error, tcp::socket socket) {
    on_accept(error, std::move(socket));
  });
}

void listener::on_accept(const error_code& error, tcp::socket socket) {
  if (closed_)
    return;
  if (error) {
    pause_.expires_after(retry_pause);
    pause_.async_wait([this](const error_code& aborted) {
      if (aborted || closed_)
        return;
      if (!acceptor_.is_open() || !listens()) {
        error_code ignored;
        acceptor_.close(ignored);
        // If that fails, the next accept fails as well and retries.
        [[maybe_unused]] auto opened = open(port_);
      }
      accept();
    });
    return;
  }
  take(std::move(socket));
  accept();
}

bool listener::listens() {
  int on = 0;
  socklen_t size = sizeof(on);
  return ::getsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_ACCEPTCONN, &on, &size) == 0
         && on != 0;
}

/// Beyond the limit, a new connection replaces the oldest idle one of its loop; with TLS when its
/// handshake is done.
void listener::take(tcp::socket socket) {
  const auto has_tls = state_->backend.certificates != nullptr;
  error_code error;
  auto from = socket.remote_endpoint(error);
  address_counts::seat seat;
  if (!error && !state_->addresses->take(from.address(), seat)) {
    state_->backend.stats->connections_refused.fetch_add(1, std::memory_order_relaxed);
    if (!has_tls)
      reject(std::move(socket),
             {ec::quota_exceeded, "too many connections of this address are open", {}});
    return;
  }
  auto& loop = *loops_[next_];
  if (has_tls) {
    loop.shake_hands(std::move(socket), std::move(seat));
  } else {
    auto too_many = state_->connections.fetch_add(1) >= state_->options.max_connections;
    loop.adopt(std::move(socket), std::move(seat), too_many);
  }
  next_ = (next_ + 1) % loops_.size();
}

void reject(tcp::socket socket, const failure& why) {
  std::string text;
  append_problem(text, why, {.close = true, .date = {}});
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.send(boost::asio::buffer(text), 0, ignored);
  socket.shutdown(tcp::socket::shutdown_send, ignored);
}

void listener::close() {
  closed_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

} // namespace carillon::data

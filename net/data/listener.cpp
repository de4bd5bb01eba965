#include "net/data/listener.hpp"

#include "net/data/answers.hpp"
#include "net/data/request_head.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>

namespace carillon::data {

namespace {

using boost::system::error_code;

/// Connections that the kernel may keep ready; it cuts this to `somaxconn`.
constexpr int backlog = 4'096;
/// Pause after a failed accept, e.g. when no descriptor is left.
constexpr std::chrono::milliseconds retry_pause{100};

failure failure_of(const error_code& error, const std::string& address) {
  if (error == boost::asio::error::address_in_use)
    return {ec::conflict, "the address " + address + " is in use already", "listen"};
  if (error == boost::asio::error::access_denied)
    return {ec::invalid_argument, "no permission to listen on " + address, "listen"};
  if (error.value() == EADDRNOTAVAIL)
    return {ec::invalid_argument, address + " is not an address of this machine", "listen"};
  return {ec::internal, "cannot listen on " + address, "listen"};
}

} // namespace

listener::listener(std::shared_ptr<port_state> state,
                   std::vector<std::shared_ptr<event_loop>> loops)
  : state_(std::move(state)), loops_(std::move(loops)), acceptor_(loops_.front()->context()),
    pause_(loops_.front()->context()) {
}

expected<void> listener::open() {
  const auto& options = state_->options;
  auto text = options.host + ':' + std::to_string(options.port);
  error_code error;
  auto address = boost::asio::ip::make_address(
    options.host == "localhost" ? "127.0.0.1" : options.host, error);
  if (error)
    return failure{ec::invalid_argument, "'" + options.host + "' is not an IP address", "listen"};
  tcp::endpoint endpoint{address, options.port};
  acceptor_.open(endpoint.protocol(), error);
  if (!error)
    acceptor_.set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error)
    acceptor_.bind(endpoint, error);
  if (!error)
    acceptor_.listen(backlog, error);
  if (error)
    return failure_of(error, text);
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
  if (!acceptor_.is_open())
    return;
  if (error) {
    pause_.expires_after(retry_pause);
    pause_.async_wait([this](const error_code& aborted) {
      if (!aborted && acceptor_.is_open())
        accept();
    });
    return;
  }
  if (state_->connections.fetch_add(1) >= state_->options.max_connections) {
    state_->connections.fetch_sub(1);
    turn_away(std::move(socket));
  } else {
    loops_[next_]->adopt(std::move(socket));
    next_ = (next_ + 1) % loops_.size();
  }
  accept();
}

/// Says why before it hangs up; a client that does not listen misses it.
void listener::turn_away(tcp::socket socket) {
  state_->backend.stats->connections_refused.fetch_add(1, std::memory_order_relaxed);
  std::string text;
  append_problem(text,
                 failure{ec::overloaded, "too many connections are open, retry after a pause", {}},
                 {.close = true, .date = {}});
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.send(boost::asio::buffer(text), 0, ignored);
  socket.shutdown(tcp::socket::shutdown_send, ignored);
}

void listener::close() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

} // namespace carillon::data

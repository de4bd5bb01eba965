#include "net/data/sockets/handshakes.hpp"

#include "net/data/listener.hpp"

#include <exception>
#include <utility>

namespace carillon::data {

struct handshakes::handshake {
  tcp::socket socket;
  std::unique_ptr<tls_session> tls;
  address_counts::seat seat;
  bound_lease lease;
  steady_time begun;
  place at;
  bool ended = false;
};

handshakes::handshakes(bound_ptr bound, std::chrono::milliseconds deadline, hooks to)
  : bound_(std::move(bound)), deadline_(deadline), hooks_(std::move(to)) {
}

handshakes::~handshakes() = default;

void handshakes::begin(tcp::socket socket, tls_context_ptr context, address_counts::seat seat) {
  boost::system::error_code error;
  auto from = socket.remote_endpoint(error);
  auto lease = bound_lease::take(bound_, error ? std::string{} : source_of(from.address()), 1);
  socket.non_blocking(true, error);
  if (!lease || error)
    return hooks_.failed();
  std::shared_ptr<handshake> x;
  try {
    auto tls = std::make_unique<tls_session>(std::move(context), socket.native_handle(),
                                             tls_session::reading::ahead);
    x = std::make_shared<handshake>(handshake{.socket = std::move(socket),
                                              .tls = std::move(tls),
                                              .seat = std::move(seat),
                                              .lease = std::move(*lease),
                                              .begun = std::chrono::steady_clock::now(),
                                              .at = {}});
    x->at = all_.insert(all_.end(), x);
  } catch (const std::bad_alloc&) {
    return hooks_.failed();
  }
  step(x);
}

void handshakes::step(const std::shared_ptr<handshake>& x) {
  switch (x->tls->accept()) {
  case tls_session::result::wants_read:
    return wait(x, tcp::socket::wait_read);
  case tls_session::result::wants_write:
    return wait(x, tcp::socket::wait_write);
  case tls_session::result::done:
    x->ended = true;
    all_.erase(x->at);
    return hooks_.done(wire{std::move(x->socket), std::move(x->tls)}, std::move(x->seat));
  case tls_session::result::closed:
    return end(x);
  case tls_session::result::failed:
    break;
  }
  if (x->tls->met_plain_http())
    reject(std::move(x->socket),
           {ec::invalid_argument, "this port speaks TLS: the address begins with https://", {}});
  end(x);
}

void handshakes::wait(const std::shared_ptr<handshake>& x, tcp::socket::wait_type what) {
  x->socket.async_wait(what, [this, x](const boost::system::error_code& error) {
    if (x->ended)
      return;
    if (error)
      end(x);
    else
      step(x);
  });
}

void handshakes::end(const std::shared_ptr<handshake>& x) {
  if (std::exchange(x->ended, true))
    return;
  all_.erase(x->at);
  boost::system::error_code ignored;
  x->socket.close(ignored);
  hooks_.failed();
}

void handshakes::sweep(steady_time now) {
  while (!all_.empty() && now - all_.front()->begun >= deadline_)
    end(std::shared_ptr<handshake>{all_.front()});
}

void handshakes::close() {
  while (!all_.empty())
    end(std::shared_ptr<handshake>{all_.front()});
}

} // namespace carillon::data

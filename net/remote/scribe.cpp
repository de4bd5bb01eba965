#include "net/remote/scribe.hpp"

#include <caf/io/basp/header.hpp>
#include <caf/io/broker.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/network/interfaces.hpp>
#include <caf/io/network/native_socket.hpp>

#include <cerrno>
#include <exception>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

namespace carillon::remote {

namespace {

namespace network = caf::io::network;
using network::rw_state;

} // namespace

// -- policy ---------------------------------------------------------------------

stream_policy::stream_policy(peer_ptr to, std::unique_ptr<tls_session> tls)
  : peer_(std::move(to)), tls_(std::move(tls)) {
}

rw_state stream_policy::read_some(size_t& n, int fd, void* to, size_t size) {
  n = 0;
  if (peer_->is_cut())
    return rw_state::failure;
  if (!established())
    return go_on();
  if (tls_ != nullptr) {
    auto x = tls_->read(to, size, n);
    if (x == tls_session::result::done || x == tls_session::result::wants_read)
      return rw_state::success;
    return ended(x);
  }
  auto got = ::recv(fd, to, size, 0);
  if (got > 0)
    n = static_cast<size_t>(got);
  else if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
    return ended(tls_session::result::closed);
  return rw_state::success;
}

rw_state stream_policy::write_some(size_t& n, int fd, const void* from, size_t size) {
  n = 0;
  if (peer_->is_cut())
    return rw_state::failure;
  if (!established()) {
    auto x = go_on();
    return x == rw_state::success ? rw_state::indeterminate : x;
  }
  if (size == 0)
    return rw_state::indeterminate;
  if (tls_ != nullptr) {
    auto x = tls_->write(from, size, n);
    if (x == tls_session::result::closed || x == tls_session::result::failed)
      return ended(x);
    return rw_state::success;
  }
  auto sent = ::send(fd, from, size, MSG_NOSIGNAL);
  if (sent >= 0)
    n = static_cast<size_t>(sent);
  else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
    return ended(tls_session::result::closed);
  return rw_state::success;
}

bool stream_policy::must_read_more(int, size_t threshold) {
  return tls_ != nullptr && tls_->established() && tls_->pending() >= threshold;
}

/// A handshake that waits has read nothing, which ends the stream's loop.
rw_state stream_policy::go_on() {
  auto x = tls_->accept();
  wants_write_ = x == tls_session::result::wants_write;
  if (x == tls_session::result::closed || x == tls_session::result::failed)
    return ended(x);
  if (x == tls_session::result::done)
    peer_->set_subject(tls_->subject());
  return rw_state::success;
}

rw_state stream_policy::ended(tls_session::result x) {
  if (x == tls_session::result::failed && established())
    peer_->over(std::nullopt, "TLS failed: " + tls_->why());
  else if (x == tls_session::result::failed)
    peer_->over(remote_refusal::certificate, "no TLS handshake: " + tls_->why());
  else if (!established())
    peer_->over(remote_refusal::certificate, "closed the connection in the handshake of TLS");
  else if (!peer_->joined())
    peer_->over(remote_refusal::handshake,
                "closed the connection in the handshake of CAF: it has another application "
                "identifier, or is no CAF process");
  else
    peer_->over(std::nullopt, "the connection is closed");
  return rw_state::failure;
}

// -- stream ---------------------------------------------------------------------

checked_stream::checked_stream(network::default_multiplexer& backend, int fd, peer_ptr to,
                               std::unique_ptr<tls_session> tls)
  : stream(backend, fd), peer_(to), policy_(to, std::move(tls)) {
}

void checked_stream::tell_unsent() {
  peer_->set_unsent(wr_buf().size() + (state_.writing ? 1 : 0));
}

void checked_stream::handle_event(network::operation op) {
  auto before = policy_.established();
  handle_event_impl(op, policy_);
  if (!before && policy_.established() && held_)
    flush(std::exchange(held_, nullptr));
  else if (policy_.wants_write() && held_)
    force_empty_write(held_);
  tell_unsent();
}

void checked_stream::removed_from_loop(network::operation op) {
  // Its manager holds this stream.
  auto held = std::exchange(held_, nullptr);
  stream::removed_from_loop(op);
}

void checked_stream::flush_later(const manager_ptr& manager) {
  if (policy_.established())
    flush(manager);
  else
    held_ = manager;
  tell_unsent();
}

// -- scribe ---------------------------------------------------------------------

checked_scribe::checked_scribe(network::default_multiplexer& backend, int fd,
                               const port_links& links, peer_ptr to,
                               std::unique_ptr<tls_session> tls)
  : scribe(network::conn_hdl_from_socket(fd)), stream_(backend, fd, to, std::move(tls)),
    peers_(*links.peers), peer_(to), on_closed_(links.on_closed),
    check_(
      {*links.system, *links.peers, to, links.frame_bytes,
       [to = to.get(), accepts = links.accepts](caf::actor_id x) { return accepts(*to, x); }}) {
}

checked_scribe::~checked_scribe() {
  peer_->forget_socket();
  peers_.remove(peer_);
  if (on_closed_)
    on_closed_();
}

/// CAF asks for a header or a payload; what is read is decided by `take`.
void checked_scribe::configure_read(caf::io::receive_policy::config) {
  if (std::exchange(launched_, true))
    return;
  stream_.configure_read(caf::io::receive_policy::exactly(caf::io::basp::header_size));
  stream_.start(this);
}

bool checked_scribe::consume(caf::execution_unit* ctx, const void*, size_t size) {
  if (detached())
    return false;
  try {
    auto& buffer = stream_.rd_buf();
    buffer.resize(size);
    return take(ctx, std::exchange(buffer, {}));
  } catch (const std::exception&) {
    peer_->cut(remote_refusal::frame, "out of memory for its frame");
    return true;
  }
}

bool checked_scribe::take(caf::execution_unit* ctx, std::vector<char> bytes) {
  using verdict = frame_check::verdict;
  peer_->saw_traffic();
  auto x = verdict::pass;
  if (!header_) {
    x = check_.header(bytes);
    header_ = std::move(bytes);
    bytes.clear();
    if (x == verdict::pass && check_.header().payload_len > 0) {
      stream_.configure_read(caf::io::receive_policy::exactly(check_.header().payload_len));
      return true;
    }
  }
  if (x == verdict::pass)
    x = check_.frame(bytes);
  auto goes_on = x != verdict::pass || hand_over(ctx, bytes);
  // The next read fails then, and CAF closes the connection.
  if (x == verdict::refuse)
    peer_->cut(check_.reason(), check_.why());
  header_.reset();
  stream_.configure_read(caf::io::receive_policy::exactly(caf::io::basp::header_size));
  return goes_on;
}

/// CAF's broker takes a frame in two pieces.
bool checked_scribe::hand_over(caf::execution_unit* ctx, const std::vector<char>& payload) {
  stream_.rd_buf() = *header_;
  if (!scribe::consume(ctx, nullptr, header_->size()))
    return false;
  if (payload.empty())
    return true;
  stream_.rd_buf() = payload;
  return scribe::consume(ctx, nullptr, payload.size());
}

void checked_scribe::ack_writes(bool enable) {
  stream_.ack_writes(enable);
}

std::vector<char>& checked_scribe::wr_buf() {
  return stream_.wr_buf();
}

std::vector<char>& checked_scribe::rd_buf() {
  return stream_.rd_buf();
}

void checked_scribe::graceful_shutdown() {
  stream_.graceful_shutdown();
  detach(&stream_.backend(), false);
}

void checked_scribe::flush() {
  if (stream_.wr_buf().size() > peer::most_unsent_bytes)
    peer_->cut(remote_refusal::unread, "does not take its answers: more than "
                                         + std::to_string(peer::most_unsent_bytes / 1024 / 1024)
                                         + " MiB are unsent");
  stream_.flush_later(this);
}

std::string checked_scribe::addr() const {
  return peer_->ip();
}

uint16_t checked_scribe::port() const {
  auto x = network::remote_port_of_fd(stream_.fd());
  return x ? *x : uint16_t{0};
}

void checked_scribe::add_to_loop() {
  stream_.activate(this);
}

void checked_scribe::remove_from_loop() {
  stream_.passivate();
}

// -- doorman --------------------------------------------------------------------

checked_doorman::checked_doorman(network::default_multiplexer& backend, int fd, port_links links)
  : doorman_impl(backend, fd), links_(std::move(links)) {
}

bool checked_doorman::new_connection() {
  auto fd = acceptor_.accepted_socket();
  if (detached()) {
    ::close(fd);
    return false;
  }
  auto& backend = acceptor_.backend();
  peer_ptr made;
  try {
    auto address = network::remote_addr_of_fd(fd);
    auto port = network::remote_port_of_fd(fd);
    made = std::make_shared<peer>(fd, address ? *address : std::string{"unknown"},
                                  port ? *port : uint16_t{0}, links_.report);
    if (!links_.peers->add(made)) {
      made->over(remote_refusal::connections, "too many connections (--caf-connections); closed");
      ::close(fd);
      return true;
    }
    network::nonblocking(fd, true);
    network::child_process_inherit(fd, false);
    std::unique_ptr<tls_session> tls;
    if (auto context = links_.tls->current(); context != nullptr)
      // CAF's loop waits for the socket whatever the session holds.
      tls = std::make_unique<tls_session>(std::move(context), fd, tls_session::reading::exact);
    auto connection = caf::make_counted<checked_scribe>(backend, fd, links_, made, std::move(tls));
    fd = caf::io::network::invalid_native_socket; // the connection closes it
    auto handle = connection->hdl();
    parent()->add_scribe(std::move(connection));
    if (links_.on_opened)
      links_.on_opened();
    return caf::io::doorman::new_connection(&backend, handle);
  } catch (const std::exception&) {
    if (made != nullptr)
      links_.peers->remove(made);
    if (fd != network::invalid_native_socket)
      ::close(fd);
    return true;
  }
}

} // namespace carillon::remote

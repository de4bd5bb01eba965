#include "net/data/event_loop.hpp"

#include "net/data/connection.hpp"
#include "net/data/listener.hpp"
#include "net/http/answers.hpp"
#include "net/tls/tls_certificates.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <csignal>
#include <exception>
#include <utility>

namespace carillon::data {

namespace {

using namespace std::chrono_literals;

/// Precision of deadlines.
constexpr std::chrono::milliseconds sweep_interval = 250ms;

constexpr auto relaxed = std::memory_order_relaxed;

} // namespace

event_loop::event_loop(std::shared_ptr<port_state> state)
  : state_(std::move(state)), budget_{.limit = options().receive_bytes
                                               / std::max<size_t>(1, options().threads),
                                      .used = 0,
                                      .shared = state_->bodies},
    handshakes_(
      state_->handshakes, options().handshake_deadline,
      {.done = [this](wire socket,
                      address_counts::seat seat) { enter(std::move(socket), std::move(seat)); },
       .failed = [this] { count_refused(); }}),
    turn_([this](std::shared_ptr<publish_bundle> x) { submit(std::move(x)); }), date_(date_line()) {
}

event_loop::~event_loop() = default;

void event_loop::start() {
  sweep_later();
  thread_ = std::thread{[this] { run(); }};
}

void event_loop::run() {
  // The main thread handles signals.
  sigset_t all{};
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  auto guard = boost::asio::make_work_guard(context_);
  for (;;) {
    try {
      context_.run();
      return;
    } catch (const std::exception&) {
      // Out of memory within one handler: the others continue, and the deadline ends its
      // connection.
      counts_.report(*state_->backend.stats);
    }
  }
}

void event_loop::adopt(tcp::socket socket, address_counts::seat seat, bool must_make_room) {
  boost::asio::post(
    context_, [this, socket = std::move(socket), seat = std::move(seat), must_make_room]() mutable {
      if (!must_make_room || make_room())
        return place(wire{std::move(socket)}, std::move(seat));
      state_->connections.fetch_sub(1, relaxed);
      count_refused();
      reject(std::move(socket), {ec::overloaded,
                                 "too many connections are open and none of them is idle, retry "
                                 "after a pause",
                                 {}});
    });
}

void event_loop::shake_hands(tcp::socket socket, address_counts::seat seat) {
  boost::asio::post(context_, [this, socket = std::move(socket), seat = std::move(seat)]() mutable {
    if (finishing_)
      return count_refused();
    handshakes_.begin(std::move(socket), state_->backend.certificates->current(), std::move(seat));
  });
}

/// Only now it takes a place, so that handshakes close nobody's connection.
void event_loop::enter(wire socket, address_counts::seat seat) {
  const auto too_many = state_->connections.fetch_add(1, relaxed) >= options().max_connections;
  if (!too_many || make_room())
    return place(std::move(socket), std::move(seat));
  state_->connections.fetch_sub(1, relaxed);
  count_refused();
}

void event_loop::count_refused() {
  state_->backend.stats->connections_refused.fetch_add(1, relaxed);
}

void event_loop::place(wire socket, address_counts::seat seat) {
  state_->backend.stats->connections.fetch_add(1, relaxed);
  auto ref = connections_.reserve();
  auto tenant = std::make_shared<connection>(*this, ref, std::move(socket), std::move(seat));
  connections_.put(ref, tenant);
  if (finishing_)
    tenant->close();
  else
    tenant->start();
}

/// Closes the connection that has been idle for longest.
bool event_loop::make_room() {
  auto* idle = connections_.longest_idle(std::chrono::steady_clock::now());
  if (idle == nullptr)
    return false;
  state_->backend.stats->connections_evicted.fetch_add(1, relaxed);
  idle->close();
  return true;
}

void event_loop::remove(connection_ref x) {
  if (!connections_.remove(x))
    return;
  state_->backend.stats->connections.fetch_sub(1, relaxed);
  state_->connections.fetch_sub(1, relaxed);
}

void event_loop::drain() {
  boost::asio::post(context_, [this] {
    draining_ = true;
    connections_.each([](connection& x) { x.drain(); });
  });
}

std::future<void> event_loop::finish() {
  auto out = finished_.get_future();
  boost::asio::post(context_, [this] {
    draining_ = finishing_ = true;
    handshakes_.close();
    connections_.each([](connection& x) { x.drain(); });
    sweep();
  });
  return out;
}

void event_loop::end() {
  boost::asio::post(context_, [this] {
    handshakes_.close();
    connections_.each([](connection& x) { x.close(); });
    sessions_.tenants().each([](loop_tenant& x) { x.terminate(); });
    counts_.report(*state_->backend.stats);
    context_.stop();
  });
  if (thread_.joinable())
    thread_.join();
}

void event_loop::check_finished() {
  bool busy = !sessions_.tenants().empty();
  sessions_.tenants().each([](loop_tenant& x) { x.close(); });
  connections_.each([&](connection& x) {
    if (x.busy())
      busy = true;
    else
      x.finish();
  });
  if (busy || promised_)
    return;
  promised_ = true;
  finished_.set_value();
}

// Sessions

void event_loop::hand_over(connection_ref x, handover what) {
  connections_.remove(x);
  state_->begin_session(*this, std::move(what));
}

void event_loop::wake(std::shared_ptr<loop_tenant> x) {
  if (sessions_.tenants().wake(std::move(x)))
    boost::asio::post(context_, [this] {
      sessions_.tenants().flush_woken();
      counts_.report(*state_->backend.stats);
    });
}

// Turns

void event_loop::end_turn_later() {
  if (turn_ends_)
    return;
  turn_ends_ = true;
  // Runs after everything that was ready when this turn began.
  boost::asio::post(context_, [this] { end_turn(); });
}

void event_loop::end_turn() {
  turn_ends_ = false;
  turn_.submit();
  flush_touched();
  counts_.report(*state_->backend.stats);
}

void event_loop::touch(connection& x) {
  touched_.push_back(x.shared_from_this());
  end_turn_later();
}

void event_loop::flush_touched() {
  flushing_.swap(touched_);
  for (auto& x : flushing_)
    x->flush();
  flushing_.clear();
}

void event_loop::publish(reply_to to, draft_ptr draft) {
  turn_.add(std::move(to), std::move(draft));
  if (turn_.waits())
    end_turn_later();
}

void event_loop::publish(reply_to to, parsed_items items, size_t drafts) {
  turn_.add(std::move(to), std::move(items), drafts);
  if (turn_.waits())
    end_turn_later();
}

void event_loop::submit(std::shared_ptr<publish_bundle> bundle) {
  auto drafts = bundle->take_drafts();
  auto company = bundle->company();
  // The call may outlive the loop; handlers posted to the loop may not.
  auto done = [loop = weak_from_this(), bundle = std::move(bundle)](expected<receipts> result) {
    if (auto self = loop.lock())
      boost::asio::post(self->context_, [to = self.get(), bundle, result = std::move(result)] {
        bundle->answer(to->connections_, result);
      });
  };
  state_->backend.publish(std::make_shared<publish_call>(
    std::move(drafts), std::chrono::steady_clock::now() + options().request_deadline,
    std::move(done), std::move(company)));
}

// Answers

void event_loop::answer_later(connection_ref to, uint64_t request, whole_answer x) {
  boost::asio::post(context_, [this, to, request, x = std::move(x)]() mutable {
    if (auto* tenant = connections_.find(to))
      tenant->answer_call(request, std::move(x));
    else if (x.unsent)
      x.unsent();
  });
}

void event_loop::tell_denied(const denial& x, const failure& why, std::string ip) {
  if (why.code == ec::unauthenticated)
    state_->backend.stats->logins_failed.fetch_add(1, relaxed);
  if (const auto& hook = state_->backend.on_refused)
    hook({.why = why,
          .who = x.who,
          .action = x.action,
          .ip = std::move(ip),
          .source = state_->source});
}

// Deadlines

void event_loop::sweep_later() {
  auto shortest = std::min({options().idle, options().receive_deadline, options().request_deadline,
                            options().write_deadline, options().handshake_deadline});
  auto interval = std::clamp(shortest / 4, 10ms, sweep_interval);
  sweeper_.expires_after(finishing_ ? 10ms : interval);
  sweeper_.async_wait([this](const boost::system::error_code& error) {
    if (!error)
      sweep();
  });
}

void event_loop::sweep() {
  date_ = date_line();
  auto now = std::chrono::steady_clock::now();
  handshakes_.sweep(now);
  connections_.each([now](connection& x) { x.sweep(now); });
  sessions_.tenants().each([now](loop_tenant& x) { x.sweep(now); });
  flush_touched();
  counts_.report(*state_->backend.stats);
  if (finishing_)
    check_finished();
  sweep_later();
}

} // namespace carillon::data

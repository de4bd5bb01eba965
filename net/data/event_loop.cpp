#include "net/data/event_loop.hpp"

#include "net/data/connection.hpp"
#include "net/data/listener.hpp"
#include "net/data/sessions/session_connection.hpp"
#include "net/http/answers.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <csignal>
#include <exception>
#include <utility>

namespace carillon::data {

namespace {

using namespace std::chrono_literals;

/// Longer calls are split: the router's limits assume calls of moderate size.
constexpr size_t bundle_drafts = 4'096;
/// An array with more items travels alone.
constexpr size_t shared_items = 100;
/// Precision of deadlines.
constexpr std::chrono::milliseconds sweep_interval = 250ms;

constexpr auto relaxed = std::memory_order_relaxed;

} // namespace

event_loop::event_loop(std::shared_ptr<port_state> state)
  : state_(std::move(state)), budget_{.limit = options().receive_bytes
                                               / std::max<size_t>(1, options().threads),
                                      .used = 0,
                                      .shared = state_->bodies},
    date_(date_line()) {
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
      report_counts();
    }
  }
}

void event_loop::adopt(tcp::socket socket, address_counts::seat seat, bool must_make_room) {
  boost::asio::post(context_, [this, socket = std::move(socket), seat = std::move(seat),
                               must_make_room]() mutable {
    if (must_make_room && !make_room()) {
      state_->connections.fetch_sub(1, relaxed);
      state_->backend.stats->connections_refused.fetch_add(1, relaxed);
      turn_away(std::move(socket), {ec::overloaded,
                                    "too many connections are open and none of them is idle, retry "
                                    "after a pause",
                                    {}});
      return;
    }
    place(std::move(socket), std::move(seat));
  });
}

void event_loop::place(tcp::socket socket, address_counts::seat seat) {
  state_->backend.stats->connections.fetch_add(1, relaxed);
  connection_ref ref{static_cast<uint32_t>(places_.size()), 0};
  if (free_places_.empty()) {
    places_.emplace_back();
  } else {
    ref = {free_places_.back(), places_[free_places_.back()].generation};
    free_places_.pop_back();
  }
  auto tenant = std::make_shared<connection>(*this, ref, std::move(socket), std::move(seat));
  places_[ref.index].tenant = tenant;
  if (finishing_)
    tenant->close();
  else
    tenant->start();
}

/// Closes the connection that has been idle for longest.
bool event_loop::make_room() {
  auto now = std::chrono::steady_clock::now();
  for (int look = 0; look < 2; ++look) {
    while (!oldest_.empty()) {
      auto x = oldest_.take();
      // It may have become active or ended since the scan.
      auto* tenant = find(x.connection);
      if (tenant == nullptr || tenant->idle_since(now) != x.since)
        continue;
      state_->backend.stats->connections_evicted.fetch_add(1, relaxed);
      tenant->close();
      return true;
    }
    if (look == 0 && oldest_.may_look(now))
      look_for_idle(now);
  }
  return false;
}

void event_loop::look_for_idle(steady_time now) {
  for (uint32_t i = 0; i < places_.size(); ++i)
    if (const auto& at = places_[i]; at.tenant)
      if (auto since = at.tenant->idle_since(now))
        oldest_.add({*since, {i, at.generation}});
  oldest_.looked(now, places_.size());
}

void event_loop::remove(connection_ref x) {
  auto& at = places_[x.index];
  if (at.generation != x.generation || !at.tenant)
    return;
  at.tenant.reset();
  ++at.generation;
  free_places_.push_back(x.index);
  state_->backend.stats->connections.fetch_sub(1, relaxed);
  state_->connections.fetch_sub(1, relaxed);
}

void event_loop::hand_over(connection_ref x) {
  auto& at = places_[x.index];
  at.tenant.reset();
  ++at.generation;
  free_places_.push_back(x.index);
}

connection* event_loop::find(connection_ref x) const noexcept {
  const auto& at = places_[x.index];
  return at.generation == x.generation ? at.tenant.get() : nullptr;
}

void event_loop::each(const std::function<void(connection&)>& visit) {
  // A visit may close the connection; the copy keeps it alive meanwhile.
  for (const auto& at : places_)
    if (auto tenant = at.tenant)
      visit(*tenant);
}

void event_loop::drain() {
  boost::asio::post(context_, [this] {
    draining_ = true;
    each([](connection& x) { x.drain(); });
  });
}

std::future<void> event_loop::finish() {
  auto out = finished_.get_future();
  boost::asio::post(context_, [this] {
    draining_ = finishing_ = true;
    each([](connection& x) { x.drain(); });
    sweep();
  });
  return out;
}

void event_loop::end() {
  boost::asio::post(context_, [this] {
    each([](connection& x) { x.close(); });
    each_session([](sessions::session_connection& x) { x.terminate(); });
    report_counts();
    context_.stop();
  });
  if (thread_.joinable())
    thread_.join();
}

void event_loop::check_finished() {
  bool busy = !sessions_.empty();
  each_session([](sessions::session_connection& x) { x.close(session_close::shutting_down, 0); });
  each([&](connection& x) {
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

bool event_loop::may_open_session() const noexcept {
  return state_->backend.open_session && state_->sessions < options().sessions.max_sessions;
}

void event_loop::adopt_session(std::shared_ptr<sessions::session_connection> x,
                               address_counts::seat seat) {
  state_->sessions.fetch_add(1, relaxed);
  x->place = sessions_.size();
  sessions_.push_back(std::move(x));
  session_seats_.push_back(std::move(seat));
}

void event_loop::remove_session(sessions::session_connection& x) {
  auto at = x.place;
  sessions_.back()->place = at;
  // It may be the last owner of `x` besides the caller.
  std::swap(sessions_[at], sessions_.back());
  sessions_.pop_back();
  std::swap(session_seats_[at], session_seats_.back());
  session_seats_.pop_back();
  state_->sessions.fetch_sub(1, relaxed);
  state_->backend.stats->connections.fetch_sub(1, relaxed);
  state_->connections.fetch_sub(1, relaxed);
}

void event_loop::count_session_closed(uint16_t code) noexcept {
  state_->backend.stats->sessions_closed.at(session_close_slot(code)).fetch_add(1, relaxed);
}

void event_loop::each_session(const std::function<void(sessions::session_connection&)>& visit) {
  // A visit may remove it and move another to its place.
  for (size_t i = sessions_.size(); i-- > 0;)
    if (i < sessions_.size()) {
      auto x = sessions_[i];
      visit(*x);
    }
}

void event_loop::wake(std::shared_ptr<sessions::session_connection> x) {
  std::unique_lock lock{woken_mutex_};
  woken_.push_back(std::move(x));
  if (woken_.size() > 1)
    return;
  lock.unlock();
  boost::asio::post(context_, [this] { flush_woken(); });
}

void event_loop::flush_woken() {
  std::vector<std::shared_ptr<sessions::session_connection>> woken;
  {
    std::lock_guard lock{woken_mutex_};
    woken.swap(woken_);
  }
  for (auto& x : woken)
    x->flush();
  report_counts();
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
  submit();
  flush_touched();
  report_counts();
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

/// A call belongs to one company, whose turn it waits for.
publish_bundle& event_loop::bundle_of(const std::string& company) {
  if (bundle_ && bundle_->company() != company)
    submit();
  if (!bundle_)
    bundle_ = std::make_shared<publish_bundle>(company);
  return *bundle_;
}

void event_loop::publish(reply_to to, draft_ptr draft) {
  bundle_of(to.company).add(std::move(to), std::move(draft));
  if (bundle_->size() >= bundle_drafts)
    submit();
  else
    end_turn_later();
}

void event_loop::publish(reply_to to, parsed_items items, size_t drafts) {
  if (drafts > shared_items) {
    // Earlier events go first, since they may be from the same connection.
    submit();
    auto alone = std::make_shared<publish_bundle>(to.company);
    alone->add(std::move(to), std::move(items));
    submit(std::move(alone));
    return;
  }
  bundle_of(to.company).add(std::move(to), std::move(items));
  if (bundle_->size() >= bundle_drafts)
    submit();
  else
    end_turn_later();
}

void event_loop::submit() {
  if (bundle_)
    submit(std::move(bundle_));
}

void event_loop::submit(std::shared_ptr<publish_bundle> bundle) {
  auto drafts = bundle->take_drafts();
  auto company = bundle->company();
  // The call may outlive the loop; handlers posted to the loop may not.
  auto done = [loop = weak_from_this(), bundle = std::move(bundle)](expected<receipts> result) {
    if (auto self = loop.lock())
      boost::asio::post(self->context_, [to = self.get(), bundle, result = std::move(result)] {
        bundle->answer(*to, result);
      });
  };
  state_->backend.publish(std::make_shared<publish_call>(
    std::move(drafts), std::chrono::steady_clock::now() + options().request_deadline,
    std::move(done), std::move(company)));
}

// Answers

void event_loop::acknowledge(connection_ref to, uint64_t request, const receipt& x,
                             std::string_view id) {
  if (auto* tenant = find(to))
    tenant->answer(request, [&](std::string& out, const answer_style& style) {
      append_receipt(out, x, id, style);
    });
}

void event_loop::reply(connection_ref to, uint64_t request, std::string_view body) {
  if (auto* tenant = find(to))
    tenant->answer(request, [&](std::string& out, const answer_style& style) {
      append_answer(out, 200, body, style);
    });
}

void event_loop::answer_later(connection_ref to, uint64_t request, whole_answer x) {
  boost::asio::post(context_, [this, to, request, x = std::move(x)] {
    if (auto* tenant = find(to))
      tenant->answer(
        request, [&](std::string& out, const answer_style& style) { append_whole(out, x, style); });
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

void event_loop::refuse(connection_ref to, uint64_t request, const failure& why) {
  if (auto* tenant = find(to))
    tenant->refuse(request, {.why = why});
}

// Deadlines

void event_loop::sweep_later() {
  auto shortest = std::min({options().idle, options().receive_deadline, options().request_deadline,
                            options().write_deadline});
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
  each([now](connection& x) { x.sweep(now); });
  each_session([now](sessions::session_connection& x) { x.sweep(now); });
  flush_touched();
  report_counts();
  if (finishing_)
    check_finished();
  sweep_later();
}

void event_loop::report_counts() noexcept {
  auto& stats = *state_->backend.stats;
  auto report = [](telemetry::counter& to, uint64_t& x) {
    if (x > 0)
      to.fetch_add(std::exchange(x, 0), relaxed);
  };
  report(stats.http_requests, counts_.requests);
  report(stats.http_refused, counts_.refused);
  report(stats.bytes_in, counts_.in);
  report(stats.bytes_out, counts_.out);
  report(stats.session_bytes_out, counts_.session_out);
  report(stats.session_frames, counts_.session_frames);
  report(stats.sessions_refused, counts_.session_refused);
}

} // namespace carillon::data

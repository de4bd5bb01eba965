#include "messages/remote/client_actor.hpp"

#include "messages/actor_defaults.hpp"
#include "messages/caf_error.hpp"

#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>

#include <algorithm>
#include <utility>

namespace carillon {

namespace {

constexpr std::chrono::seconds login_deadline{10};
constexpr size_t most_in_flight = 8;
constexpr size_t batch_events = 256;
constexpr size_t batch_bytes = 512UL * 1024;

/// The node may take it later.
bool is_passing(ec code) noexcept {
  switch (code) {
  case ec::overloaded:
  case ec::quota_exceeded:
  case ec::store_unavailable:
  case ec::timeout:
  case ec::shutting_down:
  case ec::unauthenticated:
    return true;
  default:
    return false;
  }
}

/// An error of CAF itself: the connection is gone.
failure failure_of(const caf::error& x) {
  if (x.category() == caf::atom("carillon"))
    return to_failure(x);
  return {ec::shutting_down, "the connection to the node is gone", {}};
}

ec code_named(std::string_view name) noexcept {
  for (uint8_t i = 1; i < static_cast<uint8_t>(ec::count_); ++i)
    if (name_of(static_cast<ec>(i)) == name)
      return static_cast<ec>(i);
  return ec::internal;
}

} // namespace

// -- connection -------------------------------------------------------------------

void remote_client_state::init(caf::event_based_actor* self, remote_options options,
                               std::shared_ptr<remote_client_view> view,
                               std::function<void(expected<void>)> first) {
  self_ = self;
  options_ = std::move(options);
  view_ = std::move(view);
  first_ = std::move(first);
  pause_ = options_.shortest_pause;
  connect();
}

void remote_client_state::told(expected<void> x) {
  if (auto first = std::exchange(first_, nullptr))
    first(std::move(x));
}

void remote_client_state::connect() {
  auto& system = self_->system();
  auto middleman
    = options_.tls ? system.openssl_manager().actor_handle() : system.middleman().actor_handle();
  self_->request(middleman, login_deadline, caf::connect_atom_v, options_.host, options_.port)
    .then([this](const caf::node_id&, const caf::strong_actor_ptr& gate,
                 const std::set<std::string>&) { gate == nullptr ? lose() : login(gate); },
          [this](const caf::error&) { lose(); });
}

void remote_client_state::login(const caf::strong_actor_ptr& gate) {
  self_
    ->request(caf::actor_cast<remote_gate_actor>(gate), login_deadline,
              remote_login{remote_version, options_.key})
    .then(
      [this](const caf::strong_actor_ptr& session) {
        begin(caf::actor_cast<remote_session_actor>(session));
      },
      [this](const caf::error& why) {
        if (why.category() == caf::atom("carillon"))
          told(to_failure(why));
        lose();
      });
}

void remote_client_state::begin(remote_session_actor session) {
  session_ = std::move(session);
  self_->monitor(session_);
  pause_ = options_.shortest_pause;
  view_->connected = true;
  told({});
  for (const auto& x : workers_)
    self_->send(x.second, remote_worker_session{session_});
  go_on();
}

/// The session is over, or there was none: connects again after a pause.
void remote_client_state::lose() {
  view_->connected = false;
  session_ = nullptr;
  if (std::exchange(waits_, true))
    return;
  self_->delayed_send(self_, pause_, atom::tick_v, ++generation_);
  pause_ = std::min(2 * pause_, options_.longest_pause);
}

void remote_client_state::tick(uint64_t generation) {
  if (generation != generation_ || !std::exchange(waits_, false))
    return;
  if (session_ == nullptr)
    connect();
  else
    go_on();
}

void remote_client_state::on_down(const caf::actor_addr& source) {
  if (session_ != nullptr && session_.address() == source)
    lose();
}

// -- requests -------------------------------------------------------------------

void remote_client_state::finish(const remote_waiting& x, expected<receipt> result) {
  view_->waiting_bytes -= x.text.size();
  x.done(std::move(result));
}

void remote_client_state::publish(remote_client_publish x) {
  queue_.push_back(std::move(x.event));
  go_on();
}

remote_client_state::batch remote_client_state::next_batch() {
  batch out;
  size_t bytes = 0;
  while (!queue_.empty() && out.size() < batch_events
         && (out.empty() || bytes + queue_.front()->text.size() <= batch_bytes)) {
    bytes += queue_.front()->text.size();
    out.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return out;
}

void remote_client_state::go_on() {
  while (session_ != nullptr && !waits_ && !queue_.empty() && in_flight_ < most_in_flight)
    send(next_batch());
}

void remote_client_state::send(batch x) {
  remote_publish message;
  for (const auto& event : x)
    message.events += (message.events.empty() ? "[" : ",") + event->text;
  message.events += ']';
  ++in_flight_;
  auto held = std::make_shared<batch>(std::move(x));
  self_->request(session_, options_.request_deadline, std::move(message))
    .then(
      [this, held](const remote_receipts& got) {
        --in_flight_;
        take_receipts(*held, got);
        go_on();
      },
      [this, held](const caf::error& why) {
        --in_flight_;
        take_failure(std::move(*held), failure_of(why));
        go_on();
      });
}

void remote_client_state::take_receipts(const batch& x, const remote_receipts& got) {
  for (size_t i = 0; i < x.size(); ++i) {
    if (i >= got.items.size()) {
      finish(*x[i], failure{ec::internal, "the node gave no verdict", {}});
      continue;
    }
    const auto& item = got.items[i];
    if (item.code.empty())
      finish(*x[i], receipt{item.seq, item.duplicate, {}});
    else
      finish(*x[i], failure{code_named(item.code), item.detail, item.field});
  }
}

/// Sends it again if another time may be better; the ids are the same.
void remote_client_state::take_failure(batch x, const failure& why) {
  if (!is_passing(why.code)) {
    for (const auto& event : x)
      finish(*event, why);
    return;
  }
  queue_.insert(queue_.begin(), x.begin(), x.end());
  if (why.code == ec::shutting_down || why.code == ec::unauthenticated)
    lose();
  else if (!std::exchange(waits_, true))
    self_->delayed_send(self_, options_.shortest_pause, atom::tick_v, ++generation_);
}

void remote_client_state::query(remote_client_query x) {
  if (session_ == nullptr)
    return x.done(failure{ec::shutting_down, "there is no connection to the node", {}});
  self_->request(session_, options_.request_deadline, std::move(x.query))
    .then([done = x.done](remote_page& page) { done(std::move(page)); },
          [done = x.done](const caf::error& why) { done(failure_of(why)); });
}

void remote_client_state::add(remote_client_add x) {
  if (session_ != nullptr)
    self_->send(x.worker, remote_worker_session{session_});
  workers_.insert_or_assign(std::move(x.consumer), std::move(x.worker));
}

// -- actor ----------------------------------------------------------------------

caf::behavior remote_client(caf::stateful_actor<remote_client_state>* self, remote_options options,
                            std::shared_ptr<remote_client_view> view,
                            std::function<void(expected<void>)> first) {
  stay_alive(static_cast<caf::event_based_actor*>(self));
  auto* to = &self->state;
  self->set_down_handler([to](const caf::down_msg& x) { to->on_down(x.source); });
  to->init(self, std::move(options), std::move(view), std::move(first));
  return {
    [to](remote_client_publish& x) { to->publish(std::move(x)); },
    [to](remote_client_query& x) { to->query(std::move(x)); },
    [to](remote_client_add& x) { to->add(std::move(x)); },
    [self](const remote_client_stop&) { self->quit(); },
    [to](atom::tick, uint64_t generation) { to->tick(generation); },
  };
}

} // namespace carillon

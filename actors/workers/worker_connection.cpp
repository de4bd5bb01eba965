#include "actors/workers/worker_connection.hpp"

#include "messages/actor_defaults.hpp"
#include "messages/caf_error.hpp"
#include "messages/sessions/texts.hpp"

#include <caf/send.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace carillon {

namespace {

/// One message of deliveries ends after the one that exceeds this.
constexpr size_t message_bytes = 1024UL * 1024;

/// The desk never blocks.
constexpr std::chrono::seconds desk_deadline{10};

/// Forwards the input of a worker's client.
class worker_peer final : public session_peer {
public:
  explicit worker_peer(worker_actor to) : to_(std::move(to)) {
  }

  void on_text(std::string text) override {
    caf::anon_send(to_, std::move(text));
  }

  void on_writable() override {
  }

  void on_closed() override {
    caf::anon_send(to_, atom::closed_v);
  }

private:
  worker_actor to_;
};

} // namespace

worker_connection_state::~worker_connection_state() {
  // It ended, but not by its client: an internal fault.
  if (opened_.link && !ended_)
    opened_.link->close(session_close::internal, 0);
}

void worker_connection_state::init(worker_actor::pointer self, worker_desk_actor desk,
                                   open_worker opened) {
  self_ = self;
  desk_ = std::move(desk);
  opened_ = std::move(opened);
  self_->monitor(desk_);
  self_->request(desk_, desk_deadline, atom::attach_v, worker_actor{self_})
    .then([this](const worker_hello& x) { on_hello(x); },
          [this](const caf::error& why) {
            auto reason = to_failure(why);
            fail(reason, reason.code == ec::overloaded ? session_close::overloaded
                                                       : session_close::shutting_down);
          });
}

void worker_connection_state::on_hello(const worker_hello& x) {
  worker_ = x.worker;
  opened_.link->say("hello", hello_json(opened_.consumer, x, kind()));
  // Only now: commands need the worker's number.
  opened_.link->bind(std::make_shared<worker_peer>(worker_actor{self_}));
}

void worker_connection_state::on_deliveries(const handed_deliveries_ptr& x) {
  for (size_t first = 0; first < x->size() && !ended_;) {
    std::string text = R"({"op":"deliver",)";
    first += append_deliveries(text, *x, first, message_bytes);
    opened_.link->say("deliver", text + '}');
  }
}

void worker_connection_state::on_text(const std::string& text) {
  if (ended_)
    return;
  auto command = parse_worker_command(text, kind());
  if (command)
    obey(*command);
  else
    opened_.link->say("error", error_json(command.error()));
  opened_.link->took();
}

void worker_connection_state::obey(const worker_command& x) {
  if (const auto* credit = std::get_if<credit_command>(&x)) {
    self_->send(desk_, atom::room_v, worker_, credit->deliveries);
  } else if (const auto* settled = std::get_if<settle_deliveries>(&x)) {
    auto request = *settled;
    request.worker = worker_;
    self_->request(desk_, desk_deadline, std::move(request))
      .then(
        [this](const settled_deliveries& done) {
          if (!done.stale.empty() && !ended_)
            opened_.link->say("stale", stale_json(done.stale));
        },
        [this](const caf::error& why) { fail(to_failure(why), session_close::internal); });
  } else {
    self_->send(desk_, atom::drain_v, worker_);
  }
}

void worker_connection_state::on_drain() {
  if (!ended_)
    opened_.link->say("drain", R"({"op":"drain"})");
}

void worker_connection_state::on_committed(position x) {
  if (!ended_)
    opened_.link->say("acked", acked_json(x));
}

void worker_connection_state::on_closed() {
  ended_ = true;
  self_->quit();
}

void worker_connection_state::on_desk_down() {
  if (!std::exchange(ended_, true))
    opened_.link->close(session_close::shutting_down, 0);
  self_->quit();
}

void worker_connection_state::fail(const failure& why, session_close code) {
  if (!std::exchange(ended_, true))
    opened_.link->refuse(why, code, 0);
  self_->quit();
}

worker_actor::behavior_type
worker_connection(worker_actor::stateful_pointer<worker_connection_state> self,
                  worker_desk_actor desk, open_worker opened) {
  auto* st = &self->state;
  stay_alive(self);
  self->set_down_handler([st](const caf::down_msg&) { st->on_desk_down(); });
  st->init(self, std::move(desk), std::move(opened));
  return {
    [st](const handed_deliveries_ptr& x) { st->on_deliveries(x); },
    [st](atom::committed, position x) { st->on_committed(x); },
    [st](atom::drain) { st->on_drain(); },
    [st](const std::string& text) { st->on_text(text); },
    [st](atom::closed) { st->on_closed(); },
  };
}

} // namespace carillon

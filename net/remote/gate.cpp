#include "net/remote/gate.hpp"

#include "messages/actor_defaults.hpp"
#include "messages/caf_error.hpp"

#include <utility>

namespace carillon::remote {

namespace {

constexpr std::chrono::milliseconds sweep_interval{500};
constexpr size_t most_sessions_of_peer = 16;

} // namespace

void gate_state::init(own_gate_actor::pointer self, port_env_ptr env) {
  self_ = self;
  env_ = std::move(env);
  tick();
}

void gate_state::tick() {
  if (closing_)
    return;
  env_->peers.sweep(peer::clock::now());
  self_->delayed_send(self_, sweep_interval, atom::tick_v);
}

/// Tells it to the operator, and returns it for the peer.
failure gate_state::refuse(const peer& from, failure why) {
  auto& stats = *env_->backend.stats;
  ++stats.remote.refused[static_cast<size_t>(remote_refusal::login)];
  if (env_->backend.report)
    env_->backend.report("CAF peer " + from.name() + ": no session: " + why.detail);
  if (why.code != ec::unauthenticated)
    return why;
  ++stats.logins_failed;
  if (env_->backend.on_refused)
    env_->backend.on_refused(
      {.why = why, .who = {}, .action = "remote_login", .ip = from.ip(), .source = "/caf"});
  return why;
}

caf::result<caf::strong_actor_ptr> gate_state::login(const remote_login& x) {
  auto sender = self_->current_sender();
  auto from = sender == nullptr ? nullptr : env_->peers.find(sender->node());
  if (from == nullptr)
    return to_error({ec::unauthenticated, "the connection is gone", {}});
  from->actors().took(self_->id());
  if (env_->stopping || closing_)
    return to_error({ec::shutting_down, "the node is shutting down", {}});
  if (x.version != remote_version)
    return to_error(refuse(*from, {ec::invalid_argument,
                                   "version " + std::to_string(x.version)
                                     + " of the messages is not known here; it is "
                                     + std::to_string(remote_version),
                                   "version"}));
  auto credentials = "Bearer " + x.key;
  auto who = env_->backend.keys->authenticate(credentials);
  if (!who)
    return to_error(refuse(*from, who.error()));
  if (from->actors().sessions() >= most_sessions_of_peer)
    return to_error(
      refuse(*from, {ec::overloaded,
                     "a process has at most " + std::to_string(most_sessions_of_peer) + " sessions",
                     {}}));
  auto made = self_->spawn(
    session, session_start{env_, from, std::move(credentials), caf::strong_actor_ptr{sender}});
  from->actors().own(made.id());
  self_->monitor(made);
  auto handle = caf::actor_cast<caf::strong_actor_ptr>(made);
  sessions_.emplace(made.address(), std::move(made));
  return handle;
}

void gate_state::on_down(const caf::down_msg& x) {
  sessions_.erase(x.source);
  if (closing_ && sessions_.empty())
    self_->quit();
}

void gate_state::close() {
  closing_ = true;
  for (const auto& x : sessions_)
    caf::anon_send(x.second, atom::close_v);
  if (sessions_.empty())
    self_->quit();
}

own_gate_actor::behavior_type gate(own_gate_actor::stateful_pointer<gate_state> self,
                                   port_env_ptr env) {
  stay_alive(self);
  auto* to = &self->state;
  self->set_down_handler([to](const caf::down_msg& x) { to->on_down(x); });
  self->state.init(self, std::move(env));
  return {
    [to](const remote_login& x) { return to->login(x); },
    [to](atom::tick) { to->tick(); },
    [to](atom::close) { to->close(); },
  };
}

} // namespace carillon::remote

#pragma once

#include "net/remote/session.hpp"

#include <map>

namespace carillon::remote {

/// The gate, with what comes from inside of the port.
using own_gate_actor
  = remote_gate_actor::extend<caf::reacts_to<atom::tick>, caf::reacts_to<atom::close>>;

/// State of the REMOTE GATE: opens sessions, and looks after the connections.
class gate_state {
public:
  static constexpr const char* name = "carillon.remote_gate";

  gate_state() = default;

  void init(own_gate_actor::pointer self, port_env_ptr env);

  caf::result<caf::strong_actor_ptr> login(const remote_login& x);
  void tick();
  void on_down(const caf::down_msg& x);
  /// Ends all sessions, and itself when they have ended.
  void close();

private:
  failure refuse(const peer& from, failure why);

  own_gate_actor::pointer self_ = nullptr;
  port_env_ptr env_;
  bool closing_ = false;
  std::map<caf::actor_addr, own_session_actor> sessions_;
};

own_gate_actor::behavior_type gate(own_gate_actor::stateful_pointer<gate_state> self,
                                   port_env_ptr env);

} // namespace carillon::remote

#pragma once

#include "messages/access/principal.hpp"
#include "messages/remote/interfaces.hpp"
#include "net/remote/door.hpp"
#include "net/remote/port_env.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace carillon::remote {

/// A session, with what comes from inside of the port.
using own_session_actor
  = remote_session_actor::extend<caf::reacts_to<remote_task_ptr>, caf::reacts_to<atom::close>>;

/// A session as its gate makes it.
struct session_start {
  port_env_ptr env;
  peer_ptr peer;
  /// As in an `Authorization` header.
  std::string credentials;
  /// Ends the session with its own end.
  caf::strong_actor_ptr owner;
};

/// State of a REMOTE SESSION: one login of a peer.
class session_state {
public:
  static constexpr const char* name = "carillon.remote_session";

  session_state() = default;
  session_state(const session_state&) = delete;
  session_state& operator=(const session_state&) = delete;
  ~session_state();

  void init(own_session_actor::pointer self, session_start x);

  // -- requests of the peer -------------------------------------------------------

  caf::result<remote_receipts> publish(const remote_publish& x);
  caf::result<remote_page> query(const remote_query& x);
  caf::result<remote_subscribed> subscribe(const remote_subscribe& x);
  caf::result<remote_acknowledged> acknowledge(const remote_acknowledge& x);
  caf::result<remote_acknowledged> unsubscribe(const remote_unsubscribe& x);

  // -- callbacks ------------------------------------------------------------------

  /// From the hub, for the link: events or the end of a subscription.
  void deliver(const remote_link* from, remote_events x);
  void end(const remote_link* from, remote_ended x);

private:
  /// A request under way; its end gives its places back. May outlive the session.
  struct ticket {
    ticket(port_env_ptr of, bound_lease held);
    ticket(const ticket&) = delete;
    ticket& operator=(const ticket&) = delete;
    ~ticket();

    port_env_ptr env;
    bound_lease bytes;
  };

  struct admission {
    principal who;
    std::shared_ptr<ticket> held;
  };

  struct subscriber {
    subscription_name consumer;
    remote_link_ptr link;
    caf::strong_actor_ptr to;
  };

  expected<admission> admit(size_t bytes);
  template <class T, class Answer, class Make>
  std::function<void(expected<T>)> answering(caf::typed_response_promise<Answer> to,
                                             std::shared_ptr<ticket> held, Make make);
  expected<subscriber> subscriber_named(const std::string& consumer) const;
  void close(const subscriber& x);

  own_session_actor::pointer self_ = nullptr;
  session_start start_;
  door_ptr door_;
  size_t in_flight_ = 0;
  std::map<std::string, subscriber> subscribers_;
};

own_session_actor::behavior_type session(own_session_actor::stateful_pointer<session_state> self,
                                         session_start x);

} // namespace carillon::remote

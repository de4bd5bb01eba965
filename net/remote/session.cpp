#include "net/remote/session.hpp"

#include "messages/actor_defaults.hpp"
#include "messages/caf_error.hpp"
#include "net/remote/remote_text.hpp"

#include <exception>
#include <utility>

namespace carillon::remote {

namespace {

constexpr size_t page_bytes = 2UL * 1024 * 1024;
constexpr size_t most_subscriptions = 16;

/// What a request weighs beside its text.
constexpr size_t request_bytes = 256;

/// Hands what the hub sends to the session.
class session_link_of final : public remote_link {
public:
  session_link_of(door_ptr to, session_state* session, std::string consumer)
    : to_(std::move(to)), session_(session), consumer_(std::move(consumer)) {
  }

  void send(const std::vector<event_ptr>& events, position up_to) override {
    auto message = std::make_shared<remote_events>();
    message->consumer = consumer_;
    message->up_to = up_to;
    message->events.reserve(events.size());
    for (const auto& x : events)
      message->events.push_back(json_of(*x));
    // The session exists while the door is open, and runs the task.
    to_->post(
      [session = session_, link = this, message] { session->deliver(link, std::move(*message)); });
  }

  void end(const failure& why) override {
    remote_ended message{consumer_, std::string{name_of(why.code)}, why.detail};
    to_->post([session = session_, link = this, message] { session->end(link, message); });
  }

private:
  door_ptr to_;
  session_state* session_;
  const std::string consumer_;
};

} // namespace

// -- its begin and end ------------------------------------------------------------

session_state::ticket::ticket(port_env_ptr of, bound_lease held)
  : env(std::move(of)), bytes(std::move(held)) {
  ++env->requests;
}

session_state::ticket::~ticket() {
  --env->requests;
}

void session_state::init(own_session_actor::pointer self, session_start x) {
  self_ = self;
  start_ = std::move(x);
  door_ = std::make_shared<door>(task_actor{own_session_actor{self}});
  self_->monitor(start_.owner);
  ++start_.env->backend.stats->remote.sessions;
}

session_state::~session_state() {
  if (door_ == nullptr)
    return;
  door_->close();
  for (const auto& x : subscribers_)
    close(x.second);
  start_.peer->actors().ended(self_->id());
  --start_.env->backend.stats->remote.sessions;
}

void session_state::close(const subscriber& x) {
  start_.env->calls.subscriptions(close_remote_subscription{x.consumer, x.link.get(), {}});
}

// -- requests -------------------------------------------------------------------

expected<session_state::admission> session_state::admit(size_t bytes) {
  start_.peer->actors().took(self_->id());
  auto& env = *start_.env;
  ++env.backend.stats->remote.requests;
  auto sender = self_->current_sender();
  if (sender == nullptr || sender->node() != start_.peer->node())
    return failure{ec::forbidden, "this session belongs to another process", {}};
  if (env.stopping)
    return failure{ec::shutting_down, "the node is shutting down", {}};
  auto who = env.backend.keys->authenticate(start_.credentials);
  if (!who)
    return who.error();
  if (in_flight_ >= remote_requests_in_flight)
    return failure{ec::overloaded,
                   std::to_string(in_flight_) + " requests of this session wait for answers",
                   {}};
  if (start_.peer->unsent() > peer::patient_unsent_bytes)
    return failure{ec::overloaded, "earlier answers are not taken", {}};
  auto held = bound_lease::take(env.bytes, who->company_id, bytes + request_bytes);
  if (!held)
    return held.error();
  return admission{std::move(*who), std::make_shared<ticket>(start_.env, std::move(*held))};
}

/// A callback for the engine that answers the peer.
/// @param make makes the answer of the value
template <class T, class Answer, class Make>
std::function<void(expected<T>)> session_state::answering(caf::typed_response_promise<Answer> to,
                                                          std::shared_ptr<ticket> held, Make make) {
  ++in_flight_;
  return [this, door = door_, to, held = std::move(held), make](expected<T> x) mutable {
    auto result = std::make_shared<expected<T>>(std::move(x));
    door->post([this, to, held = std::move(held), make, result]() mutable {
      --in_flight_;
      if (*result)
        to.deliver(make(**result));
      else
        to.deliver(to_error(result->error()));
    });
  };
}

caf::result<remote_receipts> session_state::publish(const remote_publish& x) {
  auto admitted = admit(x.events.size());
  if (!admitted)
    return to_error(admitted.error());
  const auto& who = admitted->who;
  if (!who.may_publish())
    return to_error({ec::forbidden, "this API key may not publish", {}});
  const auto& env = *start_.env;
  auto parsed = parse_publish(x.events,
                              {.types = env.backend.types,
                               .accept_unknown_types = env.options.accept_unknown_types,
                               .now = wall_clock_now(),
                               .company_id = who.company_id},
                              who, env.options.batch_items);
  if (!parsed)
    return to_error(parsed.error());
  if (parsed->drafts.empty())
    return std::move(parsed->verdicts);
  auto promise = self_->make_response_promise<remote_receipts>();
  auto make = [verdicts = std::move(parsed->verdicts)](const receipts& got) {
    return filled(verdicts, got);
  };
  start_.env->calls.publish(
    std::move(parsed->drafts), who.company_id,
    answering<receipts>(promise, std::move(admitted->held), std::move(make)));
  return promise;
}

caf::result<remote_page> session_state::query(const remote_query& x) {
  auto admitted = admit(page_bytes);
  if (!admitted)
    return to_error(admitted.error());
  if (!admitted->who.may_read())
    return to_error({ec::forbidden, "this API key may not read", {}});
  auto request = parse_query(x, admitted->who);
  if (!request)
    return to_error(request.error());
  auto promise = self_->make_response_promise<remote_page>();
  start_.env->calls.query(
    std::move(*request),
    answering<query_page_ptr>(promise, std::move(admitted->held), [](const query_page_ptr& page) {
      return page_of(*page, page_bytes);
    }));
  return promise;
}

// -- subscriptions ----------------------------------------------------------------

caf::result<remote_subscribed> session_state::subscribe(const remote_subscribe& x) {
  auto admitted = admit(x.types.size());
  if (!admitted)
    return to_error(admitted.error());
  if (!admitted->who.may_read())
    return to_error({ec::forbidden, "this API key may not read", {}});
  auto filter = parse_subscription(x, admitted->who);
  if (!filter)
    return to_error(filter.error());
  if (subscribers_.count(x.consumer) == 0 && subscribers_.size() >= most_subscriptions)
    return to_error(
      {ec::overloaded,
       "a session has at most " + std::to_string(most_subscriptions) + " subscriptions",
       {}});
  subscriber made{{admitted->who.company_id, x.consumer},
                  std::make_shared<session_link_of>(door_, this, x.consumer),
                  caf::actor_cast<caf::strong_actor_ptr>(self_->current_sender())};
  if (auto i = subscribers_.find(x.consumer); i != subscribers_.end())
    close(i->second);
  subscribers_[x.consumer] = made;
  auto promise = self_->make_response_promise<remote_subscribed>();
  auto opened = answering<position>(promise, std::move(admitted->held),
                                    [](position cursor) { return remote_subscribed{cursor}; });
  start_.env->calls.subscriptions(open_remote_subscription{
    made.consumer, std::move(*filter), x.from_beginning, x.credit, made.link, std::move(opened)});
  return promise;
}

/// Errors: `not_found`.
expected<session_state::subscriber>
session_state::subscriber_named(const std::string& consumer) const {
  auto i = subscribers_.find(consumer);
  if (i == subscribers_.end())
    return failure{ec::not_found, "this session has no such subscription, or has it no more",
                   "consumer"};
  return i->second;
}

caf::result<remote_acknowledged> session_state::acknowledge(const remote_acknowledge& x) {
  auto admitted = admit(0);
  if (!admitted)
    return to_error(admitted.error());
  auto found = subscriber_named(x.consumer);
  if (!found)
    return to_error(found.error());
  auto promise = self_->make_response_promise<remote_acknowledged>();
  auto done = answering<position>(promise, std::move(admitted->held),
                                  [consumer = x.consumer](position cursor) {
                                    return remote_acknowledged{consumer, cursor};
                                  });
  start_.env->calls.subscriptions(
    acknowledge_remote{found->consumer, found->link.get(), x.up_to, std::move(done)});
  return promise;
}

caf::result<remote_acknowledged> session_state::unsubscribe(const remote_unsubscribe& x) {
  auto admitted = admit(0);
  if (!admitted)
    return to_error(admitted.error());
  auto found = subscriber_named(x.consumer);
  if (!found)
    return to_error(found.error());
  subscribers_.erase(x.consumer);
  auto promise = self_->make_response_promise<remote_acknowledged>();
  auto done = answering<position>(promise, std::move(admitted->held),
                                  [consumer = x.consumer](position cursor) {
                                    return remote_acknowledged{consumer, cursor};
                                  });
  start_.env->calls.subscriptions(
    close_remote_subscription{found->consumer, found->link.get(), std::move(done)});
  return promise;
}

void session_state::deliver(const remote_link* from, remote_events x) {
  auto i = subscribers_.find(x.consumer);
  if (i == subscribers_.end() || i->second.link.get() != from)
    return;
  // A key that was revoked reads no more.
  if (auto who = start_.env->backend.keys->authenticate(start_.credentials); !who) {
    close(i->second);
    return end(from, {x.consumer, std::string{name_of(who.error().code)}, who.error().detail});
  }
  start_.env->backend.stats->remote.events += x.events.size();
  caf::anon_send(caf::actor_cast<caf::actor>(i->second.to), std::move(x));
}

void session_state::end(const remote_link* from, remote_ended x) {
  auto i = subscribers_.find(x.consumer);
  if (i == subscribers_.end() || i->second.link.get() != from)
    return;
  auto to = caf::actor_cast<caf::actor>(i->second.to);
  subscribers_.erase(i);
  caf::anon_send(to, std::move(x));
}

// -- actor ----------------------------------------------------------------------

own_session_actor::behavior_type session(own_session_actor::stateful_pointer<session_state> self,
                                         session_start start) {
  stay_alive(self);
  // The default prints to standard output. The session ends in any case.
  self->set_exception_handler(
    [](std::exception_ptr&) -> caf::error { return caf::exit_reason::unhandled_exception; });
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  self->state.init(self, std::move(start));
  auto* to = &self->state;
  return {
    [to](const remote_publish& x) { return to->publish(x); },
    [to](const remote_query& x) { return to->query(x); },
    [to](const remote_subscribe& x) { return to->subscribe(x); },
    [to](const remote_acknowledge& x) { return to->acknowledge(x); },
    [to](const remote_unsubscribe& x) { return to->unsubscribe(x); },
    [](const remote_task_ptr& x) { x->run(); },
    [self](atom::close) { self->quit(); },
  };
}

} // namespace carillon::remote

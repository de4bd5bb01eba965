#pragma once

#include "messages/bounds.hpp"
#include "messages/engine_handles.hpp"
#include "net/data/notifications/notification_access.hpp"

#include <caf/fwd.hpp>

namespace carillon {

/// Asks the state actors: the reader for lists, so that they delay no commit, the writer for
/// changes. Each request has an actor of its own, which lives until the answer or the deadline.
class state_notifications final : public notification_access {
public:
  /// Requests in progress of all users, which companies share; the actors' mailboxes have no bound.
  static constexpr size_t most_requests = 256;
  /// How long an actor may take to answer.
  static constexpr std::chrono::milliseconds default_timeout{5'000};

  /// @param system outlives it
  /// @param actors without the two for contacts and notifications, every request is answered
  ///        `store_unavailable`
  /// @param shared gets the bound `notification requests`
  state_notifications(caf::actor_system& system, const engine_handles& actors, bounds& shared,
                      std::chrono::milliseconds timeout = default_timeout);

  void ask(list_notifications x, time_point until, reply<notification_list> to) override;
  void ask(get_notification x, time_point until, reply<notification> to) override;
  void ask(read_notifications x, time_point until, reply<uint64_t> to) override;

private:
  template <class Request>
  void send(const notification_store_actor& whom, Request x, time_point until,
            reply<typename Request::answer> to);

  caf::actor_system& system_;
  notification_store_actor reader_;
  notification_store_actor writer_;
  bound_ptr places_;
  std::chrono::milliseconds timeout_;
};

} // namespace carillon

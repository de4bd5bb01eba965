#pragma once

#include "messages/bounds.hpp"
#include "messages/codec/codec.hpp"
#include "messages/engine_handles.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <cstddef>
#include <functional>

namespace carillon {

/// Publishers' calls about events that wait for their time, as requests to the SCHEDULER and to the
/// state. No call blocks; each is answered once, on a thread of the actor system. Thread-safe.
/// Errors: those of the request, `store_unavailable`, `overloaded`, `quota_exceeded`, `timeout`,
/// `shutting_down`.
class delay_calls {
public:
  using time_point = std::chrono::steady_clock::time_point;

  template <class T>
  using reply = std::function<void(expected<T>)>;

  /// Requests in progress, which companies share; the actors' mailboxes have no bound.
  static constexpr size_t most_requests = 256;

  /// @param system, types outlive it
  /// @param shared gets the bound `delayed event requests`
  delay_calls(caf::actor_system& system, const engine_handles& actors, bounds& shared,
              const type_registry& types, bool accept_unknown_types);

  /// As events are parsed now. The company outlives the context.
  parse_context parsing(std::string_view company) const;

  /// @param company that the caller is bound to; empty = none
  void put(put_delayed x, const std::string& company, time_point until, reply<delayed_event> to);
  void show(get_delayed x, time_point until, reply<delayed_event> to);
  void cancel(cancel_delayed x, time_point until, reply<atom::done> to);

private:
  template <class Handle, class Request>
  void send(const Handle& whom, Request x, const std::string& company, time_point until,
            reply<reply_of<Request>> to);

  caf::actor_system& system_;
  scheduler_actor scheduler_;
  schedule_store_actor reader_;
  bound_ptr places_;
  const type_registry& types_;
  bool accept_unknown_types_;
};

} // namespace carillon

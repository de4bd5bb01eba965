#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "messages/ids.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <doctest/doctest.h>

#include <chrono>

namespace carillon::test {

/// An actor system without threads: nothing runs, and no time passes, until the test asks for it.
class deterministic {
  struct config : caf::actor_system_config {
    config() {
      add_message_types<caf::id_block::carillon>();
      set("scheduler.policy", caf::atom("testing"));
    }
  };

  config cfg_;

public:
  caf::actor_system sys{cfg_};
  caf::scoped_actor self{sys, true};
  caf::scheduler::test_coordinator& sched
    = dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler());

  /// The wall clock of this world: tied to the virtual one.
  timestamp now() {
    auto t = sched.clock().now().time_since_epoch();
    return from_micros(1'800'000'000'000'000)
           + std::chrono::duration_cast<std::chrono::microseconds>(t);
  }

  /// Delivers queued messages until none is left; returns how many.
  size_t deliver() {
    size_t n = 0;
    while (sched.try_run_once())
      ++n;
    return n;
  }

  /// Advances the clock and delivers all messages that became due.
  void pass(caf::timespan t) {
    sched.advance_time(t);
    deliver();
  }

  /// The same in steps, for actors that set their next timer when the last one has fired.
  void pass_in_steps(caf::timespan total, caf::timespan step) {
    for (caf::timespan t{0}; t < total; t += step)
      pass(step);
  }

  /// Sends a request, delivers, and returns value or error.
  template <class R, class Handle, class... Ts>
  caf::expected<R> ask(const Handle& to, Ts&&... xs) {
    caf::expected<R> out{caf::sec::request_timeout};
    auto rh = self->request(to, std::chrono::seconds(1), std::forward<Ts>(xs)...);
    deliver();
    sched.advance_time(std::chrono::seconds(1)); // unblocks the test without an answer
    rh.receive([&](R x) { out = std::move(x); }, [&](caf::error& e) { out = std::move(e); });
    return out;
  }

  /// Reads the state of a running stateful actor.
  template <class State, class... Sigs>
  State& state_of(const caf::typed_actor<Sigs...>& x) {
    using ptr = typename caf::typed_actor<Sigs...>::template stateful_pointer<State>;
    return caf::actor_cast<ptr>(x)->state;
  }

  /// Sends an exit message and delivers it; call it for every spawned actor.
  template <class Handle>
  void stop(const Handle& x) {
    self->send_exit(x, caf::exit_reason::user_shutdown);
    deliver();
  }
};

} // namespace carillon::test

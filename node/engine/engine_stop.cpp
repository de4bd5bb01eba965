#include "node/engine/engine_parts.hpp"

#include "messages/ask.hpp"

#include <caf/scoped_actor.hpp>

// The end of an engine: publishers first, then those that follow the log, the connections last.

namespace carillon {

namespace {

/// Ends an actor and waits until its state is gone. The handle stays: late publishers may still use
/// it, and are answered when their call is dropped.
template <class Handle>
bool end(caf::scoped_actor& self, const Handle& x, std::chrono::steady_clock::time_point deadline) {
  if (x == nullptr)
    return true;
  self->monitor(x);
  self->send_exit(x, caf::exit_reason::user_shutdown);
  bool down = false;
  bool late = false;
  // An actor that missed an earlier deadline may end now: its message does not count for this one.
  while (!down && !late) {
    auto left = std::max(deadline - std::chrono::steady_clock::now(),
                         std::chrono::steady_clock::duration{0});
    self->receive([&](const caf::down_msg& y) { down = y.source == x; },
                  caf::after(std::chrono::duration_cast<caf::timespan>(left)) >>
                    [&] { late = true; });
  }
  return down;
}

template <class Handle>
bool drain(caf::actor_system& sys, const Handle& x,
           std::chrono::steady_clock::time_point deadline) {
  auto left
    = std::max(deadline - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration{0});
  return ask<void>(sys, x, std::chrono::duration_cast<std::chrono::milliseconds>(left),
                   atom::drain_v)
    .has_value();
}

} // namespace

bool engine::parts::stop(std::chrono::milliseconds grace) {
  if (stopped.exchange(true))
    return true;
  faults->close();
  auto deadline = std::chrono::steady_clock::now() + grace;
  hold_watch.reset();
  caf::scoped_actor self{sys, true};
  bool ok = true;
  if (follower != nullptr)
    follower->stop();
  if (router != nullptr)
    ok &= drain(sys, router, deadline);
  if (sessions != nullptr)
    ok &= drain(sys, sessions, deadline);
  if (supervisor != nullptr)
    ok &= drain(sys, supervisor, deadline);
  if (webhooks != nullptr)
    ok &= drain(sys, webhooks, deadline);
  // After the handlers: no more jobs are enqueued.
  if (jobs != nullptr)
    ok &= drain(sys, jobs, deadline);
  // The stop does not wait for mails under way.
  if (queues.stop != nullptr)
    queues.stop->store(true);
  ok &= end(self, jobs, deadline);
  trimmer.reset();
  if (announcements != nullptr)
    ok &= drain(sys, announcements, deadline);
  ok &= end(self, announcements, deadline);
  ok &= end(self, webhooks, deadline);
  ok &= end(self, sessions, deadline);
  if (client != nullptr)
    client->stop();
  ok &= end(self, supervisor, deadline);
  ok &= end(self, router, deadline);
  ok &= end(self, index, deadline);
  ok &= end(self, checkpoints, deadline);
  ok &= end(self, watcher, deadline);
  ok &= end(self, writer, deadline);
  ok &= end(self, feeder, deadline);
  ok &= end(self, counter, deadline);
  ok &= end(self, session_reader, deadline);
  ok &= end(self, job_reader, deadline);
  for (auto& x : readers)
    ok &= end(self, x, deadline);
  ok &= end(self, state_reader, deadline);
  ok &= end(self, state_writer, deadline);
  if (ok)
    store.reset();
  else
    static_cast<void>(store.release()); // a thread that hangs may still use it
  return ok;
}

} // namespace carillon

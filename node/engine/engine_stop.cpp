#include "node/engine/engine_parts.hpp"

#include "messages/ask.hpp"
#include "node/engine/system_engines.hpp"

#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <future>

// The end of an engine: publishers first, then those that follow the log, the connections last.

namespace carillon {

namespace {

/// Of the time to stop, this much is left for the ends of the actors.
constexpr std::chrono::milliseconds end_grace{1'000};

/// What handlers have in progress when another node has the store can never be committed: it is not
/// waited for longer than this.
constexpr std::chrono::milliseconds superseded_grace{250};

/// A collector that hangs holds no stop longer.
constexpr std::chrono::milliseconds most_for_traces{1'000};

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
  auto done
    = ask<void>(sys, x, std::chrono::duration_cast<std::chrono::milliseconds>(left), atom::drain_v);
  // An actor that has ended already, which may be why the engine stops, holds nothing.
  return done || done.error().code == ec::shutting_down;
}

} // namespace

bool engine::parts::stop(std::chrono::milliseconds grace) {
  // A second caller gets the answer of the first.
  std::lock_guard guard{stopping};
  if (stopped)
    return *stopped;
  // An actor may stop the engine, or have the last handle, but must not wait for other actors. The
  // system has a second thread for these.
  stopped = is_scheduler_thread(sys)
              ? std::async(std::launch::async, [&] { return end_all(grace); }).get()
              : end_all(grace);
  if (auto* all = system_engines::of(sys))
    all->stopped(*this);
  return *stopped;
}

void engine::parts::release() {
  static_cast<engine_actors&>(*this) = engine_actors{};
  relays.clear();
  queues = {};
  watched.release();
}

bool engine::parts::end_all(std::chrono::milliseconds grace) {
  watched.faults()->close();
  auto deadline = std::chrono::steady_clock::now() + grace;
  // If one of them cannot finish, the others still end, and the store is closed.
  auto drained_by = deadline - std::min(grace / 4, end_grace);
  const auto superseded = watched.faults()->superseded();
  if (superseded)
    drained_by = std::min(drained_by, std::chrono::steady_clock::now() + superseded_grace);
  hold_watch.reset();
  caf::scoped_actor self{sys, true};
  bool drained = true;
  bool ended = true;
  if (follower != nullptr)
    follower->stop();
  for (auto& x : relays)
    x->stop();
  ended &= end(self, alerts, deadline);
  if (schedules != nullptr)
    drained &= drain(sys, schedules, drained_by);
  ended &= end(self, schedules, deadline);
  if (router != nullptr)
    drained &= drain(sys, router, drained_by);
  if (sessions != nullptr)
    drained &= drain(sys, sessions, drained_by);
  // The router has answered for their last rows.
  for (auto& x : movers)
    ended &= end(self, x, deadline);
  // Workers settle what they have, and take no more.
  if (workers != nullptr)
    drained &= drain(sys, workers, drained_by);
  if (queue_workers != nullptr)
    drained &= drain(sys, queue_workers, drained_by);
  if (supervisor != nullptr)
    drained &= drain(sys, supervisor, drained_by);
  if (measures != nullptr)
    drained &= drain(sys, measures, drained_by);
  if (webhooks != nullptr)
    drained &= drain(sys, webhooks, drained_by);
  // After the handlers: no more jobs are enqueued.
  if (jobs != nullptr)
    drained &= drain(sys, jobs, drained_by);
  // The stop does not wait for mails under way.
  if (queues.stop != nullptr)
    queues.stop->store(true);
  // Nor for documents that wait for a standby of the database: their jobs are tried again.
  documents.stop_writes();
  ended &= end(self, jobs, deadline);
  documents.end_work();
  if (announcements != nullptr)
    drained &= drain(sys, announcements, drained_by);
  ended &= end(self, announcements, deadline);
  ended &= end(self, measures, deadline);
  ended &= end(self, inbound, deadline);
  ended &= end(self, webhooks, deadline);
  ended &= end(self, sessions, deadline);
  if (client != nullptr)
    client->stop();
  // After the handlers: the last head covers what the consumer of leaves has committed.
  if (sealer != nullptr)
    drained &= drain(sys, sealer, drained_by);
  ended &= end(self, sealer, deadline);
  if (evidence.witness_client != nullptr)
    evidence.witness_client->stop();
  ended &= end(self, supervisor, deadline);
  ended &= end(self, workers, deadline);
  ended &= end(self, queue_workers, deadline);
  ended &= end(self, router, deadline);
  ended &= end(self, index, deadline);
  ended &= end(self, checkpoints, deadline);
  ended &= end(self, watcher, deadline);
  ended &= end(self, writer, deadline);
  ended &= end(self, feeder, deadline);
  ended &= end(self, counter, deadline);
  ended &= end(self, session_reader, deadline);
  ended &= end(self, job_reader, deadline);
  for (auto& x : readers)
    ended &= end(self, x, deadline);
  ended &= end(self, state_reader.consumers, deadline);
  ended &= end(self, state_writer.consumers, deadline);
  // Last: the others have made their spans.
  if (traces != nullptr)
    traces->stop(std::clamp(std::chrono::duration_cast<std::chrono::milliseconds>(
                              deadline - std::chrono::steady_clock::now()),
                            std::chrono::milliseconds{0}, most_for_traces));
  if (ended)
    store.reset();
  else
    static_cast<void>(store.release()); // a thread that hangs may still use it
  return (drained || superseded) && ended;
}

} // namespace carillon

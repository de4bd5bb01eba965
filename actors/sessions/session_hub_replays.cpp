#include "actors/sessions/session_hub.hpp"

namespace carillon {

namespace {

/// Pages of replays that may wait; each replay has one.
constexpr size_t max_waiting = 100;

} // namespace

caf::result<atom::done> session_hub_state::replay(const replay_request& x) {
  if (draining_)
    return to_error({ec::shutting_down, "the node is shutting down", {}});
  if (replays_.size() >= max_waiting)
    return to_error({ec::overloaded, "too many replays wait", {}});
  auto promise = self_->make_response_promise<atom::done>();
  replays_.push_back({x, 0, promise});
  if (replays_.size() == 1)
    replay_next();
  return promise;
}

void session_hub_state::replay_next() {
  while (!replays_.empty() && replay_awaited_ == 0) {
    auto& job = replays_.front();
    if (job.next < job.what.events->size()) {
      replay_segment();
      continue;
    }
    auto promise = job.promise;
    replays_.pop_front();
    promise.deliver(atom::done_v);
  }
}

/// Sends the next segment to every session, and goes on when each has sent it or its time is up: a
/// client that does not read delays a replay for that long, and then misses it.
void session_hub_state::replay_segment() {
  auto& job = replays_.front();
  const auto& events = *job.what.events;
  std::vector<live_event_ptr> segment;
  size_t bytes = 0;
  for (; job.next < events.size() && segment.size() < env_.options.segment_events
         && bytes < env_.options.segment_bytes;
       ++job.next) {
    segment.push_back(std::make_shared<const live_event>(events[job.next], job.what.replay_id,
                                                         env_.options.session.metadata));
    bytes += footprint_bytes(*events[job.next]);
  }
  // Most sessions see the same part of it.
  live_segment_ptr last;
  for (const auto& [id, x] : index_.all()) {
    std::vector<live_event_ptr> seen;
    for (const auto& y : segment)
      if (may_see(x->info.who, y->get()))
        seen.push_back(y);
    if (seen.empty())
      continue;
    if (!last || last->events() != seen)
      last = std::make_shared<const live_segment>(std::move(seen), 0);
    ++replay_awaited_;
    auto answered = [this] {
      if (--replay_awaited_ == 0)
        replay_next();
    };
    self_->request(x->handle, env_.options.session.slow_grace, atom::replay_v, last)
      .then([answered](atom::done) { answered(); }, [answered](const caf::error&) { answered(); });
  }
}

void session_hub_state::end_replays(const failure& why) {
  for (auto& x : std::exchange(replays_, {}))
    x.promise.deliver(to_error(why));
}

} // namespace carillon

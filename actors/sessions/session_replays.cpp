#include "actors/sessions/session_replays.hpp"

#include "messages/events/viewer.hpp"

#include <utility>

namespace carillon {

namespace {

/// Pages of replays that may wait; each replay has one.
constexpr size_t max_waiting = 100;

} // namespace

session_replays::session_replays(session_hub_actor::pointer self, const session_index& sessions,
                                 const session_hub_options& options)
  : self_(self), sessions_(sessions), options_(options) {
}

caf::result<atom::done> session_replays::add(const replay_request& x) {
  if (waiting_.size() >= max_waiting)
    return to_error({ec::overloaded, "too many replays wait", {}});
  auto promise = self_->make_response_promise<atom::done>();
  waiting_.push_back({x, 0, promise});
  if (waiting_.size() == 1)
    go_on();
  return promise;
}

void session_replays::go_on() {
  while (!waiting_.empty() && awaited_ == 0) {
    auto& first = waiting_.front();
    if (first.next < first.what.events->size()) {
      send_segment();
      continue;
    }
    auto promise = first.promise;
    waiting_.pop_front();
    promise.deliver(atom::done_v);
  }
}

/// Sends the next segment to every session, and goes on when each has sent it or its time is up: a
/// client that does not read delays a replay for that long, and then misses it.
void session_replays::send_segment() {
  auto& first = waiting_.front();
  const auto& events = *first.what.events;
  std::vector<live_event_ptr> segment;
  size_t bytes = 0;
  for (; first.next < events.size() && segment.size() < options_.segment_events
         && bytes < options_.segment_bytes;
       ++first.next) {
    segment.push_back(std::make_shared<const live_event>(events[first.next], first.what.replay_id,
                                                         options_.session.metadata));
    bytes += footprint_bytes(*events[first.next]);
  }
  // Most sessions see the same part of it.
  live_segment_ptr last;
  for (const auto& [id, x] : sessions_.all()) {
    // A log stream has each event once.
    if (x->is_log_stream())
      continue;
    std::vector<live_event_ptr> seen;
    for (const auto& y : segment)
      if (may_see(x->info.who, y->get()))
        seen.push_back(y);
    if (seen.empty())
      continue;
    if (!last || last->events() != seen)
      last = std::make_shared<const live_segment>(std::move(seen), 0);
    ++awaited_;
    auto answered = [this] {
      if (--awaited_ == 0)
        go_on();
    };
    self_->request(x->handle, options_.session.slow_grace, atom::replay_v, last)
      .then([answered](atom::done) { answered(); }, [answered](const caf::error&) { answered(); });
  }
}

void session_replays::end(const failure& why) {
  for (auto& x : std::exchange(waiting_, {}))
    x.promise.deliver(to_error(why));
}

} // namespace carillon

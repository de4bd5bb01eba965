#include "actors/log_writer.hpp"

#include "actors/actor_defaults.hpp"

namespace carillon {

caf::result<append_result_ptr> log_writer_state::enqueue(const append_request& x) {
  // Behind the requests that are in the mailbox already: all of them share the transaction.
  if (waiting_.empty())
    self->send(self, atom::flush_v);
  waiting_.push_back({x, self->make_response_promise<append_result_ptr>()});
  return waiting_.back().promise;
}

std::vector<log_writer_state::waiting>
log_writer_state::take_group(std::vector<draft_ptr>& drafts) {
  std::vector<waiting> group;
  while (!waiting_.empty()) {
    const auto& next = *waiting_.front().request.drafts;
    if (!drafts.empty() && drafts.size() + next.size() > options.max_batch_events)
      break;
    drafts.insert(drafts.end(), next.begin(), next.end());
    group.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return group;
}

expected<append_result> log_writer_state::append(const std::vector<draft_ptr>& drafts) {
  auto begin = std::chrono::steady_clock::now();
  auto result = log->append(drafts, wall_clock_now());
  stats->commit_latency.record(std::chrono::steady_clock::now() - begin);
  auto now_us = static_cast<uint64_t>(to_micros(wall_clock_now()));
  if (result) {
    ++stats->commits;
    stats->committed_at_us = now_us;
  } else {
    ++stats->commit_failures;
    stats->failed_at_us = now_us;
    if (options.on_failure)
      options.on_failure(result.error());
  }
  return result;
}

void log_writer_state::flush() {
  std::vector<draft_ptr> drafts;
  auto group = take_group(drafts);
  if (!waiting_.empty())
    self->send(self, atom::flush_v);
  auto result = append(drafts);
  // One of them may be what the store does not take: the others are not to suffer for it.
  if (!result && result.error().code == ec::store_refused && group.size() > 1) {
    for (auto& x : group) {
      std::vector<waiting> alone;
      alone.push_back(std::move(x));
      answer(alone, append(*alone.front().request.drafts));
    }
    return;
  }
  answer(group, std::move(result));
}

void log_writer_state::answer(std::vector<waiting>& group, expected<append_result> result) {
  size_t first = 0;
  for (auto& x : group) {
    if (!result) {
      x.promise.deliver(to_error(result.error()));
      continue;
    }
    auto own = std::make_shared<append_result>();
    auto begin = result->items.begin() + static_cast<std::ptrdiff_t>(first);
    first += x.request.drafts->size();
    own->items.assign(
      std::make_move_iterator(begin),
      std::make_move_iterator(result->items.begin() + static_cast<std::ptrdiff_t>(first)));
    if (&x == &group.back())
      own->batch = result->batch;
    x.promise.deliver(append_result_ptr{std::move(own)});
  }
}

log_writer_actor::behavior_type
log_writer(log_writer_actor::stateful_pointer<log_writer_state> self,
           std::shared_ptr<event_log> log, telemetry_ptr stats, log_writer_options options) {
  auto* st = &self->state;
  st->self = self;
  st->log = std::move(log);
  st->stats = std::move(stats);
  st->options = options;
  stay_alive(self);
  return {
    [st](const append_request& x) { return st->enqueue(x); },
    [st](atom::flush) { st->flush(); },
  };
}

} // namespace carillon

#include "actors/log/log_writer.hpp"

#include "messages/actor_defaults.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

void log_writer_state::note_company(const std::string& company) {
  if (company == company_)
    return;
  company_ = company;
  shared_until_ = self->clock().now() + options.shared_for;
}

bool log_writer_state::is_shared() const {
  return self->clock().now() < shared_until_;
}

caf::result<append_result_ptr> log_writer_state::enqueue(const append_request& x) {
  note_company(x.company);
  // Runs after the requests that are in the mailbox already: all of them share the transaction.
  if (queue_.empty())
    self->send(self, atom::flush_v);
  const auto& drafts = *x.drafts;
  auto added = std::make_shared<waiting>();
  added->request = x;
  added->promise = self->make_response_promise<append_result_ptr>();
  added->items.reserve(drafts.size());
  const auto slice_events = is_shared()
                              ? std::min(options.slice_events, options.shared_slice_events)
                              : options.slice_events;
  for (size_t from = 0; from < drafts.size(); from += slice_events) {
    const auto to = std::min(drafts.size(), from + slice_events);
    queue_.push(x.company, {added, from, to}, to - from);
  }
  auto promise = added->promise;
  if (drafts.empty())
    finish(*added, nullptr);
  return promise;
}

std::vector<log_writer_state::slice> log_writer_state::take_group(std::vector<draft_ptr>& drafts) {
  const auto most = is_shared() ? std::min(options.max_batch_events, options.shared_batch_events)
                                : options.max_batch_events;
  std::vector<slice> group;
  while (!queue_.empty()) {
    const auto& next = queue_.front();
    const auto begin = next.of->request.drafts->begin();
    if (!drafts.empty() && drafts.size() + (next.to - next.from) > most)
      break;
    drafts.insert(drafts.end(), begin + static_cast<std::ptrdiff_t>(next.from),
                  begin + static_cast<std::ptrdiff_t>(next.to));
    group.push_back(queue_.pop());
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
  const auto group = take_group(drafts);
  if (group.empty())
    return;
  if (!queue_.empty())
    self->send(self, atom::flush_v);
  auto result = append(drafts);
  // The store may have rejected only one of them: the others are tried separately.
  if (!result && result.error().code == ec::store_refused && group.size() > 1) {
    for (const auto& x : group) {
      const auto& all = *x.of->request.drafts;
      if (!x.of->failed)
        answer({x}, append({all.begin() + static_cast<std::ptrdiff_t>(x.from),
                            all.begin() + static_cast<std::ptrdiff_t>(x.to)}));
    }
    return;
  }
  answer(group, std::move(result));
}

void log_writer_state::answer(const std::vector<slice>& group, expected<append_result> result) {
  if (result)
    keep(result->batch);
  waiting* last = nullptr;
  size_t first = 0;
  for (const auto& x : group) {
    auto& to = *x.of;
    if (!result) {
      fail(to, result.error());
      continue;
    }
    const auto begin = result->items.begin() + static_cast<std::ptrdiff_t>(first);
    first += x.to - x.from;
    to.items.insert(
      to.items.end(), std::make_move_iterator(begin),
      std::make_move_iterator(result->items.begin() + static_cast<std::ptrdiff_t>(first)));
    if (to.items.size() < to.request.drafts->size())
      continue;
    // The events go with the last answer.
    if (last != nullptr)
      finish(*last, nullptr);
    last = &to;
  }
  if (last != nullptr)
    finish(*last, std::exchange(untold_, nullptr));
}

void log_writer_state::fail(waiting& x, const failure& why) {
  if (std::exchange(x.failed, true))
    return;
  // The rest of the request is not tried: its events would be stored behind a gap.
  queue_.remove_if([&](const slice& y) { return y.of.get() == &x; });
  auto out = std::make_shared<append_result>();
  out->items = std::move(x.items);
  out->batch = std::exchange(untold_, nullptr);
  out->fault = why;
  x.promise.deliver(append_result_ptr{std::move(out)});
}

void log_writer_state::finish(waiting& x, event_batch_ptr batch) {
  auto out = std::make_shared<append_result>();
  out->items = std::move(x.items);
  out->batch = std::move(batch);
  x.promise.deliver(append_result_ptr{std::move(out)});
}

void log_writer_state::keep(const event_batch_ptr& x) {
  if (x == nullptr || untold_ == nullptr) {
    untold_ = x != nullptr ? x : untold_;
    return;
  }
  auto both = std::make_shared<event_batch>();
  both->events.reserve(untold_->events.size() + x->events.size());
  both->events = untold_->events;
  both->events.insert(both->events.end(), x->events.begin(), x->events.end());
  untold_ = std::move(both);
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

#include "actors/state/waiting_lease.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace carillon {

namespace {

/// A queue, and a company that adds to it.
using place = std::pair<std::string_view, std::string_view>;
using places = std::set<place>;

places places_of(const waiting_lease::calls& xs) {
  places out;
  for (const auto* x : xs)
    for (const auto& y : x->drafts)
      out.emplace(queue_of(y.kind), y.company_id);
  return out;
}

/// Many queues may be waited for, and many companies add at a time: a look-up for each queue.
bool has_some(const places& added, const wanted_jobs& y) {
  if (y.company_id)
    return added.contains({y.queue, *y.company_id});
  const auto first = added.lower_bound({y.queue, {}});
  return first != added.end() && first->first == y.queue;
}

/// Takes those out that the queue has.
void take_out(places& added, const wanted_jobs& y) {
  if (y.company_id) {
    added.erase({y.queue, *y.company_id});
    return;
  }
  const auto first = added.lower_bound({y.queue, {}});
  added.erase(first,
              std::find_if(first, added.end(), [&](const place& x) { return x.first != y.queue; }));
}

} // namespace

void waiting_lease::begin(const lease_jobs& x, promise to) {
  end();
  open_.emplace(request{x, std::move(to)});
}

void waiting_lease::end() {
  if (auto ended = std::exchange(open_, std::nullopt))
    ended->to.deliver(leased_jobs_ptr{});
}

lease_jobs waiting_lease::wanted(const calls& xs) {
  which_.clear();
  lease_jobs out;
  if (!open_)
    return out;
  out.lease = open_->what.lease;
  const auto added = places_of(xs);
  for (size_t i = 0; i < open_->what.queues.size(); ++i) {
    const auto& queue = open_->what.queues[i];
    if (!has_some(added, queue))
      continue;
    which_.push_back(i);
    out.queues.push_back(queue);
  }
  return out;
}

bool waiting_lease::answer(const calls& xs, leased_jobs found) {
  auto ended = std::exchange(open_, std::nullopt);
  if (!ended)
    return false;
  for (auto& x : found.asked_by)
    x = which_.at(x);
  found.added_to = which_;
  auto untold = places_of(xs);
  for (const auto i : which_)
    take_out(untold, ended->what.queues[i]);
  ended->to.deliver(std::make_shared<const leased_jobs>(std::move(found)));
  return untold.empty();
}

} // namespace carillon

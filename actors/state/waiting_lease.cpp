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

std::set<place> places_of(const waiting_lease::calls& xs) {
  std::set<place> out;
  for (const auto* x : xs)
    for (const auto& y : x->drafts)
      out.emplace(queue_of(y.kind), y.company_id);
  return out;
}

bool is_of(const place& x, const wanted_jobs& y) {
  return x.first == y.queue && (!y.company_id || x.second == *y.company_id);
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
  const auto places = places_of(xs);
  for (size_t i = 0; i < open_->what.queues.size(); ++i) {
    const auto& queue = open_->what.queues[i];
    if (std::none_of(places.begin(), places.end(), [&](const auto& x) { return is_of(x, queue); }))
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
  const auto places = places_of(xs);
  const bool all = std::all_of(places.begin(), places.end(), [&](const auto& x) {
    return std::any_of(which_.begin(), which_.end(),
                       [&](size_t i) { return is_of(x, ended->what.queues[i]); });
  });
  ended->to.deliver(std::make_shared<const leased_jobs>(std::move(found)));
  return all;
}

} // namespace carillon

#include "actors/workers/waiting_pulls.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

void waiting_pulls::add(worker_id x, promise to, clock::time_point until, uint64_t ticket) {
  pulls_.emplace(x, pull{std::move(to), until, ticket});
}

waiting_pulls::promise waiting_pulls::take(worker_id x) {
  return std::move(pulls_.extract(x).mapped().to);
}

std::optional<waiting_pulls::worker_id> waiting_pulls::named(uint64_t ticket) const {
  auto found = std::find_if(pulls_.begin(), pulls_.end(), [ticket](const auto& x) {
    return ticket != 0 && x.second.ticket == ticket;
  });
  if (found == pulls_.end())
    return std::nullopt;
  return found->first;
}

std::vector<waiting_pulls::worker_id> waiting_pulls::all() const {
  return over(clock::time_point::max());
}

std::vector<waiting_pulls::worker_id> waiting_pulls::over(clock::time_point now) const {
  std::vector<worker_id> out;
  for (const auto& [id, x] : pulls_)
    if (x.until <= now)
      out.push_back(id);
  return out;
}

std::optional<waiting_pulls::clock::time_point> waiting_pulls::next_due() const {
  std::optional<clock::time_point> out;
  for (const auto& [id, x] : pulls_)
    out = out ? std::min(*out, x.until) : x.until;
  return out;
}

} // namespace carillon

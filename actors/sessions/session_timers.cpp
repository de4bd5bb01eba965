#include "actors/sessions/session_timers.hpp"

namespace carillon {

session_timers::session_timers(std::chrono::milliseconds heartbeat) : heartbeat_(heartbeat) {
}

void session_timers::add(uint64_t id, clock::time_point now, std::optional<timestamp> expires_at) {
  sessions_.emplace(id, expires_at);
  beats_.emplace_back(now + heartbeat_, id);
  if (expires_at)
    expiries_.emplace(*expires_at, id);
}

void session_timers::remove(uint64_t id) {
  auto i = sessions_.find(id);
  if (i == sessions_.end())
    return;
  if (i->second)
    expiries_.erase({*i->second, id});
  sessions_.erase(i);
}

std::vector<uint64_t> session_timers::take_due(clock::time_point now, timestamp wall) {
  std::vector<uint64_t> out;
  while (!beats_.empty() && beats_.front().first <= now) {
    auto id = beats_.front().second;
    beats_.pop_front();
    if (!sessions_.contains(id))
      continue;
    out.push_back(id);
    beats_.emplace_back(now + heartbeat_, id);
  }
  while (!expiries_.empty() && expiries_.begin()->first <= wall) {
    out.push_back(expiries_.begin()->second);
    expiries_.erase(expiries_.begin());
  }
  return out;
}

} // namespace carillon

#include "net/remote/peer_actors.hpp"

namespace carillon::remote {

void peer_actors::own(caf::actor_id x) {
  std::lock_guard guard{mutex_};
  sessions_.insert(x);
}

bool peer_actors::owns(caf::actor_id x) const {
  std::lock_guard guard{mutex_};
  return sessions_.count(x) > 0;
}

size_t peer_actors::sessions() const {
  std::lock_guard guard{mutex_};
  return sessions_.size();
}

bool peer_actors::arrived(caf::actor_id to, size_t bytes) {
  std::lock_guard guard{mutex_};
  if (waiting_count_ >= most_waiting || waiting_bytes_ + bytes > most_waiting_bytes)
    return false;
  waiting_[to].push_back(bytes);
  ++waiting_count_;
  waiting_bytes_ += bytes;
  return true;
}

void peer_actors::took(caf::actor_id to) {
  std::lock_guard guard{mutex_};
  auto i = waiting_.find(to);
  if (i == waiting_.end())
    return;
  --waiting_count_;
  waiting_bytes_ -= i->second.front();
  i->second.pop_front();
  if (i->second.empty())
    waiting_.erase(i);
}

void peer_actors::ended(caf::actor_id x) {
  std::lock_guard guard{mutex_};
  sessions_.erase(x);
  auto i = waiting_.find(x);
  if (i == waiting_.end())
    return;
  for (auto bytes : i->second)
    waiting_bytes_ -= bytes;
  waiting_count_ -= i->second.size();
  waiting_.erase(i);
}

} // namespace carillon::remote

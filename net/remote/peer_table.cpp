#include "net/remote/peer_table.hpp"

#include <algorithm>

namespace carillon::remote {

bool peer_table::add(const peer_ptr& x) {
  std::lock_guard guard{mutex_};
  if (all_.size() >= limits_.connections)
    return false;
  all_.push_back(x);
  return true;
}

void peer_table::remove(const peer_ptr& x) noexcept {
  std::lock_guard guard{mutex_};
  all_.erase(std::remove(all_.begin(), all_.end(), x), all_.end());
}

bool peer_table::identify(const peer_ptr& x, const caf::node_id& node) {
  std::lock_guard guard{mutex_};
  for (const auto& other : all_)
    if (other != x && other->identified() && other->node() == node)
      return false;
  x->identify(node);
  return true;
}

peer_ptr peer_table::find(const caf::node_id& node) const {
  std::lock_guard guard{mutex_};
  for (const auto& x : all_)
    if (x->identified() && x->node() == node)
      return x;
  return nullptr;
}

void peer_table::sweep(peer::clock::time_point now) {
  std::vector<peer_ptr> all;
  {
    std::lock_guard guard{mutex_};
    all = all_;
  }
  using std::chrono::duration_cast;
  using std::chrono::milliseconds;
  auto text = [](auto x) { return std::to_string(duration_cast<milliseconds>(x).count()) + " ms"; };
  for (const auto& x : all) {
    if (!x->joined() && now - x->since() > limits_.handshake)
      x->cut(remote_refusal::handshake, "no handshake within " + text(limits_.handshake));
    else if (x->joined() && now - x->last_seen() > limits_.silence)
      x->cut(
        remote_refusal::silence,
        "nothing came for " + text(now - x->last_seen())
          + ", not even a heartbeat: the process hangs, or sets no middleman.heartbeat-interval");
  }
}

bool peer_table::all_sent() const {
  std::lock_guard guard{mutex_};
  return std::all_of(all_.begin(), all_.end(), [](const auto& x) { return x->unsent() == 0; });
}

} // namespace carillon::remote

#include "persistence/postgres/nodes/owner_watch.hpp"

namespace carillon::postgres {

succession owner_watch::look(std::vector<node_record>& nodes, bool held, clock::time_point now) {
  // The observer itself stood still: it has not looked, which is no silence of others.
  if (now - last_look_ > dead_after_ / 2)
    seen_.clear();
  last_look_ = now;
  std::map<std::string, sight> next;
  bool owned = false;
  bool alive = false;
  for (auto& x : nodes) {
    auto found = seen_.find(x.who.incarnation);
    const auto same = found != seen_.end() && found->second.beat == x.beat;
    const auto since = same ? found->second.since : now;
    next[x.who.incarnation] = {x.beat, since};
    x.silent = std::chrono::duration_cast<std::chrono::milliseconds>(now - since);
    if (x.state != node_state::active)
      continue;
    owned = true;
    alive = alive || x.silent < dead_after_;
  }
  seen_ = std::move(next);
  if (alive)
    return succession::wait;
  if (held && !owned)
    return succession::wait_for_taker;
  return held ? succession::end_and_take : succession::take;
}

} // namespace carillon::postgres

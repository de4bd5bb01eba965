#include "persistence/segments/segment_list.hpp"

#include <algorithm>

namespace carillon::segments {

std::shared_ptr<const segment_list::list> segment_list::all() const {
  std::lock_guard guard{mutex_};
  return all_;
}

segment_ptr segment_list::find(position x) const {
  const auto now = all();
  const auto behind
    = std::upper_bound(now->begin(), now->end(), x,
                       [](position p, const segment_ptr& s) { return p < s->header().first; });
  if (behind == now->begin())
    return nullptr;
  const auto& out = *std::prev(behind);
  return x <= out->last() ? out : nullptr;
}

position segment_list::first() const {
  const auto now = all();
  return now->empty() ? 1 : now->front()->header().first;
}

position segment_list::head() const {
  const auto now = all();
  return now->empty() ? 0 : now->back()->last();
}

uint64_t segment_list::bytes() const {
  uint64_t out = 0;
  for (const auto& x : *all())
    out += x->end();
  return out;
}

void segment_list::push(segment_ptr x) {
  std::lock_guard guard{mutex_};
  auto next = std::make_shared<list>(*all_);
  if (!next->empty() && next->back()->header().first == x->header().first)
    next->pop_back();
  next->push_back(std::move(x));
  all_ = std::move(next);
}

void segment_list::assign(list x) {
  std::lock_guard guard{mutex_};
  all_ = std::make_shared<list>(std::move(x));
}

void segment_list::replace(const segment_ptr& old, segment_ptr by) {
  std::lock_guard guard{mutex_};
  auto next = std::make_shared<list>(*all_);
  std::replace(next->begin(), next->end(), old, by);
  all_ = std::move(next);
}

} // namespace carillon::segments

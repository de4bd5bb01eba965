#include "persistence/segments/kept_runs.hpp"

#include <algorithm>

namespace carillon::segments {

namespace {

/// Memory that is used again is at most so many times what is wanted.
constexpr size_t most_unused = 4;

} // namespace

kept_runs::kept_runs() {
  runs_.push_back(std::make_unique<record_run>());
}

bool kept_runs::find(const segment_ptr& of, position x) {
  const auto there = std::find_if(runs_.begin(), runs_.end(),
                                  [&](const auto& run) { return run->has(x) && run->is_of(of); });
  if (there == runs_.end())
    return false;
  std::rotate(runs_.begin(), there, there + 1);
  return true;
}

record_run& kept_runs::add(size_t wanted_bytes) {
  std::unique_ptr<record_run> next;
  size_t bytes = 0;
  size_t fits = 0;
  while (fits < runs_.size() && fits < most_runs
         && bytes + runs_[fits]->bytes().capacity() <= most_bytes)
    bytes += runs_[fits++]->bytes().capacity();
  while (runs_.size() > fits) {
    const auto room = runs_.back()->bytes().capacity();
    if (!next && room >= wanted_bytes && room / most_unused <= wanted_bytes)
      next = std::move(runs_.back());
    runs_.pop_back();
  }
  if (!next)
    next = std::make_unique<record_run>();
  next->clear();
  runs_.insert(runs_.begin(), std::move(next));
  return *runs_.front();
}

} // namespace carillon::segments

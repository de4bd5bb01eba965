#include "messages/events/filter_group.hpp"

#include "messages/events/filter_program.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

std::optional<size_t> filter_group::add(const payload_filter& x) {
  if (size_ == most_filters)
    return std::nullopt;
  // A program made of two filters may exceed the limits.
  const auto program = compile_filter(x.text());
  return program ? add(*program) : std::nullopt;
}

std::optional<size_t> filter_group::add(const std::shared_ptr<const filter_program>& x) {
  if (size_ == most_filters || (size_ > 0 && paths_.size() + x->paths().size() > most_paths))
    return std::nullopt;
  auto free = std::find_if(entries_.begin(), entries_.end(),
                           [](const auto& y) { return y.program == nullptr; });
  if (free == entries_.end())
    free = entries_.emplace(free);
  free->program = x;
  enter(*free);
  ++size_;
  return static_cast<size_t>(free - entries_.begin());
}

void filter_group::enter(entry& x) {
  x.places.clear();
  for (const auto& path : x.program->paths().all())
    x.places.push_back(paths_.add(path));
}

void filter_group::remove(size_t place) {
  entries_[place] = {};
  --size_;
  // Only the paths that are left.
  paths_ = {};
  for (auto& x : entries_)
    if (x.program != nullptr)
      enter(x);
}

void filter_group::look_at(const filter_subject& in, filter_values& x) const {
  paths_.find(in, x);
}

bool filter_group::matches(size_t place, const filter_values& x) const {
  const auto& one = entries_[place];
  return one.program->holds(x, one.places);
}

} // namespace carillon

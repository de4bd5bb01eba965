#include "messages/consumers/effects.hpp"

#include <algorithm>

namespace carillon {

effects::effects(const effects& x) {
  lists_.reserve(x.lists_.size());
  for (const auto& y : x.lists_)
    lists_.push_back({y.type, y.rows->clone()});
}

effects& effects::operator=(const effects& x) {
  *this = effects{x};
  return *this;
}

bool effects::empty() const noexcept {
  return size() == 0;
}

size_t effects::size() const noexcept {
  size_t out = 0;
  for (const auto& x : lists_)
    out += x.rows->size();
  return out;
}

bool effects::has_only(std::span<const std::type_index> types) const noexcept {
  return std::all_of(lists_.begin(), lists_.end(), [types](const entry& x) {
    return x.rows->size() == 0
           || std::find(types.begin(), types.end(), std::type_index{*x.type}) != types.end();
  });
}

void effects::clear() noexcept {
  for (auto& x : lists_)
    x.rows->clear();
}

void effects::take(effects& from) {
  for (auto& x : from.lists_) {
    if (x.rows->size() == 0)
      continue;
    if (auto* found = find(*x.type))
      found->take(*x.rows);
    else
      lists_.push_back({x.type, std::move(x.rows)});
  }
  std::erase_if(from.lists_, [](const entry& x) { return x.rows == nullptr; });
}

effects::list* effects::find(const std::type_info& type) const noexcept {
  for (const auto& x : lists_)
    if (*x.type == type)
      return x.rows.get();
  return nullptr;
}

} // namespace carillon

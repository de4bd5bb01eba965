#include "messages/consumers/effects.hpp"

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
  return std::all_of(lists_.begin(), lists_.end(), [](const entry& x) { return x.rows->empty(); });
}

void effects::clear() noexcept {
  for (auto& x : lists_)
    x.rows->clear();
}

void effects::take(effects& from) {
  for (auto& x : from.lists_) {
    if (x.rows->empty())
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

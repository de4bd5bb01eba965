#include "persistence/sqlite/index/candidates.hpp"

namespace carillon::sqlite {

candidates::result candidates::seek(position from, work_budget& budget) {
  const size_t parts = lists_.size() + (zone_ ? 1 : 0);
  if (!budget.spend())
    return {outcome::stopped, from};
  // Each part in turn advances the goal; it is reached when all parts agree.
  size_t agreed = 0;
  for (size_t i = 0; agreed < parts; i = (i + 1) % parts) {
    const auto at = seek_part(i, from);
    if (!at)
      return {outcome::end, from};
    if (*at == from) {
      ++agreed;
      continue;
    }
    from = *at;
    agreed = 1;
    if (!budget.spend())
      return {outcome::stopped, from};
  }
  return {outcome::found, from};
}

std::optional<position> candidates::seek_part(size_t index, position from) {
  return index < lists_.size() ? lists_[index].seek(from) : zone_->seek(from);
}

} // namespace carillon::sqlite

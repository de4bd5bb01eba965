#include "persistence/sqlite/log/log_snapshot.hpp"

#include <algorithm>

namespace carillon::sqlite {

namespace {

position take_index(index_reader* index, std::optional<transaction>& t) {
  if (index == nullptr)
    return 0;
  t.emplace(index->db(), transaction::kind::read);
  return index->cursor();
}

} // namespace

log_snapshot::log_snapshot(log_cursor& log, index_reader* index)
  : index_(index), indexed_(take_index(index, index_transaction_)), head_(log.head()) {
  if (indexed_ > head_) {
    // Another process appends, and has indexed what this view of the log does not have yet.
    log.refresh();
    head_ = log.head();
  }
  indexed_ = std::min(indexed_, head_);
}

std::optional<position> log_snapshot::walk(const range& x, work_budget& budget,
                                           const visitor& visit) {
  const bool descending = x.order == sort_order::descending;
  const auto beyond = [&](position at) { return descending ? at < x.last : at > x.last; };
  std::optional<candidates> source;
  if (indexed_ > 0 && (descending ? x.last <= indexed_ : x.first <= indexed_))
    source.emplace(index_->select(x.filter, x.order, indexed_));
  auto at = x.first;
  while (!beyond(at)) {
    bool certain = false;
    if (at <= indexed_) {
      const auto found = source->seek(at, budget);
      if (found.what == candidates::outcome::stopped)
        return beyond(found.at) ? std::nullopt : std::optional{found.at};
      at = found.what == candidates::outcome::found ? found.at : descending ? 0 : indexed_ + 1;
      if (at == 0 || beyond(at))
        return std::nullopt;
      if (found.what == candidates::outcome::end)
        continue;
      certain = source->certain();
    } else if (!budget.spend()) {
      return at;
    }
    const bool go_on = visit(at, certain);
    at = descending ? at - 1 : at + 1;
    if (!go_on)
      return beyond(at) ? std::nullopt : std::optional{at};
  }
  return std::nullopt;
}

} // namespace carillon::sqlite

#include "persistence/sqlite/log/log_scanner.hpp"

namespace carillon::sqlite {

namespace {

/// Most rows to step over; beyond it a search is cheaper.
constexpr position near = 4;

} // namespace

log_scanner::log_scanner(statement_cache<log_query>& sql, sort_order order)
  : scan_(sql.get(order == sort_order::descending ? log_query::scan_down : log_query::scan_up)),
    order_(order) {
}

log_scanner::~log_scanner() {
  scan_.reset();
}

const statement* log_scanner::at(position x) {
  const auto gap = descending() ? current_ - x : x - current_;
  if (!searched_ || (on_row_ && gap > near))
    search(x);
  while (on_row_ && current_ != x && (descending() ? current_ > x : current_ < x))
    step();
  return on_row_ && current_ == x ? &scan_ : nullptr;
}

void log_scanner::search(position x) {
  scan_.reset();
  scan_.bind(1, x);
  searched_ = true;
  step();
}

void log_scanner::step() {
  on_row_ = scan_.step();
  if (on_row_)
    current_ = scan_.number(0);
}

} // namespace carillon::sqlite

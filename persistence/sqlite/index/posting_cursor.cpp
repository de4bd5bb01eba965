#include "persistence/sqlite/index/posting_cursor.hpp"

namespace carillon::sqlite {

namespace {

/// Most entries to step over; beyond it a search is cheaper.
constexpr int most_steps = 2;

index_query query_of(posting list, bool descending) {
  switch (list) {
  case posting::type:
    return descending ? index_query::type_down : index_query::type_up;
  case posting::company:
    return descending ? index_query::company_down : index_query::company_up;
  case posting::user:
    return descending ? index_query::user_down : index_query::user_up;
  case posting::correlation:
    break;
  }
  return descending ? index_query::correlation_down : index_query::correlation_up;
}

} // namespace

std::unique_ptr<statement> statement_pool::take(index_query x) {
  auto& spare = spare_.at(static_cast<size_t>(x));
  if (spare.empty())
    return sql_.prepare(x);
  auto s = std::move(spare.back());
  spare.pop_back();
  return s;
}

void statement_pool::give(index_query x, std::unique_ptr<statement> s) noexcept {
  auto& spare = spare_.at(static_cast<size_t>(x));
  s->reset();
  if (spare.capacity() < most_spare)
    spare.reserve(most_spare);
  if (spare.size() < most_spare)
    spare.push_back(std::move(s));
}

posting_cursor::posting_cursor(statement_pool& pool, posting list, std::string key,
                               sort_order order, position last)
  : pool_(&pool), query_(query_of(list, order == sort_order::descending)),
    statement_(pool.take(query_)), key_(std::make_unique<std::string>(std::move(key))),
    descending_(order == sort_order::descending), last_segment_(last >> segment_shift) {
}

posting_cursor::~posting_cursor() {
  if (statement_)
    pool_->give(query_, std::move(statement_));
}

std::optional<position> posting_cursor::seek(position from) {
  if (ended_)
    return std::nullopt;
  if (begun_ && on_entry_ && reached(from))
    return current_;
  const auto segment = from >> segment_shift;
  if (begun_ && on_entry_ && segment == segment_)
    for (int i = 0; i < most_steps && step(); ++i)
      if (reached(from))
        return current_;
  // Either the list of this segment is used up, or the goal is far away.
  if (!begun_ || on_entry_ || segment != segment_)
    open_segment(from);
  while (!on_entry_) {
    if (segment_ == (descending_ ? 0 : last_segment_)
        || (!descending_ && segment_ > last_segment_)) {
      ended_ = true;
      return std::nullopt;
    }
    open_segment(descending_ ? (segment_ << segment_shift) - 1 : (segment_ + 1) << segment_shift);
  }
  return current_;
}

void posting_cursor::open_segment(position from) {
  begun_ = true;
  segment_ = from >> segment_shift;
  statement_->reset();
  statement_->bind(1, segment_);
  statement_->bind(2, std::string_view{*key_});
  statement_->bind(3, from);
  step();
}

bool posting_cursor::step() {
  on_entry_ = statement_->step();
  if (on_entry_)
    current_ = statement_->number(0);
  return on_entry_;
}

std::optional<position> union_cursor::seek(position from) {
  std::optional<position> nearest;
  for (auto& x : parts_) {
    const auto at = x.seek(from);
    if (at && (!nearest || (descending_ ? *at > *nearest : *at < *nearest)))
      nearest = at;
  }
  return nearest;
}

} // namespace carillon::sqlite

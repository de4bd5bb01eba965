#pragma once

#include "persistence/sqlite/index/posting_cursor.hpp"
#include "persistence/sqlite/index/zone_cursor.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace carillon::sqlite {

/// The work that a call may still do.
class work_budget {
public:
  explicit work_budget(size_t steps) noexcept : left_(steps) {
  }

  /// False if nothing is left.
  bool spend() noexcept {
    if (left_ == 0)
      return false;
    --left_;
    return true;
  }

private:
  size_t left_;
};

/// The positions that the index cannot rule out for a filter: the intersection of
/// the posting lists of its conditions and of the zones of its times (leapfrog
/// join). Lives within one transaction.
class candidates {
public:
  enum class outcome : uint8_t {
    /// `at` is a candidate.
    found,
    /// There are no more.
    end,
    /// The budget is used up: nothing before `at` is a candidate.
    stopped,
  };

  struct result {
    outcome what;
    position at;
  };

  /// @param exact the lists cover all of the filter's conditions except its times
  explicit candidates(bool exact) noexcept : exact_(exact) {
  }

  void add(union_cursor x) {
    lists_.push_back(std::move(x));
  }

  void add(const zone_cursor& x) {
    zone_.emplace(x);
  }

  /// The first candidate at or beyond `from`, which never moves back.
  result seek(position from, work_budget& budget);

  /// True if the candidate found last matches the filter for sure.
  bool certain() const noexcept {
    return exact_ && (!zone_ || zone_->settled());
  }

private:
  std::optional<position> seek_part(size_t index, position from);

  bool exact_;
  std::vector<union_cursor> lists_;
  std::optional<zone_cursor> zone_;
};

} // namespace carillon::sqlite

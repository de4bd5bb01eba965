#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

namespace carillon {

/// Answers of an actor that are not in the store yet. Each keeps its place among the deliveries in
/// flight, since a crash repeats the delivery.
class unsettled_answers {
public:
  void add() noexcept {
    ++waiting_;
  }

  /// A commit begins, which includes all but at most `left_out` of the waiting answers.
  void begin_commit(size_t left_out) noexcept {
    auto left = std::min(waiting_, left_out);
    in_commit_ = std::exchange(waiting_, left) - left;
  }

  /// The commit is in the store.
  void end_commit() noexcept {
    in_commit_ = 0;
  }

  /// Answers that the next commit may include.
  size_t waiting() const noexcept {
    return waiting_;
  }

  size_t all() const noexcept {
    return waiting_ + in_commit_;
  }

private:
  size_t waiting_ = 0;
  size_t in_commit_ = 0;
};

} // namespace carillon

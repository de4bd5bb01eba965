#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// A history that the log had before. It was left when a backup was restored, or a repair cut the
/// log.
struct former_history {
  std::string id;
  /// Its events up to here are those of the current history, too; the ones behind are not.
  position last = 0;

  friend bool operator==(const former_history&, const former_history&) = default;
};

/// The histories of a log: positions are good within one.
struct log_histories {
  /// 1 to 32 letters and digits.
  std::string current;
  /// The oldest first.
  std::vector<former_history> former;

  /// The last position that the log had when the current history began.
  position began_after() const noexcept {
    return former.empty() ? 0 : former.back().last;
  }

  friend bool operator==(const log_histories&, const log_histories&) = default;
};

/// A position of a history. Text: `<history>.<seq>`, or `<seq>` of an unknown one.
struct history_position {
  /// Empty = not known: it counts as the current one.
  std::string history = {};
  position seq = 0;

  friend bool operator==(const history_position&, const history_position&) = default;
};

/// True for 1 to 32 letters and digits of ASCII.
bool is_history(std::string_view x) noexcept;

/// The text of a position.
std::string to_string(const history_position& x);

/// Inverse of `to_string`, for histories of at least 16 characters. Errors: `invalid_argument`.
expected<history_position> history_position_from(std::string_view text);

/// Where a reader goes on that names a position.
struct resumption {
  /// The next event is behind this position of the current history.
  position after = 0;
  /// The reader may have seen events that the log does not have.
  bool has_gap = false;

  friend bool operator==(const resumption&, const resumption&) = default;
};

/// Where to go on in a log: at the position itself, if it is of the current history, or if a former
/// history has it in common with the current one. Otherwise where the two part; for an unknown
/// history where the current one began, since no event of that can have been seen.
resumption resume_at(const log_histories& log, const history_position& x);

} // namespace carillon

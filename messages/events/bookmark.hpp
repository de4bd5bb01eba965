#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// A position together with a mark of the event that has it. A log that was restored from a backup
/// gives the same positions to other events; the mark tells whether a reader's position is of this
/// log's history. Text: `<mark>.<seq>`, or `<seq>` without a mark.
struct bookmark {
  position seq = 0;
  /// 12 hexadecimal digits; empty = nothing tells of which history the position is.
  std::string mark = {};

  friend bool operator==(const bookmark&, const bookmark&) = default;
};

/// The text of a bookmark.
std::string to_string(const bookmark& x);

/// Inverse of `to_string`. Errors: `invalid_argument`.
expected<bookmark> bookmark_from(std::string_view text);

/// The bookmark of an event of the log: what identifies it, and when it was recorded, is in the
/// mark. Without a mark if the system's SHA-256 fails.
bookmark bookmark_of(const event& x);

} // namespace carillon

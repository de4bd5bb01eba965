#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"

#include <filesystem>

namespace carillon::sqlite {

/// What `events.db` of a data directory is.
enum class events_file : uint8_t {
  /// There is none.
  none,
  /// The log of an earlier version, and the truth: `log/` is at most a part of it.
  log,
  /// A database without events, of a schema that no version knows. The log is in `log/`, and an
  /// earlier version refuses the directory ("events.db has schema 1000 …") instead of making a
  /// second log.
  mark,
};

/// Number of the schema that the mark names.
inline constexpr int64_t mark_schema = 1'000;

/// Throws SQLite::Exception.
events_file examine_events(const std::filesystem::path& events);

/// Puts the mark in the place of `events.db`, in one step: from then on `log/` is the truth.
/// Errors: `store_unavailable`. Throws SQLite::Exception.
expected<void> write_events_mark(const std::filesystem::path& events, timestamp now);

} // namespace carillon::sqlite

#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"
#include "messages/events/filter.hpp"
#include "persistence/storage.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace carillon {

/// What an export writes: a JSON object per line as the API shows events, a row per event with a
/// head (RFC 4180), or an SQLite database with the table `event_log`.
enum class export_format : uint8_t { ndjson, csv, sqlite };

/// By the end of the file's name: `.ndjson`, `.csv` or `.sqlite`.
std::optional<export_format> export_format_of(const std::string& file) noexcept;

/// What is exported.
struct export_request {
  /// A store; it is opened for reading, also beside a node.
  storage_options from;
  /// A file that does not exist yet; only its owner may read it. It has its name when it is
  /// complete.
  std::string to;
  /// Positions beyond this one only.
  position after = 0;
  /// Of these only the events that it selects.
  event_filter filter = {};
};

/// Writes the events in the order of their positions, as far as the log reached when the export
/// began; answers their number. Errors: `invalid_argument` (the file's name), `conflict` (it
/// exists), and as `storage::open`; the detail is for the operator.
expected<uint64_t> export_log(const export_request& x,
                              const std::function<void(uint64_t done, uint64_t total)>& report);

} // namespace carillon

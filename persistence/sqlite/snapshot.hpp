#pragma once

#include "base/failure.hpp"
#include "messages/events/event.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace carillon::sqlite {

/// Told after each piece; may be empty.
using snapshot_progress = std::function<void(uint64_t done_bytes, uint64_t all_bytes)>;

/// Copies a database as it is at this moment to a new file, mode 0600, by SQLite's backup API; also
/// while others write to it, who do not wait for that. Their write-ahead log grows meanwhile. The
/// copy is on disk but for its name. An old file of that name is replaced. Errors:
/// `store_unavailable`, `store_corrupt`; for the operator.
expected<void> copy_database(const std::filesystem::path& from, const std::filesystem::path& to,
                             const snapshot_progress& tell);

/// Position of the consumer that is furthest in a copy of a state that nobody else has open.
/// Errors: as `copy_database`.
expected<position> furthest_of(const std::filesystem::path& state);

/// Names the history in a copy of an index that nobody else has open. Errors: as `copy_database`.
expected<void> rename_history_of_index(const std::filesystem::path& index,
                                       const std::string& history);

} // namespace carillon::sqlite

#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "persistence/segments/file_layer.hpp"
#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/data_directory.hpp"

#include <functional>
#include <memory>
#include <string>

namespace carillon::sqlite {

/// What a move needs.
struct log_move {
  data_paths paths;
  /// To `events.db`, for writing.
  connection_options events;
  /// In `log/`.
  std::shared_ptr<segments::file_layer> files;
  /// Length of its files.
  uint64_t segment_bytes = 0;
  /// Told of the progress, in sentences. May be empty.
  std::function<void(const std::string&)> tell;
};

/// Takes over the log of an earlier version: copies `events.db` into `log/`, compares each field of
/// each event, keeps the file as `events.db.moved`, and puts the mark in its place. Until then the
/// file is the truth, so a move that ends at any point is carried on, or begun anew, by the next.
/// Errors: `store_corrupt`, `store_too_new`, `store_unavailable`; for the operator.
expected<void> move_log(const log_move& x, timestamp now);

/// Finishes a move that ended between its last steps, when `events.db` had its new name already.
/// Does nothing if there was none. Errors: `store_corrupt` if a move had begun and `events.db` is
/// gone, `store_unavailable`.
expected<void> finish_move(const data_paths& paths, timestamp now);

} // namespace carillon::sqlite

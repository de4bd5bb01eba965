#pragma once

#include "base/failure.hpp"
#include "base/file/private_files.hpp"
#include "persistence/segments/segment_list.hpp"

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <vector>

namespace carillon::sqlite {

/// The files of a store that nobody may remove or replace while a node writes to them: what it
/// writes would be lost. Both checks are thread-safe.
class held_files {
public:
  /// @param log directory of the log
  explicit held_files(std::filesystem::path log);

  /// From now on this file has to stay what it is.
  void hold(const std::filesystem::path& file);

  /// Checks these, and the newest file of the log. Errors: `store_locked`.
  expected<void> check(const segments::segment_list& log) const;

  /// Checks the newest file of the log only. Errors: `store_locked`.
  expected<void> check_log(const segments::segment_list& log) const;

private:
  std::filesystem::path log_;
  std::vector<file_identity> files_;
  mutable std::mutex mutex_;
  /// The file of the log that is written to, and its generation.
  mutable file_identity log_file_;
  mutable std::optional<uint64_t> log_generation_;
};

} // namespace carillon::sqlite

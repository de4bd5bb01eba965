#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "messages/events/log_history.hpp"
#include "persistence/backup/file_copy.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// A file of a backup.
struct backup_file {
  /// Where it belongs in a data directory, e.g. `log/00000000000000000001.seg`.
  std::string path;
  /// Where it lies in the backup, e.g. `run-000002/state.db`.
  std::string at;
  file_digest content;

  friend bool operator==(const backup_file&, const backup_file&) = default;
};

/// What a backup has. A directory is a backup if it has this, and it is written when all else is on
/// disk. See docs/backup.md for its text: a line of JSON about the backup, one for each file, and
/// one with the SHA-256 of all lines before.
struct backup_manifest {
  static constexpr const char* file_name = "manifest.ndjson";

  /// 1, 2, 3 …: how often the directory was brought up.
  uint64_t run = 0;
  timestamp made_at;
  log_histories histories;
  /// Last position of its log.
  position head = 0;
  /// Sorted by path.
  std::vector<backup_file> files;

  /// The file at a path of the data directory; null if there is none.
  const backup_file* find(std::string_view path) const noexcept;

  uint64_t bytes() const noexcept;

  friend bool operator==(const backup_manifest&, const backup_manifest&) = default;
};

std::string to_text(const backup_manifest& x);

/// Inverse of `to_text`. A path that leads out of a directory is damage. Errors: `store_corrupt`,
/// `store_too_new`.
expected<backup_manifest> manifest_from(std::string_view text);

/// The manifest of a backup. Errors: `not_found` if the directory has none, `store_corrupt`,
/// `store_too_new`, `store_unavailable`; for the operator.
expected<backup_manifest> read_manifest(const std::filesystem::path& backup);

} // namespace carillon

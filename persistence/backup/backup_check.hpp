#pragma once

#include "base/failure.hpp"
#include "persistence/backup/backup.hpp"
#include "persistence/backup/backup_manifest.hpp"

#include <filesystem>

namespace carillon {

/// Reads every file of a backup and compares it with its manifest. Answers its last position.
/// Errors: `not_found` (no backup), `store_corrupt`, with the file; `store_too_new`,
/// `store_unavailable`.
expected<position> verify_backup(const std::filesystem::path& backup, const tell_backup& tell);

/// The same with a manifest that was read, or is to be written.
expected<void> verify_files(const std::filesystem::path& backup, const backup_manifest& x,
                            const tell_backup& tell);

} // namespace carillon

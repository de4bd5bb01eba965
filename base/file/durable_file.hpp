#pragma once

#include "base/failure.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon {

/// Writes a file atomically, also in case of a power cut: a temporary file beside it, fsync,
/// rename, fsync of the directory. An old file of that name is replaced. Only its owner may read
/// it. Errors: `store_unavailable`, with the path; for operators only.
expected<void> write_durably(const std::string& directory, const std::string& name,
                             std::string_view bytes);

/// Removes temporary files of `write_durably` that are older than an hour: a process that crashed
/// left them. What cannot be removed stays.
void remove_abandoned_files(const std::string& directory) noexcept;

/// Makes the directory with its parents, and removes abandoned files. Errors: `store_unavailable`.
expected<void> prepare_directory(const std::string& directory);

/// The file's bytes. Errors: `not_found`, `too_large` beyond `limit`, `store_unavailable`.
expected<std::string> read_whole(const std::string& path, size_t limit);

} // namespace carillon

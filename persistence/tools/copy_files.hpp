#pragma once

#include "base/failure.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>

namespace carillon {

/// Copies the documents, the keys and the file `installation` of a node, readable by their owner
/// only; existing files of the same size are left alone. Answers the number of files. Errors:
/// `conflict` (another key exists, or the files are another installation's), `store_unavailable`.
expected<uint64_t> copy_files(const std::filesystem::path& from, const std::filesystem::path& to,
                              const std::function<void(uint64_t done, uint64_t total)>& report);

} // namespace carillon

#pragma once

#include "base/failure.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>

namespace carillon {

/// Copies the documents and the key of a node, readable for nobody else; files that are there
/// already, of the same size, are left alone. Answers how many there are.
/// Errors: `conflict` (another key is there), `store_unavailable`.
expected<uint64_t> copy_files(const std::filesystem::path& from, const std::filesystem::path& to,
                              const std::function<void(uint64_t done, uint64_t total)>& report);

} // namespace carillon

#pragma once

#include "base/failure.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace carillon {

/// Reads a small file that an operator names, whole: a regular file, or the output of a pipe, as in
/// `--config <(envsubst < template)`. A byte order mark of UTF-8 at its begin is left out. It never
/// hangs: a pipe without a writer is rejected after `patience`. Errors: `invalid_argument`, with
/// the path and the reason.
/// @param limit bytes; a longer file is rejected
expected<std::string> read_input_file(const std::string& path, size_t limit,
                                      std::chrono::milliseconds patience = std::chrono::seconds{5});

} // namespace carillon

#pragma once

#include "base/failure.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// Appends a signed note and an empty line to a file, which is made with mode 0600 if it is
/// missing. Errors: `store_unavailable`, with the path and the system's reason; for operators only.
expected<void> append_to_witness(const std::string& file, std::string_view note);

} // namespace carillon

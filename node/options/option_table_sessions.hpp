#pragma once

#include "node/options/options.hpp"

#include <vector>

namespace carillon {

/// Options of sessions, a part of `option_table`.
std::vector<option_spec> session_table();

} // namespace carillon

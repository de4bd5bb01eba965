#pragma once

#include "node/options/options.hpp"

#include <vector>

namespace carillon {

/// Options of traces, a part of `option_table`.
std::vector<option_spec> trace_table();

} // namespace carillon

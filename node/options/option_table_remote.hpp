#pragma once

#include "node/options/options.hpp"

#include <vector>

namespace carillon {

/// Options of the port for other CAF processes, a part of `option_table`.
std::vector<option_spec> remote_table();

/// Options of remote consumers, another part of it.
std::vector<option_spec> worker_table();

} // namespace carillon

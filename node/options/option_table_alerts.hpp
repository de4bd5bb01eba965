#pragma once

#include "node/options/options.hpp"

#include <vector>

namespace carillon {

/// Options of alerts, a part of `option_table`.
std::vector<option_spec> alert_table();

} // namespace carillon

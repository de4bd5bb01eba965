#pragma once

#include "node/options/options.hpp"

#include <vector>

namespace carillon {

/// The options of the portal for companies.
std::vector<option_spec> portal_table();

} // namespace carillon

#pragma once

#include "node/options/options.hpp"

#include <vector>

namespace carillon {

/// Options of webhooks, a part of `option_table`.
std::vector<option_spec> webhook_table();

} // namespace carillon

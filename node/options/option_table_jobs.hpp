#pragma once

#include "node/options/options.hpp"

#include <vector>

namespace carillon {

// The options about contacts and notifications: see `option_table`.

std::vector<option_spec> mail_table();
std::vector<option_spec> job_table();

} // namespace carillon

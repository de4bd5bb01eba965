#pragma once

#include "node/options/options.hpp"

#include <vector>

namespace carillon {

/// Options of operators' sign-in at an OpenID provider, a part of `option_table`.
std::vector<option_spec> sso_table();

/// Rejects options that can't work together. Errors: `invalid_argument` with the option.
expected<void> check_sso(const node_options& x);

} // namespace carillon

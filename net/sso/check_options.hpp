#pragma once

#include "base/failure.hpp"
#include "net/sso/sso_options.hpp"

namespace carillon::sso {

/// Errors: `invalid_argument` with the option as the field, for options that can't work together,
/// or that would let in more than they say.
expected<void> check(const sso_options& x);

} // namespace carillon::sso

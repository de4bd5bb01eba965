#pragma once

#include "base/failure.hpp"
#include "net/sso/sso_options.hpp"

namespace carillon {

/// The options with the secret of the file that they name, if they name one. Blocks on the disk.
/// Errors: `invalid_argument`, field `oidc-client-secret-file`.
expected<sso_options> with_secret(sso_options x);

} // namespace carillon

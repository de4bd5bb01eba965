#pragma once

#include "base/failure.hpp"
#include "persistence/postgres/options.hpp"

#include <string>

namespace carillon::postgres {

/// What libpq is given: the URL (or a text of `key='value'`) taken apart by libpq itself, with the
/// time limits of its network as far as it has none of its own. Nothing else in Carillon cuts such
/// a URL: a `?` in a password is libpq's to understand.
/// Errors: `invalid_argument`, field `store`; the detail shows no secret.
expected<std::string> connection_string(const std::string& url, const postgres_options& x);

} // namespace carillon::postgres

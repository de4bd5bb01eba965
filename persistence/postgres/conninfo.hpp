#pragma once

#include "base/failure.hpp"
#include "messages/state/postgres_options.hpp"

#include <chrono>
#include <string>

namespace carillon::postgres {

/// The connection string for libpq: the URL (or a text of `key='value'`) parsed by libpq itself,
/// with default time limits of the network where it has none. Nothing else in Carillon parses such
/// a URL: only libpq interprets a `?` in a password. Errors: `invalid_argument`, field `store`; the
/// detail shows no secret.
expected<std::string> connection_string(const std::string& url, const postgres_options& x);

/// The same; throws `unusable_url`.
std::string with_limits(const std::string& url, const postgres_options& x);

/// The same, for a thread that has no time: a try to connect to one host ends after `most`, though
/// the URL allows more. Throws `unusable_url`.
std::string with_short_connect(const std::string& url, const postgres_options& x,
                               std::chrono::seconds most);

} // namespace carillon::postgres

#pragma once

#include "persistence/postgres/options.hpp"

#include <string>

namespace carillon::postgres {

/// What every connection executes before anything else. A role, a database, the URL and the
/// environment may each have settings of their own, and some of them change what an answer means:
/// bytes as `\000` instead of `\x00`, times in another zone, a snapshot that is older than the
/// lock. All that are read into a meaning, or that keep us waiting, are pinned here; a statement
/// that depends on another one has to add it.
///
/// `search_path` is not among them: it says where the tables are, which is the operator's.
std::string statements_to_pin(const postgres_options& x, bool read_only);

} // namespace carillon::postgres

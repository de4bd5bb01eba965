#pragma once

#include "messages/state/postgres_options.hpp"

#include <string>

namespace carillon::postgres {

/// Statements that every connection executes first. A role, a database, the URL and the environment
/// may each have their own settings, and some change the meaning of an answer: bytes as `\000`
/// instead of `\x00`, times in another zone, a snapshot that is older than the lock. This pins all
/// settings that affect the meaning of answers or waiting times; a statement that depends on
/// another one must add it.
///
/// `search_path` is the operator's, who decides where the tables are. Only the schema that they are
/// in comes first, see `statement_to_pin_schema`.
std::string statements_to_pin(const postgres_options& x, bool read_only);

/// A statement that puts the schema of our tables first in `search_path`, if there are tables and
/// it is not: in the default path, the schema `carillon` of the function `carillon.publish` comes
/// first for a role of this name, and new tables would be made there.
/// @param for_transaction until its end only
std::string statement_to_pin_schema(bool for_transaction);

} // namespace carillon::postgres

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
/// `search_path` is not among them: the operator decides where the tables are.
std::string statements_to_pin(const postgres_options& x, bool read_only);

} // namespace carillon::postgres

#pragma once

#include "base/failure.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace carillon::sql {

// What can be told of an application's SQL without a parser: quotes and comments are skipped.

/// The same with parameters `$1`, `$2` … in place of `?1`, `?2` ….
std::string with_dollars(std::string_view sql);

/// The highest `n` of a parameter `?n`; 0 if there is none.
size_t highest_parameter(std::string_view sql);

/// Checks that it is one statement that reads or changes rows: no control of transactions, since it
/// would end that of the commit. Errors: `invalid_argument`.
expected<void> check_own_statement(std::string_view sql);

/// Checks that nothing in it names a rollback, which could end the transaction of a later commit: a
/// conflict clause, a trigger. Errors: `invalid_argument`.
expected<void> check_own_script(std::string_view sql);

} // namespace carillon::sql

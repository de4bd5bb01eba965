#pragma once

#include "messages/error.hpp"
#include "messages/payload_view.hpp"

#include <functional>
#include <string_view>

namespace carillon {

/// Makes a check from a JSON Schema (draft-04, as RapidJSON knows it) of at most 64 KiB. References
/// work within the schema; to elsewhere they are refused. Errors: `invalid_argument`, field
/// `schema`.
expected<std::function<expected<void>(const payload_view&)>>
make_schema_check(std::string_view schema);

} // namespace carillon

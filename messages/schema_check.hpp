#pragma once

#include "messages/error.hpp"
#include "messages/payload_view.hpp"

#include <functional>
#include <string_view>

namespace carillon {

/// Makes a check from a JSON Schema of at most 64 KiB, draft-04 as RapidJSON knows it and as
/// `reduce_schema` lets it pass. Errors: `invalid_argument`, field `schema`.
expected<std::function<expected<void>(const payload_view&)>>
make_schema_check(std::string_view schema);

} // namespace carillon

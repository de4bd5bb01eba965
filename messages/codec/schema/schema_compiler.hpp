#pragma once

#include "base/failure.hpp"
#include "messages/codec/schema/schema_node.hpp"

#include <rapidjson/document.h>

#include <memory>

namespace carillon {

/// Compiles a JSON Schema of draft-04 to 2020-12. Nothing in it is ignored silently: each keyword
/// is enforced, is a known annotation, or is rejected by name. Rejected are references to anywhere
/// but `#/definitions/<name>` and `#/$defs/<name>`, recursion, keywords that depend on the results
/// of others (`unevaluated…`), a `format` that is not checked, and schemas that check one value in
/// too many ways. Errors: `invalid_argument`, field `schema`, with the place of the keyword.
expected<std::shared_ptr<const compiled_schema>> compile_schema(const rapidjson::Value& schema);

} // namespace carillon

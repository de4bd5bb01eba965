#pragma once

#include "base/failure.hpp"
#include "messages/codec/schema/schema_node.hpp"

#include <rapidjson/document.h>

#include <memory>

namespace carillon {

/// Compiles a JSON Schema of draft-04 to 2020-12. Nothing in it is ignored silently: a keyword is
/// honoured, or a known annotation, or refused by name, so that its author need not find out from
/// the events. Refused are references to anywhere but `#/definitions/<name>` and `#/$defs/<name>`,
/// recursion, what would have to be known of other keywords (`unevaluated…`), a `format` that is
/// not checked, and schemas that check one value in too many ways.
/// Errors: `invalid_argument`, field `schema`, with the place of the keyword.
expected<std::shared_ptr<const compiled_schema>> compile_schema(const rapidjson::Value& schema);

} // namespace carillon

#pragma once

#include "messages/error.hpp"

#include <rapidjson/document.h>

namespace carillon {

/// Reduces a stranger's JSON Schema to what RapidJSON's validator (draft-04) may safely be given.
/// The validator trusts its schemas: wrong kinds and references in a circle crash it, and what it
/// does not know it ignores. So keywords of wrong kinds, unsupported ones, `$ref` to anywhere but
/// `#/definitions/<name>`, recursion, and schemas that are costly to check are refused; annotations
/// are dropped. Errors: `invalid_argument`, field `schema`.
expected<void> reduce_schema(const rapidjson::Value& schema, rapidjson::Document& out);

} // namespace carillon

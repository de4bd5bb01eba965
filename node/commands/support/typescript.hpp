#pragma once

#include <rapidjson/document.h>

#include <string>

namespace carillon::commands {

/// The TypeScript type of the values that satisfy a JSON Schema, as far as it can be said; never
/// narrower than the schema. The rules are those of the npm package,
/// clients/typescript/src/generate.ts. What takes more than 10,000 steps, such as a schema that
/// refers to itself many times, is `unknown` from there on.
std::string typescript_type(const rapidjson::Value& schema);

/// A module that tells the npm package `carillon` the event types that applications registered, and
/// the members that they added to types of the catalogue.
/// @param types as `GET /api/events/types` lists them
std::string typescript_module(const rapidjson::Value& types);

} // namespace carillon::commands

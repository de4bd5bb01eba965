#include "messages/schema_check.hpp"

#include "messages/event_parser.hpp"
#include "messages/schema_rules.hpp"
#include "messages/utf8.hpp"

#include <rapidjson/document.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/pointer.h>
#include <rapidjson/schema.h>
#include <rapidjson/stringbuffer.h>

#include <memory>
#include <string>

namespace carillon {

namespace {

constexpr size_t max_schema_bytes = 64UL * 1024;

failure wrong(std::string detail) {
  return {ec::invalid_argument, std::move(detail), "schema"};
}

/// A schema as the validator uses it; `rules` outlives it, for messages.
struct compiled_schema {
  explicit compiled_schema(rapidjson::Document reduced) : rules(std::move(reduced)), checks(rules) {
  }

  rapidjson::Document rules;
  rapidjson::SchemaDocument checks;
};

/// `/a/b` → `data.a.b`.
std::string path_of(const rapidjson::Pointer& x) {
  std::string out = "data";
  for (size_t i = 0; i < x.GetTokenCount(); ++i) {
    const auto& token = x.GetTokens()[i];
    out += '.';
    out += std::string_view{token.name, token.length};
  }
  return excerpt(out, 300);
}

/// The first of the names that `required` lists and the object lacks; empty if it can't be told.
std::string missing_name(const rapidjson::Value* rules, const rapidjson::Value* object) {
  if (rules == nullptr || !rules->IsObject() || object == nullptr || !object->IsObject())
    return {};
  auto names = rules->FindMember("required");
  if (names == rules->MemberEnd())
    return {};
  for (const auto& name : names->value.GetArray())
    if (!object->HasMember(name))
      return excerpt({name.GetString(), name.GetStringLength()});
  return {};
}

failure fault_of(const compiled_schema& schema, const rapidjson::SchemaValidator& validator,
                 const rapidjson::Pointer& where, std::string_view json) {
  auto path = path_of(where);
  std::string_view keyword;
  if (const char* name = validator.GetInvalidSchemaKeyword())
    keyword = name;
  if (keyword == "required") {
    rapidjson::Document data;
    data.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
    if (data.HasParseError())
      return {ec::schema_violation, path + " lacks a required member", path};
    const auto* rules = validator.GetInvalidSchemaPointer().Get(schema.rules);
    if (auto name = missing_name(rules, where.Get(data)); !name.empty()) {
      path += "." + name;
      return {ec::schema_violation, path + " is missing", path};
    }
  }
  return {ec::schema_violation,
          path + " does not satisfy '" + std::string{keyword} + "' of the schema of its type",
          path};
}

expected<void> validate(const compiled_schema& schema, std::string_view json) {
  rapidjson::SchemaValidator validator{schema.checks};
  rapidjson::MemoryStream stream{json.data(), json.size()};
  rapidjson::Reader reader;
  auto result = reader.Parse<rapidjson::kParseIterativeFlag>(stream, validator);
  if (validator.IsValid() && !result.IsError())
    return {};
  rapidjson::StringBuffer where;
  validator.GetInvalidDocumentPointer().Stringify(where);
  const rapidjson::Pointer place{where.GetString(), where.GetSize()};
  return fault_of(schema, validator, place, json);
}

} // namespace

expected<std::function<expected<void>(const payload_view&)>>
make_schema_check(std::string_view schema) {
  if (schema.size() > max_schema_bytes)
    return wrong("a schema has at most 64 KiB");
  payload_view ignored;
  if (auto parsed = this_threads_parser().parse_payload(schema, ignored); !parsed)
    return wrong("the schema is no JSON object: " + parsed.error().detail);
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(schema.data(), schema.size());
  if (document.HasParseError())
    return wrong("the schema is no JSON object");
  rapidjson::Document reduced;
  if (auto ok = reduce_schema(document, reduced); !ok)
    return ok.error();
  auto compiled = std::make_shared<const compiled_schema>(std::move(reduced));
  return std::function<expected<void>(const payload_view&)>{
    [compiled = std::move(compiled)](const payload_view& x) {
      return validate(*compiled, x.json);
    }};
}

} // namespace carillon

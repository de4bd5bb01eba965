#include "messages/schema_check.hpp"

#include "messages/event_parser.hpp"

#include <rapidjson/document.h>
#include <rapidjson/memorystream.h>
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

/// References beyond the schema would have to be fetched; `pattern` would run a stranger's regular
/// expression over strangers' texts.
expected<void> refuse_unsupported(const rapidjson::Value& x) {
  if (x.IsObject()) {
    for (const auto& member : x.GetObject()) {
      std::string_view name{member.name.GetString(), member.name.GetStringLength()};
      bool text = member.value.IsString();
      if (name == "$ref" && (!text || member.value.GetString()[0] != '#'))
        return wrong("$ref must point into the schema itself");
      if ((name == "pattern" && text) || (name == "patternProperties" && member.value.IsObject()))
        return wrong("'" + std::string{name} + "' is not supported");
      if (auto ok = refuse_unsupported(member.value); !ok)
        return ok;
    }
  } else if (x.IsArray()) {
    for (const auto& item : x.GetArray())
      if (auto ok = refuse_unsupported(item); !ok)
        return ok;
  }
  return {};
}

/// `#/a/b` → `data.a.b`.
std::string path_of(const rapidjson::StringBuffer& pointer) {
  std::string out = "data";
  for (std::string_view rest{pointer.GetString(), pointer.GetSize()}; !rest.empty();
       rest.remove_prefix(1))
    if (rest.front() == '/')
      out += '.';
    else if (rest.front() != '#')
      out += rest.front();
  return out;
}

expected<void> validate(const rapidjson::SchemaDocument& schema, std::string_view json) {
  rapidjson::SchemaValidator validator{schema};
  rapidjson::MemoryStream stream{json.data(), json.size()};
  rapidjson::Reader reader;
  auto result = reader.Parse<rapidjson::kParseIterativeFlag>(stream, validator);
  if (validator.IsValid() && !result.IsError())
    return {};
  rapidjson::StringBuffer where;
  validator.GetInvalidDocumentPointer().StringifyUriFragment(where);
  auto path = path_of(where);
  const char* keyword = validator.GetInvalidSchemaKeyword();
  return failure{ec::schema_violation,
                 path + " does not satisfy '" + (keyword != nullptr ? keyword : "schema")
                   + "' of its type",
                 path};
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
  if (auto ok = refuse_unsupported(document); !ok)
    return ok.error();
  auto compiled = std::make_shared<const rapidjson::SchemaDocument>(document);
  return std::function<expected<void>(const payload_view&)>{
    [compiled](const payload_view& x) { return validate(*compiled, x.json); }};
}

} // namespace carillon

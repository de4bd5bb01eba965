#include "messages/codec/schema/schema_check.hpp"

#include "messages/codec/event_parser.hpp"
#include "messages/codec/schema/schema_checker.hpp"
#include "messages/codec/schema/schema_compiler.hpp"

#include <rapidjson/document.h>

#include <array>
#include <memory>

namespace carillon {

namespace {

constexpr size_t max_schema_bytes = 64UL * 1024;
/// Memory that needs no allocation while a small event is checked.
constexpr size_t small_event_bytes = 16UL * 1024;
/// Parses numbers to the nearest double, so that 19.99 equals the 19.99 of the schema.
constexpr unsigned parse_flags
  = rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag;

using pool = rapidjson::MemoryPoolAllocator<>;
using document = rapidjson::GenericDocument<rapidjson::UTF8<>, pool, pool>;

failure wrong(std::string detail) {
  return {ec::invalid_argument, std::move(detail), "schema"};
}

expected<void> check(const compiled_schema& schema, std::string_view json) {
  alignas(std::max_align_t) std::array<char, small_event_bytes> values;
  alignas(std::max_align_t) std::array<char, small_event_bytes / 4> stack;
  pool value_memory{values.data(), values.size()};
  pool stack_memory{stack.data(), stack.size()};
  document data{&value_memory, stack.size() / 2, &stack_memory};
  data.Parse<parse_flags>(json.data(), json.size());
  // The text was parsed before; this check protects against callers that pass another one.
  if (data.HasParseError())
    return failure{ec::malformed_json, "data is not valid JSON", "data"};
  return schema_checker{schema_steps(json.size())}.check(schema, data);
}

} // namespace

expected<std::function<expected<void>(const payload_view&)>>
make_schema_check(std::string_view schema) {
  if (schema.size() > max_schema_bytes)
    return wrong("a schema has at most 64 KiB");
  payload_view ignored;
  if (auto parsed = this_threads_parser().parse_payload(schema, ignored); !parsed)
    return wrong("the schema is no JSON object: " + parsed.error().detail);
  rapidjson::Document source;
  source.Parse<parse_flags>(schema.data(), schema.size());
  if (source.HasParseError())
    return wrong("the schema is no JSON object");
  auto compiled = compile_schema(source);
  if (!compiled)
    return compiled.error();
  return std::function<expected<void>(const payload_view&)>{
    [compiled = std::move(*compiled)](const payload_view& x) { return check(*compiled, x.json); }};
}

} // namespace carillon

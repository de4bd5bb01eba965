#include "net/traces/otlp_json.hpp"

#include "base/json/appender.hpp"
#include "base/json/strict_json.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>
#include <charconv>

namespace carillon {

namespace {

/// Bytes of a text in a span.
constexpr size_t most_text_bytes = 1'024;

/// `STATUS_CODE_ERROR` of OTLP.
constexpr uint64_t failed = 2;

std::string clean(std::string_view x) {
  return excerpt(x, most_text_bytes);
}

std::string nanoseconds(timestamp x) {
  // As digits: the number of nanoseconds is beyond what a double holds.
  return std::to_string(std::max<int64_t>(to_micros(x), 0)) + "000";
}

void append_text(json_appender& to, std::string_view name, std::string_view text) {
  to.begin_object().member("key", name).begin_object("value");
  to.member("stringValue", clean(text)).end_object().end_object();
}

void append_attribute(json_appender& to, const span_attribute& x) {
  if (const auto* text = std::get_if<std::string>(&x.value))
    return append_text(to, x.name, *text);
  to.begin_object().member("key", x.name).begin_object("value");
  if (const auto* number = std::get_if<int64_t>(&x.value))
    to.member("intValue", std::to_string(*number));
  else
    to.member("boolValue", std::get<bool>(x.value));
  to.end_object().end_object();
}

void append_span(json_appender& to, const span& x) {
  to.begin_object()
    .member("traceId", trace_id_text(x.context))
    .member("spanId", span_id_text(x.context.span));
  if (x.parent != 0)
    to.member("parentSpanId", span_id_text(x.parent));
  to.member("name", clean(x.name))
    .member("kind", static_cast<uint64_t>(x.kind))
    .member("startTimeUnixNano", nanoseconds(x.begun))
    .member("endTimeUnixNano", nanoseconds(std::max(x.begun, x.ended)));
  to.begin_array("attributes");
  for (const auto& y : x.attributes)
    append_attribute(to, y);
  to.end_array();
  if (x.link) {
    to.begin_array("links").begin_object();
    to.member("traceId", trace_id_text(*x.link)).member("spanId", span_id_text(x.link->span));
    to.end_object().end_array();
  }
  to.begin_object("status");
  if (!x.error.empty())
    to.member("code", failed).member("message", clean(x.error));
  to.end_object().end_object();
}

/// The value of a number of 64 bits, which this encoding writes as a text or as a number.
uint64_t number_of(const rapidjson::Value& x) {
  if (x.IsUint64())
    return x.GetUint64();
  uint64_t out = 0;
  if (x.IsString())
    std::from_chars(x.GetString(), x.GetString() + x.GetStringLength(), out);
  return out;
}

} // namespace

std::string otlp_json(std::span<const carillon::span> spans, std::string_view service,
                      std::string_view instance) {
  constexpr size_t bytes_per_span = 800;
  std::string out;
  out.reserve(512 + spans.size() * bytes_per_span);
  json_appender to{out};
  to.begin_object().begin_array("resourceSpans").begin_object();
  to.begin_object("resource").begin_array("attributes");
  append_text(to, "service.name", service);
  append_text(to, "service.version", CARILLON_VERSION);
  append_text(to, "service.instance.id", instance);
  to.end_array().end_object();
  to.begin_array("scopeSpans").begin_object();
  to.begin_object("scope").member("name", "carillon").end_object();
  to.begin_array("spans");
  for (const auto& x : spans)
    append_span(to, x);
  to.end_array().end_object().end_array().end_object().end_array().end_object();
  return out;
}

uint64_t rejected_spans(std::string_view answer) {
  auto parsed = parse_strict_object(answer, event_limits::json_depth);
  if (!parsed)
    return 0;
  auto partial = parsed->FindMember("partialSuccess");
  if (partial == parsed->MemberEnd() || !partial->value.IsObject())
    return 0;
  auto rejected = partial->value.FindMember("rejectedSpans");
  return rejected == partial->value.MemberEnd() ? 0 : number_of(rejected->value);
}

} // namespace carillon

#include "messages/codec.hpp"

#include "messages/event_parser.hpp"
#include "messages/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

// CloudEvents 1.0 beyond what the parser does: binary mode in, structured mode out.

namespace carillon {

namespace {

std::optional<int> hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return std::nullopt;
}

/// Decodes percent-encoding (HTTP protocol binding, section 3.1.3.2).
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size())
      return std::nullopt;
    auto high = hex_value(text[i + 1]);
    auto low = hex_value(text[i + 2]);
    if (!high || !low)
      return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

bool is_attribute_name(std::string_view x) {
  return !x.empty() && x.size() <= 64 && std::all_of(x.begin(), x.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

void append_member(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty())
    return;
  out += ',';
  append_json_string(out, name);
  out += ':';
  append_json_string(out, value);
}

/// Attributes with a meaning of their own; metadata may not stand in for them.
bool is_reserved(std::string_view name) {
  static constexpr std::array<std::string_view, 15> names{
    "specversion", "id",        "type",     "source",        "time",
    "data",        "companyid", "userid",   "correlationid", "causationid",
    "traceparent", "audience",  "sequence", "recordedtime",  "datacontenttype"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Metadata that may be an attribute (CloudEvents 1.0, section 3.1): what came in as one goes out
/// as one again.
void append_metadata(std::string& out, const std::string& metadata) {
  payload_view view;
  if (metadata == "{}" || !this_threads_parser().parse_payload(metadata, view))
    return;
  for (size_t i = 0; i < view.size; ++i) {
    const auto& x = (*view.members)[i];
    if (!is_attribute_name(x.name) || is_reserved(x.name))
      continue;
    int32_t number = 0;
    auto end = x.raw.data() + x.raw.size();
    bool scalar = x.kind == json_kind::string || x.kind == json_kind::boolean
                  || (x.kind == json_kind::integer
                      && std::from_chars(x.raw.data(), end, number).ec == std::errc{});
    if (!scalar || x.raw == R"("")")
      continue;
    out += ",\"" + x.name + "\":";
    out += x.raw;
  }
}

} // namespace

expected<draft_ptr> parse_cloud_event_binary(const std::vector<cloud_attribute>& attributes,
                                             std::string_view body, const parse_context& ctx) {
  // Checked alone before it becomes part of a larger text: otherwise it could close its object and
  // add attributes of its own.
  payload_view alone;
  if (!body.empty())
    if (auto whole = this_threads_parser().parse_payload(body, alone); !whole)
      return whole.error();
  // The same event in structured mode: one set of rules for both.
  std::string text = "{";
  for (const auto& [name, value] : attributes) {
    if (!is_attribute_name(name) || name == "data")
      return failure{ec::invalid_argument, "'ce-" + excerpt(name) + "' is no attribute name",
                     "ce-" + excerpt(name)};
    auto decoded = percent_decoded(value);
    if (!decoded)
      return failure{ec::invalid_argument, "ce-" + name + " is not percent-encoded rightly",
                     "ce-" + name};
    if (text.size() > 1)
      text += ',';
    append_json_string(text, name);
    text += ':';
    append_json_string(text, *decoded);
  }
  text += text.size() > 1 ? R"(,"data":)" : R"("data":)";
  text += body.empty() ? std::string_view{"{}"} : body;
  text += '}';
  return parse_cloud_event(text, ctx);
}

void append_cloud_event(std::string& out, const event& x) {
  out += R"({"specversion":"1.0","datacontenttype":"application/json")";
  append_member(out, "id", x.id);
  append_member(out, "type", x.type);
  append_member(out, "source", x.source);
  append_member(out, "time", to_rfc3339(x.time));
  append_member(out, "companyid", x.company_id);
  append_member(out, "userid", x.user_id);
  append_member(out, "correlationid", x.correlation_id);
  append_member(out, "causationid", x.causation_id);
  append_member(out, "traceparent", x.traceparent);
  append_member(out, "audience", name_of(x.audience));
  append_member(out, "sequence", std::to_string(x.seq));
  append_member(out, "recordedtime", to_rfc3339(x.recorded_at));
  append_metadata(out, x.metadata);
  out += R"(,"data":)";
  out += x.data;
  out += '}';
}

} // namespace carillon

#include "messages/codec/codec.hpp"

#include "base/json/appender.hpp"
#include "base/text/media_type.hpp"
#include "base/text/uri.hpp"
#include "base/text/utf8.hpp"
#include "messages/codec/event_parser.hpp"

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

/// Unescapes what stands in double quotes (RFC 7230, section 3.2.6), as older versions of the
/// binding write it. A text with unpaired quotes is returned unchanged.
std::string unquoted(std::string_view text) {
  std::string out;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      quoted = !quoted;
      continue;
    }
    if (quoted && text[i] == '\\' && i + 1 < text.size())
      ++i;
    out += text[i];
  }
  return quoted ? std::string{text} : out;
}

bool is_attribute_name(std::string_view x) {
  return !x.empty() && x.size() <= 64 && std::all_of(x.begin(), x.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

/// Attributes that come from the event itself; metadata may not replace them.
bool is_reserved(std::string_view name) {
  static constexpr std::array<std::string_view, 11> names{
    "specversion", "id",     "type",          "source",      "time",       "data",
    "companyid",   "userid", "correlationid", "causationid", "traceparent"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Whether a member of the metadata may be an attribute (CloudEvents 1.0, section 3.1).
bool may_be_attribute(const payload_member& x) {
  if (!is_attribute_name(x.name) || is_reserved(x.name) || x.raw == R"("")")
    return false;
  int32_t number = 0;
  auto end = x.raw.data() + x.raw.size();
  if (x.kind == json_kind::integer)
    return std::from_chars(x.raw.data(), end, number).ec == std::errc{};
  if (x.name == "audience")
    return x.kind != json_kind::string || !audience_from(x.text);
  if (x.name == "datacontenttype")
    return x.kind == json_kind::string && is_json_media_type(x.text);
  if (x.name == "dataschema")
    return x.kind == json_kind::string && is_uri(x.text);
  return x.kind == json_kind::string || x.kind == json_kind::boolean;
}

/// Metadata that was received as attributes, to be written as attributes again. The metadata
/// outlives it.
class attributes_of_metadata {
public:
  explicit attributes_of_metadata(const std::string& metadata) {
    payload_view view;
    if (metadata == "{}" || !this_threads_parser().parse_payload(metadata, view))
      return;
    for (size_t i = 0; i < view.size; ++i)
      if (const auto& x = (*view.members)[i]; may_be_attribute(x))
        attributes_.emplace_back(x.name, x.raw);
  }

  bool has(std::string_view name) const {
    return std::any_of(attributes_.begin(), attributes_.end(),
                       [&](const auto& x) { return x.first == name; });
  }

  void append_to(json_appender& out) const {
    for (const auto& [name, json] : attributes_)
      out.raw(name, json);
  }

private:
  std::vector<std::pair<std::string, std::string_view>> attributes_;
};

/// A position as the extension `sequence` defines it: the texts sort in the order of the events.
std::string sequence_of(position seq) {
  constexpr size_t digits = 20;
  auto out = std::to_string(seq);
  return std::string(digits - out.size(), '0') + out;
}

} // namespace

expected<draft_ptr> parse_cloud_event_binary(const std::vector<cloud_attribute>& attributes,
                                             std::string_view body, const parse_context& ctx,
                                             std::string_view content_type) {
  // Checked alone before it becomes part of a larger text: otherwise it could close its object and
  // add attributes of its own.
  payload_view alone;
  if (!body.empty())
    if (auto whole = this_threads_parser().parse_payload(body, alone); !whole)
      return whole.error();
  // The same event in structured mode: one set of rules for both.
  std::string text;
  json_appender json{text};
  json.begin_object();
  for (const auto& [name, value] : attributes) {
    if (!is_attribute_name(name) || name == "data")
      return failure{ec::invalid_argument, "'ce-" + excerpt(name) + "' is no attribute name",
                     "ce-" + excerpt(name)};
    auto decoded = percent_decoded(unquoted(value));
    if (!decoded)
      return failure{ec::invalid_argument, "ce-" + name + " is not percent-encoded rightly",
                     "ce-" + name};
    json.member(name, *decoded);
  }
  json.member_unless_empty("datacontenttype", content_type);
  json.raw("data", body.empty() ? std::string_view{"{}"} : body).end_object();
  return parse_cloud_event(text, ctx);
}

void append_cloud_event(std::string& out, const event& x) {
  const attributes_of_metadata kept{x.metadata};
  json_appender json{out};
  auto add_own = [&](std::string_view name, std::string_view value) {
    if (!kept.has(name))
      json.member_unless_empty(name, value);
  };
  json.begin_object().member("specversion", "1.0");
  add_own("datacontenttype", "application/json");
  json.member_unless_empty("id", x.id)
    .member_unless_empty("type", x.type)
    .member_unless_empty("source", as_uri_reference(x.source))
    .member("time", x.time)
    .member_unless_empty("companyid", x.company_id)
    .member_unless_empty("userid", x.user_id)
    .member_unless_empty("correlationid", x.correlation_id)
    .member_unless_empty("causationid", x.causation_id)
    .member_unless_empty("traceparent", x.traceparent);
  add_own("audience", name_of(x.audience));
  add_own("sequence", sequence_of(x.seq));
  add_own("recordedtime", to_rfc3339(x.recorded_at));
  kept.append_to(json);
  json.raw("data", x.data).end_object();
}

} // namespace carillon

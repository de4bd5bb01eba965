#include "messages/codec/codec.hpp"

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

void append_member(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty())
    return;
  out += ',';
  append_json_string(out, name);
  out += ':';
  append_json_string(out, value);
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

/// Writes metadata that was received as attributes as attributes again.
class attributes_of_metadata {
public:
  explicit attributes_of_metadata(const std::string& metadata) {
    payload_view view;
    if (metadata == "{}" || !this_threads_parser().parse_payload(metadata, view))
      return;
    for (size_t i = 0; i < view.size; ++i)
      if (const auto& x = (*view.members)[i]; may_be_attribute(x)) {
        names_.push_back(x.name);
        text_ += ",\"" + x.name + "\":";
        text_ += x.raw;
      }
  }

  bool has(std::string_view name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }

  const std::string& text() const noexcept {
    return text_;
  }

private:
  std::vector<std::string> names_;
  std::string text_;
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
  std::string text = "{";
  for (const auto& [name, value] : attributes) {
    if (!is_attribute_name(name) || name == "data")
      return failure{ec::invalid_argument, "'ce-" + excerpt(name) + "' is no attribute name",
                     "ce-" + excerpt(name)};
    auto decoded = percent_decoded(unquoted(value));
    if (!decoded)
      return failure{ec::invalid_argument, "ce-" + name + " is not percent-encoded rightly",
                     "ce-" + name};
    if (text.size() > 1)
      text += ',';
    append_json_string(text, name);
    text += ':';
    append_json_string(text, *decoded);
  }
  if (!content_type.empty()) {
    text += text.size() > 1 ? R"(,"datacontenttype":)" : R"("datacontenttype":)";
    append_json_string(text, content_type);
  }
  text += text.size() > 1 ? R"(,"data":)" : R"("data":)";
  text += body.empty() ? std::string_view{"{}"} : body;
  text += '}';
  return parse_cloud_event(text, ctx);
}

void append_cloud_event(std::string& out, const event& x) {
  const attributes_of_metadata kept{x.metadata};
  auto append_own = [&](std::string_view name, std::string_view value) {
    if (!kept.has(name))
      append_member(out, name, value);
  };
  out += R"({"specversion":"1.0")";
  append_own("datacontenttype", "application/json");
  append_member(out, "id", x.id);
  append_member(out, "type", x.type);
  append_member(out, "source", as_uri_reference(x.source));
  append_member(out, "time", to_rfc3339(x.time));
  append_member(out, "companyid", x.company_id);
  append_member(out, "userid", x.user_id);
  append_member(out, "correlationid", x.correlation_id);
  append_member(out, "causationid", x.causation_id);
  append_member(out, "traceparent", x.traceparent);
  append_own("audience", name_of(x.audience));
  append_own("sequence", sequence_of(x.seq));
  append_own("recordedtime", to_rfc3339(x.recorded_at));
  out += kept.text();
  out += R"(,"data":)";
  out += x.data;
  out += '}';
}

} // namespace carillon

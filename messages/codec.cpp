#include "messages/codec.hpp"

#include "messages/event_array.hpp"

#include <array>
#include <charconv>

namespace carillon {

namespace {

void append_number(std::string& out, uint64_t x) {
  std::array<char, 20> buffer{};
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x).ptr;
  out.append(buffer.data(), end);
}

/// Appends `,"name":"value"` unless the value is empty.
void append_optional(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty())
    return;
  out += ',';
  out += '"';
  out += name;
  out += "\":";
  append_json_string(out, value);
}

std::string encode(const event& x) {
  std::string out;
  out.reserve(x.data.size() + x.metadata.size() + 360);
  out += R"({"seq":)";
  append_number(out, x.seq);
  append_optional(out, "id", x.id);
  append_optional(out, "type", x.type);
  append_optional(out, "source", x.source);
  out += R"(,"time":")";
  append_rfc3339(out, x.time);
  out += R"(","recordedAt":")";
  append_rfc3339(out, x.recorded_at);
  out += '"';
  append_optional(out, "companyId", x.company_id);
  append_optional(out, "userId", x.user_id);
  append_optional(out, "correlationId", x.correlation_id);
  append_optional(out, "causationId", x.causation_id);
  append_optional(out, "traceparent", x.traceparent);
  append_optional(out, "audience", name_of(x.audience));
  out += R"(,"data":)";
  out += x.data;
  out += R"(,"metadata":)";
  out += x.metadata;
  out += '}';
  return out;
}

} // namespace

void append_json_string(std::string& out, std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  size_t plain = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\')
      continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    out += '\\';
    switch (c) {
    case '"':
    case '\\':
      out += static_cast<char>(c);
      break;
    case '\n':
      out += 'n';
      break;
    case '\r':
      out += 'r';
      break;
    case '\t':
      out += 't';
      break;
    default:
      out += "u00";
      out += hex[c >> 4];
      out += hex[c & 0xf];
    }
  }
  out.append(text, plain, text.size() - plain);
  out += '"';
}

const std::string& json_of(const event& x) {
  return x.json.get([&] { return encode(x); });
}

namespace {

expected<parsed_items> parse_all(std::string_view json, event_form form, const parse_context& ctx,
                                 size_t max_items) {
  event_array all{json, form, max_items};
  if (auto done = all.parse(ctx, std::chrono::steady_clock::time_point::max()); !done)
    return done.error();
  return all.take();
}

} // namespace

expected<draft_ptr> parse_event(std::string_view json, const parse_context& ctx) {
  return this_threads_parser().parse_one(json, event_form::plain, ctx);
}

expected<parsed_items> parse_events(std::string_view json, const parse_context& ctx,
                                    size_t max_items) {
  return parse_all(json, event_form::plain, ctx, max_items);
}

expected<draft_ptr> parse_cloud_event(std::string_view json, const parse_context& ctx) {
  return this_threads_parser().parse_one(json, event_form::cloud_event, ctx);
}

expected<parsed_items> parse_cloud_events(std::string_view json, const parse_context& ctx,
                                          size_t max_items) {
  return parse_all(json, event_form::cloud_event, ctx, max_items);
}

} // namespace carillon

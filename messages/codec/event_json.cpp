#include "messages/codec/event_json.hpp"

#include "messages/codec/codec.hpp"

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

} // namespace

void append_event_json(std::string& out, const event& x, bool with_metadata) {
  out.reserve(out.size() + x.data.size() + x.metadata.size() + 360);
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
  if (x.hops > 0) {
    out += R"(,"hops":)";
    append_number(out, x.hops);
  }
  out += R"(,"data":)";
  out += x.data;
  if (with_metadata) {
    out += R"(,"metadata":)";
    out += x.metadata;
  }
  out += '}';
}

} // namespace carillon

// Events as publishers send them, in every form. An accepted event keeps the limits, is valid JSON
// for every audience, and that JSON makes the same event; one text does not affect the next.

#include "base/text/uri.hpp"
#include "fuzz/json_check.hpp"
#include "fuzz/require.hpp"
#include "messages/codec/codec.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace carillon;

namespace {

constexpr size_t max_items = 20;

bool is_name(std::string_view x, size_t most = event_limits::id_bytes) {
  return is_identifier(x, most) && is_utf8(x);
}

void check_limits(const event& x) {
  fuzz::require(is_event_type(x.type) && !is_engine_type(x.type));
  fuzz::require(is_name(x.id) && is_name(x.source, event_limits::source_bytes));
  for (const auto* name : {&x.company_id, &x.user_id, &x.correlation_id, &x.causation_id})
    fuzz::require(name->empty() || is_name(*name));
  fuzz::require(x.audience != audience::company || !x.company_id.empty());
  fuzz::require(x.audience != audience::user || !x.user_id.empty());
  fuzz::require(fuzz::is_json_object(x.data) && fuzz::is_json_object(x.metadata));
  fuzz::require(x.data.size() <= event_limits::data_bytes);
  fuzz::require(x.metadata.size() <= event_limits::metadata_bytes);
}

bool are_equal(const event& x, const event& y) {
  return x.id == y.id && x.type == y.type && x.time == y.time && x.company_id == y.company_id
         && x.user_id == y.user_id && x.correlation_id == y.correlation_id
         && x.causation_id == y.causation_id && x.traceparent == y.traceparent && x.data == y.data;
}

void check_round_trips(const event& x, const parse_context& ctx) {
  auto json = json_of(x);
  fuzz::require(fuzz::is_json_object(json));
  // The publisher cannot set positions and append times.
  auto erase = [&](std::string_view member) {
    auto from = json.find(member);
    json.erase(from, json.find(',', from) + 1 - from);
  };
  erase(R"("seq":)");
  erase(R"("recordedAt":)");
  auto plain = parse_event(json, ctx);
  fuzz::require(plain && are_equal(**plain, x) && (*plain)->metadata == x.metadata
                && (*plain)->source == x.source && (*plain)->audience == x.audience);
  std::string cloud_json;
  append_cloud_event(cloud_json, x);
  auto cloud = parse_cloud_event(cloud_json, ctx);
  const auto reference = as_uri_reference(x.source);
  // A source with other characters grows as they are percent-encoded, and may be refused then.
  if (reference.size() > event_limits::source_bytes) {
    fuzz::require(!cloud && cloud.error().field == "source");
    return;
  }
  fuzz::require(cloud && are_equal(**cloud, x) && (*cloud)->source == reference);
  // Unless a foreign attribute of that name has its place.
  if ((*cloud)->metadata.find("\"audience\"") == std::string::npos)
    fuzz::require((*cloud)->audience == x.audience);
}

/// The attributes of binary mode: lines `name:value` up to an empty one; then the body.
std::vector<cloud_attribute> cut_attributes(std::string_view& text) {
  std::vector<cloud_attribute> out;
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty())
      break;
    auto colon = std::min(line.find(':'), line.size());
    out.emplace_back(line.substr(0, colon), line.substr(std::min(colon + 1, line.size())));
  }
  return out;
}

parsed_items parse(unsigned form, std::string_view text, const parse_context& ctx) {
  parsed_items out;
  switch (form) {
  case 0:
    out.push_back(parse_event(text, ctx));
    break;
  case 1:
    out.push_back(parse_cloud_event(text, ctx));
    break;
  case 2: {
    auto attributes = cut_attributes(text);
    out.push_back(parse_cloud_event_binary(attributes, text, ctx));
    break;
  }
  default:
    auto many
      = form == 3 ? parse_events(text, ctx, max_items) : parse_cloud_events(text, ctx, max_items);
    if (many)
      out = std::move(*many);
    else
      out.emplace_back(many.error());
    fuzz::require(!out.empty() && out.size() <= max_items);
  }
  return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const type_registry types;
  if (size < 1)
    return 0;
  std::string_view text{reinterpret_cast<const char*>(data) + 1, size - 1};
  auto form = data[0] % 5U;
  parse_context ctx{
    .types = &types, .accept_unknown_types = data[0] < 128, .now = from_micros(1'800'000'000)};
  auto found = parse(form, text, ctx);
  for (const auto& x : found) {
    if (!x) {
      fuzz::require(is_utf8(x.error().detail) && is_utf8(x.error().field));
      continue;
    }
    check_limits(**x);
    check_round_trips(**x, ctx);
  }
  auto again = parse(form, text, ctx);
  fuzz::require(std::equal(
    found.begin(), found.end(), again.begin(), again.end(), [](const auto& x, const auto& y) {
      return x ? y && (*x)->data == (*y)->data : !y && x.error().detail == y.error().detail;
    }));
  return 0;
}

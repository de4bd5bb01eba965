// Webhooks of providers. The first byte chooses the preset, and whether the body is a form; then
// come lines `name:value` of headers up to an empty one, and the body. Headers that nobody signed
// prove nothing. Behind a proof, whatever the body is: an event keeps its limits, its company and
// its source, and its data holds the body.

#include "fuzz/json_check.hpp"
#include "fuzz/require.hpp"
#include "messages/inbound/delivery.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace carillon;

namespace {

constexpr std::array presets{inbound_preset::standard, inbound_preset::stripe,
                             inbound_preset::github,   inbound_preset::shopify,
                             inbound_preset::slack,    inbound_preset::hmac};

live_source source_for(inbound_preset preset) {
  live_source out;
  out.source = preset_source(preset);
  out.source.name = "provider";
  out.source.company_id = "acme";
  if (preset == inbound_preset::hmac) {
    out.source.signature = {.header = "x-sign", .encoding = inbound_encoding::base64};
    out.source.type = *inbound_template::parse("shop.{header:x-topic|/topic|/form/topic}.{/a/b}");
    out.source.id = *inbound_template::parse("{/id|header:x-id|sha256}");
  }
  out.secrets.push_back({preset == inbound_preset::standard
                           ? "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
                           : "a secret that no input has",
                         std::nullopt});
  return out;
}

inbound_headers cut_headers(std::string_view& text) {
  inbound_headers out;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty())
      break;
    const auto colon = std::min(line.find(':'), line.size());
    std::string name{line.substr(0, colon)};
    if (header_in(out, name).empty())
      out.emplace_back(std::move(name), line.substr(std::min(colon + 1, line.size())));
  }
  return out;
}

void check_event(const event& x, std::string_view body, bool is_form) {
  fuzz::require(is_event_type(x.type) && !is_engine_type(x.type));
  fuzz::require(is_identifier(x.id) && x.source == "/in/provider" && x.company_id == "acme");
  fuzz::require(fuzz::is_json_object(x.data) && fuzz::is_json_object(x.metadata));
  fuzz::require(x.data.size() <= event_limits::data_bytes);
  fuzz::require(x.metadata.size() <= event_limits::metadata_bytes);
  if (!is_form)
    fuzz::require(body.find(x.data) != std::string_view::npos || x.data.starts_with(R"({"body":)"));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0)
    return 0;
  static const type_registry types;
  const parse_context ctx{.types = &types, .accept_unknown_types = true};
  const auto source = source_for(presets[data[0] % presets.size()]);
  const bool is_form = data[0] >= 128;
  std::string_view body{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto headers = cut_headers(body);
  const timestamp now{std::chrono::seconds{1'700'000'000}};
  fuzz::require(!verify_inbound(source, headers, body, now));
  const auto made = inbound_data_of(body, is_form);
  if (!made)
    return 0;
  static_cast<void>(slack_challenge_of(*made));
  const auto draft
    = inbound_draft(source, {headers, "application/json", is_form}, body, *made, ctx);
  if (draft)
    check_event(**draft, body, is_form);
  return 0;
}

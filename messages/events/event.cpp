#include "messages/events/event.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace carillon {

namespace {

bool is_lower(char c) noexcept {
  return c >= 'a' && c <= 'z';
}

bool is_word(char c) noexcept {
  return is_lower(c) || (c >= '0' && c <= '9') || c == '_';
}

} // namespace

size_t footprint_bytes(const event& x) noexcept {
  return sizeof(event) + x.id.size() + x.type.size() + x.source.size() + x.company_id.size()
         + x.user_id.size() + x.correlation_id.size() + x.causation_id.size() + x.traceparent.size()
         + x.data.size() + x.metadata.size();
}

bool is_event_type(std::string_view x) noexcept {
  if (x.empty() || x.size() > 128 || !is_lower(x.front()) || x.back() == '.')
    return false;
  bool dotted = false;
  for (size_t i = 1; i < x.size(); ++i) {
    if (x[i] == '.') {
      if (x[i - 1] == '.')
        return false;
      dotted = true;
    } else if (!is_word(x[i])) {
      return false;
    }
  }
  return dotted;
}

bool is_identifier(std::string_view x, size_t max_bytes) noexcept {
  return !x.empty() && x.size() <= max_bytes && std::none_of(x.begin(), x.end(), [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

bool may_be_reported(const event& x) noexcept {
  // Events of the engine that were stored before hops were counted have none.
  return x.hops == 0 && !is_engine_type(x.type);
}

bool may_be_announced(const event& x) noexcept {
  return x.hops < 2;
}

uint8_t next_hops(const event& cause) noexcept {
  constexpr uint8_t most = std::numeric_limits<uint8_t>::max();
  const uint8_t own = cause.hops == 0 && is_engine_type(cause.type) ? 1 : cause.hops;
  return own == most ? most : static_cast<uint8_t>(own + 1);
}

bool is_engine_type(std::string_view type) noexcept {
  static constexpr std::array<std::string_view, 8> types{"security.login_failed",
                                                         "security.access_denied",
                                                         "webhook.endpoint_disabled",
                                                         "webhook.delivery_exhausted",
                                                         "handler.dead_lettered",
                                                         "consumer.stalled",
                                                         lost_event_type,
                                                         "system.alert"};
  return std::find(types.begin(), types.end(), type) != types.end();
}

} // namespace carillon

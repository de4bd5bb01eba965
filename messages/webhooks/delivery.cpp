#include "messages/webhooks/delivery.hpp"

#include <array>
#include <charconv>

namespace carillon {

namespace {

/// Takes a number without leading zeros off the front.
std::optional<uint64_t> take_number(std::string_view& rest) noexcept {
  uint64_t out = 0;
  auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), out);
  if (error != std::errc{} || out == 0 || rest.front() == '0')
    return std::nullopt;
  rest.remove_prefix(static_cast<size_t>(end - rest.data()));
  return out;
}

bool take_dash(std::string_view& rest) noexcept {
  if (!rest.starts_with('-'))
    return false;
  rest.remove_prefix(1);
  return true;
}

constexpr std::array<std::string_view, 3> state_names{"retrying", "delivered", "failed"};
constexpr std::array<std::string_view, 4> trigger_names{"live", "retry", "manual", "replay"};

} // namespace

std::string to_text(const webhook_delivery_key& x) {
  auto out = std::to_string(x.webhook_id) + '-' + std::to_string(x.seq);
  if (x.replay_id != 0)
    out += '-' + std::to_string(x.replay_id);
  return out;
}

std::optional<webhook_delivery_key> delivery_key_from(std::string_view text) noexcept {
  auto webhook = take_number(text);
  auto seq = webhook && take_dash(text) ? take_number(text) : std::nullopt;
  if (!seq)
    return std::nullopt;
  if (text.empty())
    return webhook_delivery_key{*webhook, *seq, 0};
  auto replay = take_dash(text) ? take_number(text) : std::nullopt;
  if (!replay || !text.empty())
    return std::nullopt;
  return webhook_delivery_key{*webhook, *seq, *replay};
}

std::string_view name_of(webhook_delivery_state x) noexcept {
  return state_names.at(static_cast<size_t>(x));
}

std::optional<webhook_delivery_state> delivery_state_from(std::string_view name) noexcept {
  for (size_t i = 0; i < state_names.size(); ++i)
    if (state_names.at(i) == name)
      return static_cast<webhook_delivery_state>(i);
  return std::nullopt;
}

std::string_view name_of(attempt_trigger x) noexcept {
  return trigger_names.at(static_cast<size_t>(x));
}

} // namespace carillon

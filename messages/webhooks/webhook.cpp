#include "messages/webhooks/webhook.hpp"

#include <charconv>

namespace carillon {

namespace {

constexpr std::string_view consumer_prefix = "webhook.";

} // namespace

std::string webhook_consumer(uint64_t id) {
  return std::string{consumer_prefix} + std::to_string(id);
}

std::optional<uint64_t> webhook_of_consumer(std::string_view name) noexcept {
  if (!name.starts_with(consumer_prefix))
    return std::nullopt;
  name.remove_prefix(consumer_prefix.size());
  uint64_t out = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), out);
  if (error != std::errc{} || end != name.data() + name.size() || out == 0 || name.starts_with('0'))
    return std::nullopt;
  return out;
}

} // namespace carillon

#include "messages/consumers/replay_target.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace carillon {

namespace {

using kind = replay_target::kind;

/// Targets without a name or an id.
constexpr std::array<std::pair<kind, std::string_view>, 4> words{{
  {kind::all, "all"},
  {kind::handlers, "handlers"},
  {kind::webhooks, "webhooks"},
  {kind::sessions, "sessions"},
}};

constexpr std::string_view handler_prefix = "handler/";
constexpr std::string_view webhook_prefix = "webhook/";

/// A positive number without leading zeros.
std::optional<uint64_t> id_from(std::string_view text) noexcept {
  uint64_t out = 0;
  const auto* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, out);
  if (error != std::errc{} || stop != end || text.starts_with('0'))
    return std::nullopt;
  return out;
}

} // namespace

std::string to_text(const replay_target& x) {
  if (x.what == kind::handler)
    return std::string{handler_prefix} + x.name;
  if (x.what == kind::webhook)
    return std::string{webhook_prefix} + std::to_string(x.id);
  for (const auto& [what, word] : words)
    if (what == x.what)
      return std::string{word};
  return {};
}

expected<replay_target> replay_target_from(std::string_view text) {
  for (const auto& [what, word] : words)
    if (word == text)
      return replay_target{what, {}, 0};
  if (text.starts_with(handler_prefix))
    return replay_target::handler(std::string{text.substr(handler_prefix.size())});
  if (!text.starts_with(webhook_prefix))
    return failure{
      ec::invalid_argument,
      "the target is all, handlers, handler/<name>, webhooks, webhook/<id> or sessions", "target"};
  if (auto id = id_from(text.substr(webhook_prefix.size())))
    return replay_target::webhook(*id);
  return failure{ec::not_found, "there is no such webhook", "target"};
}

} // namespace carillon

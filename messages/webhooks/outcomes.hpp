#pragma once

#include "messages/webhooks/http_exchange.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace carillon {

/// Outcomes of webhook attempts, as the metrics name them: a verdict on an answer, or an
/// `http_fault`.
inline constexpr std::array<std::string_view, 14> webhook_outcomes{
  "delivered", "refused", "gone",    "slowed_down", "url",       "dns",     "address_refused",
  "connect",   "tls",     "timeout", "protocol",    "too_large", "message", "not_sent"};

/// Index in `webhook_outcomes`.
size_t webhook_outcome(const http_response& x) noexcept;

} // namespace carillon

#pragma once

#include "messages/events/event.hpp"
#include "messages/webhooks/http_exchange.hpp"
#include "messages/webhooks/options.hpp"
#include "messages/webhooks/webhook.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace carillon {

/// A secret that can sign, until it expires.
struct signing_secret {
  webhook_secret secret;
  std::optional<timestamp> expires_at;
};

/// The body of Standard Webhooks 1.0:
/// `{"type","timestamp","data","companyId","userId","seq","id"}`; the ids of the event's company
/// and user are absent if empty.
std::string webhook_body(const event& x);

/// The value of `webhook-id`: `msg_<seq>`, the same on every attempt; `msg_<id>` for a test, which
/// is not in the log.
std::string message_id(const event& x);

/// One signed attempt at `now`; an attempt made by a replay also has `carillon-replay`. Headers
/// contain nothing from the event's data. Errors: as `sign`; `invalid_argument` if the template of
/// the message cannot be filled in.
/// @param traceparent a header of its own, unless it is empty or the settings name one
expected<http_request> webhook_request(const webhook_settings& to,
                                       std::span<const signing_secret> secrets, const event& x,
                                       uint64_t replay_id, timestamp now,
                                       const attempt_deadlines& deadlines,
                                       const std::string& traceparent = {});

} // namespace carillon

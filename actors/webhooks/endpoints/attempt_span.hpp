#pragma once

#include "messages/consumers/handler.hpp"
#include "messages/traces/open_span.hpp"
#include "messages/webhooks/http_exchange.hpp"
#include "messages/webhooks/webhook.hpp"

namespace carillon {

/// The span of one attempt at a webhook. Of the URL it has host and port, since the rest may hold a
/// secret of the receiver.
span attempt_span(const open_span& x, const delivery& of, const webhook& to,
                  const http_response& response, timestamp now);

} // namespace carillon

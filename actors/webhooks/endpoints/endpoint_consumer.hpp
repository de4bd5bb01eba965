#pragma once

#include "actors/consumers/consumer_settings.hpp"
#include "actors/webhooks/webhook_hub_env.hpp"

#include <atomic>
#include <memory>

namespace carillon {

/// How the consumer of a webhook's endpoint is registered.
/// @param matched_by the filter by which the matcher chooses the events that it is sent. If the
///        filter of `x` differs, `x` was read during a change, and the consumer evaluates it itself
/// @param receiver its target
/// @param failing_since_us see `endpoint_env`; not null
consumer_settings_ptr endpoint_consumer(const webhook& x, const payload_filter& matched_by,
                                        const webhook_hub_options& options, caf::actor receiver,
                                        std::shared_ptr<std::atomic<int64_t>> failing_since_us);

} // namespace carillon

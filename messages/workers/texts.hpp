#pragma once

#include "base/failure.hpp"
#include "messages/workers/deliveries.hpp"

#include <rapidjson/document.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace carillon {

/// The subprotocol of workers' WebSocket connections.
inline constexpr std::string_view worker_protocol = "carillon.consumer.v1";

/// A worker takes so many more deliveries; 1–10,000.
struct credit_command {
  uint64_t deliveries = 0;
};

/// A worker takes no more deliveries.
struct drain_command {};

using worker_command = std::variant<credit_command, settle_deliveries, drain_command>;

/// What a worker sends on its connection: `{"op":"credit","n"}`, `{"op":"ack","ids":[…]}`,
/// `{"op":"nack","id","reason","delayMs"?,"dead"?}`, `{"op":"extend","id","ms"}`,
/// `{"op":"release","ids":[…]}`, `{"op":"drain"}`; with `fence` or as `deliveries` see
/// `settlements_from`. Errors: `malformed_json`, `invalid_argument`.
expected<worker_command> parse_worker_command(std::string_view text);

/// Settlements of one operation, `ack`, `nack`, `extend` or `release`, from the members of an
/// object: `ids` of an `ack` or a `release`, or `deliveries`, an array of `{"id","fence"}`; else
/// `id` and `fence` of the object itself.
/// @param fenced every settlement must have a fence
/// Errors: `invalid_argument` with the field; unknown members are rejected.
expected<settle_deliveries> settlements_from(std::string_view operation,
                                             const rapidjson::Value& object, bool fenced);

/// Appends `"deliveries":[…]` of `[first, …)`, at least one and as many as fit into `bytes`.
/// @returns the number that was appended
size_t append_deliveries(std::string& out, const handed_deliveries& all, size_t first,
                         size_t bytes);

/// `{"op":"hello",…}`, the first message on a connection.
std::string hello_json(std::string_view consumer, const worker_hello& x);

/// `{"op":"acked","upTo"}`.
std::string acked_json(position up_to);

/// `{"op":"stale","ids":[…]}`: settlements that came too late.
std::string stale_json(const std::vector<std::string>& ids);

} // namespace carillon

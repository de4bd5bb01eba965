#pragma once

#include "base/failure.hpp"
#include "messages/workers/options.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

// Values of the options of job queues.

/// Parses pauses with `separator` between them, each of 0 to 168 h, at most 50; an empty text =
/// none.
expected<std::vector<std::chrono::milliseconds>> parse_pauses(std::string_view text,
                                                              char separator);

/// Inverse of `parse_pauses`.
std::string to_text(const std::vector<std::chrono::milliseconds>& xs, char separator);

/// By the name of the queue.
using queue_table = std::map<std::string, queue_settings, std::less<>>;

/// Longest `--jobs-ack-timeout`.
inline constexpr std::chrono::milliseconds longest_ack_timeout = std::chrono::hours{1};

/// Parses `exports:ack=10m:retry=10s/1m,thumbs:ack=5s`. A queue without pauses, `retry=`, has one
/// attempt.
expected<queue_table> parse_queues(std::string_view text);

/// Inverse of `parse_queues`.
std::string to_text(const queue_table& x);

} // namespace carillon

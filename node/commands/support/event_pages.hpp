#pragma once

#include "node/commands/support/api_client.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace carillon::commands {

/// A page of `GET /api/events`.
struct event_lines {
  /// Each event as JSON on one line.
  std::vector<std::string> lines;
  /// Position of the last one; 0 if there is none.
  uint64_t last_seq = 0;
  /// For the next page; empty at the end.
  std::string cursor;
  /// Which history of the log the positions are of.
  std::string history;
  /// The position that was asked for was of another history: the first and the last position of
  /// which the log has other events now.
  std::optional<std::pair<uint64_t, uint64_t>> gap;
};

/// Fetches a page. Errors: those of the API, `timeout`.
expected<event_lines> fetch_events(api_client& client, const query_parameters& query);

} // namespace carillon::commands

#pragma once

#include "base/failure.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// A row of an outbox, as its table has it; see `docs/outbox.md`. Nothing of it is checked: an
/// application wrote it.
struct outbox_row {
  /// Its number in the table. Rises within a transaction, and among transactions that wait for each
  /// other; others may become visible in any order.
  uint64_t seq = 0;
  std::string id;
  std::string type;
  std::string source;
  /// RFC 3339; empty = now.
  std::string time;
  std::optional<std::string> company_id;
  std::optional<std::string> user_id;
  std::optional<std::string> correlation_id;
  std::optional<std::string> causation_id;
  std::optional<std::string> traceparent;
  std::optional<std::string> audience;
  /// JSON.
  std::string data;
  std::optional<std::string> metadata;
};

using outbox_rows = std::vector<outbox_row>;

/// Appends the row as an event in the JSON form of the API. `data` and `metadata` are taken over
/// byte for byte. Errors: `malformed_json` for texts that are not JSON: they could end the event
/// early and begin another one. Nothing is appended then.
expected<void> append_event(std::string& out, const outbox_row& x);

} // namespace carillon

#pragma once

#include "messages/event.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace carillon {

/// Who does something to the node, and from where; goes to the audit log.
struct operator_stamp {
  /// `key:<id>`, `cli`, `dev` or `engine`.
  std::string who = "engine";
  /// Remote address, or empty.
  std::string from;
  /// Of the API key, or empty: its number says little once the key is deleted.
  std::string key_name = {};
};

/// Where an operator's action came from, as the audit log tells it: `10.0.0.9 (shop)`.
inline std::string origin_of(const operator_stamp& x) {
  if (x.key_name.empty())
    return x.from;
  return x.from + (x.from.empty() ? "(" : " (") + x.key_name + ")";
}

/// Content of one audit row, before it is chained.
struct audit_entry {
  timestamp time;
  /// What was done: an event type, or an action like `key.created`.
  std::string action;
  /// Who did it: `user:<id>`, `key:<id>`, `cli`, `dev`, `engine`; may be empty.
  std::string actor;
  /// From where: remote address with the name of the API key, or event source; may be empty.
  std::string origin;
  /// Tenant; may be empty.
  std::string company_id;
  /// What it was done to, e.g. `event:42`, `key:7`, `consumer:audit`.
  std::string subject;
  /// Particulars, a JSON object.
  std::string detail = "{}";
  /// Position of the event that made the row; 0 if none did.
  position event_seq = 0;
};

/// One row of the audit log.
struct audit_row {
  /// 1, 2, 3 …, dense.
  uint64_t number = 0;
  audit_entry entry;
  /// SHA-256 (32 bytes, lower case hex) over the row before and this content.
  std::string hash;
};

/// Result of an audit verification.
struct audit_verdict {
  bool valid = true;
  /// Rows that were checked.
  uint64_t checked = 0;
  /// Number of the first row that is tampered, missing or out of order.
  std::optional<uint64_t> first_bad;
};

} // namespace carillon

#pragma once

#include "messages/events/event.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// Who does something to the node, and from where; goes to the audit log.
struct operator_stamp {
  /// `key:<id>`, `cli`, `dev` or `engine`.
  std::string who = "engine";
  /// Remote address, or empty.
  std::string from;
  /// Of the API key, or empty: its number says little once the key is deleted.
  std::string key_name = {};
  /// For whom the holder of the key acts, as he says (`Carillon-Actor`); not proven. Or empty.
  std::string person = {};
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
  /// For whom `actor` acted, by his own word; may be empty.
  std::string person = {};
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
  std::optional<uint64_t> first_bad = {};
  /// Position of the first event that is not what its row says, or is missing.
  std::optional<position> first_bad_event = {};
  /// What is wrong, in words; empty if nothing is.
  std::string reason = {};
  /// The end of the chain was compared with its seal, which only this node's key can make.
  bool sealed = false;
};

/// What a row of the audit log says of an event.
struct audited_event {
  position seq = 0;
  /// See `event_digest`.
  std::string digest;
};

/// A row that somebody noted elsewhere: `number:hash`.
struct audit_mark {
  uint64_t number = 0;
  /// 64 lower case hexadecimal digits.
  std::string hash;
};

/// Reads `12:0f3a…`; empty for any other text.
std::optional<audit_mark> audit_mark_from(std::string_view text);

/// Inverse.
std::string to_text(const audit_mark& x);

} // namespace carillon

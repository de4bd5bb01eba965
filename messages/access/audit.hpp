#pragma once

#include "messages/events/event.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace carillon {

/// Content of one audit row, before it is chained.
struct audit_entry {
  timestamp time;
  /// The action: an event type, or a name like `key.created`.
  std::string action;
  /// The actor: `user:<id>`, `key:<id>`, `oidc:<subject>`, `cli`, `dev`, `engine`; may be empty.
  std::string actor;
  /// Remote address with the name of the API key, or the event source; may be empty.
  std::string origin;
  /// Tenant; may be empty.
  std::string company_id;
  /// Object of the action, e.g. `event:42`, `key:7`, `consumer:audit`.
  std::string subject;
  /// Details, a JSON object.
  std::string detail = "{}";
  /// Position of the event that caused the row; 0 if none did.
  position event_seq = 0;
  /// The person for whom `actor` claims to act; may be empty.
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
  /// Position of the first event that is missing or differs from its row.
  std::optional<position> first_bad_event = {};
  /// Description of the fault; empty if there is none.
  std::string reason = {};
  /// The end of the chain was compared with its seal. Only this node's key can make the seal.
  bool sealed = false;
};

/// An event as recorded in a row of the audit log.
struct audited_event {
  position seq = 0;
  /// See `event_digest`.
  std::string digest;
};

/// A row that an operator noted elsewhere: `number:hash`.
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

#pragma once

#include "base/page.hpp"
#include "messages/access/api_key.hpp"
#include "messages/access/audit.hpp"
#include "messages/access/operator_stamp.hpp"
#include "messages/events/registered_type.hpp"
#include "messages/list_request.hpp"
#include "messages/request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

// Requests to the state actor about the audit chain, keys and types. Changes that an operator makes
// carry a stamp and write their audit row in the same transaction.

using audit_page = page_of<audit_row>;

using api_key_page = page_of<api_key>;

/// Appends an entry to the audit chain.
struct append_audit {
  using answer = void;
  audit_entry entry;
};

/// A page may be short or empty although there is a next one: filters other than company and action
/// scan a bounded number of rows.
struct list_audit {
  using answer = audit_page;
  list_request page;
  /// The actor, or the person concerned: equal to the row's.
  std::optional<std::string> actor = {};
  std::optional<std::string> subject = {};
  /// Part of the row's origin.
  std::optional<std::string> origin = {};
  std::optional<timestamp> from = {};
  /// Exclusive.
  std::optional<timestamp> to = {};
};

/// What `verify_audit` found in a range, and where the next one begins.
struct audit_progress {
  audit_verdict verdict;
  std::optional<uint64_t> next;
  std::string hash;
  /// The events that the rows of the range refer to.
  std::vector<audited_event> events = {};
};

/// Verifies a range of the chain. Callers continue with `next` and `hash` until `next` is empty, so
/// that no request takes long.
struct verify_audit {
  using answer = audit_progress;
  uint64_t from = 1;
  /// Hash of row `from - 1`; empty for the first.
  std::string hash;
  size_t limit = 10'000;
  /// The chain must contain this row.
  std::optional<audit_mark> expect = {};
};

/// Stores a key; answers it with its id.
struct create_api_key {
  using answer = api_key;
  api_key key;
  operator_stamp by;
};

/// Revokes a key. Errors: `not_found`.
struct delete_api_key {
  using answer = void;
  uint64_t id = 0;
  operator_stamp by;
};

/// Stores when keys were last used. A key that is gone is left out.
struct note_key_uses {
  using answer = void;
  std::vector<key_use> uses;
};

using api_keys = std::vector<api_key>;

/// All keys, by id.
struct list_api_keys {
  using answer = api_keys;
};

/// Stores the schema of an event type, or replaces it.
struct put_event_type {
  using answer = void;
  registered_type type;
  operator_stamp by;
};

using registered_types = std::vector<registered_type>;

/// The event types whose schema the application registered.
struct list_event_types {
  using answer = registered_types;
};

/// Requests about the audit chain that the state actor answers.
using audit_requests = request_list<append_audit, list_audit, verify_audit>;

/// Requests about keys and types that the state actor answers.
using access_requests = request_list<create_api_key, delete_api_key, list_api_keys, note_key_uses,
                                     put_event_type, list_event_types>;

} // namespace carillon

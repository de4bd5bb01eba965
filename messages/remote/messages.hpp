#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace carillon {

// Messages between a node and other CAF processes, see docs/remote.md. They are the only messages
// that are serialized, and hold integers and text only: events travel as the JSON of the HTTP API.
// A message of a peer holds no list, so that its size is that of its frame. Those of subscriptions
// are in messages/remote/subscription_messages.hpp.

/// Version of these messages.
inline constexpr uint32_t remote_version = 1;

/// To the gate: asks for a session, which the answer names. It ends with the sender, or with its
/// connection. Errors: `unauthenticated` (key), `invalid_argument` (version), `overloaded`.
struct remote_login {
  uint32_t version = remote_version;
  /// An API key, `ck_…`; anything under `--dev`.
  std::string key;
};

/// Publishes. Errors: as `POST /api/events`.
struct remote_publish {
  /// One event or an array of events, as `POST /api/events` takes them.
  std::string events;
};

/// The verdict on one event.
struct remote_receipt {
  /// Position of the event; 0 if it was refused.
  uint64_t seq = 0;
  bool duplicate = false;
  /// Name of the error code; empty = durable.
  std::string code;
  std::string detail;
  std::string field;
};

/// The answer to `remote_publish`: a verdict per event, in their order.
struct remote_receipts {
  std::vector<remote_receipt> items;
};

/// Asks for a page of history. Errors: as `GET /api/events`.
struct remote_query {
  /// Conditions as a JSON object, see `filter_from_json`; empty = every event.
  std::string filter;
  bool ascending = false;
  /// 1–1000.
  uint32_t limit = 100;
  /// Only positions beyond this one in the direction of the order; 0 = all.
  uint64_t beyond = 0;
};

/// The answer to `remote_query`.
struct remote_page {
  /// As JSON.
  std::vector<std::string> events;
  /// `beyond` of the next page; 0 at the end.
  uint64_t next = 0;
};

/// @cond INTERNAL
// For CAF's serializer.

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, remote_login& x) {
  return f(x.version, x.key);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, remote_publish& x) {
  return f(x.events);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, remote_receipt& x) {
  return f(x.seq, x.duplicate, x.code, x.detail, x.field);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, remote_receipts& x) {
  return f(x.items);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, remote_query& x) {
  return f(x.filter, x.ascending, x.limit, x.beyond);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, remote_page& x) {
  return f(x.events, x.next);
}

// They may leave the process, see messages/local_message.hpp.
std::false_type is_local_message(const remote_login*);
std::false_type is_local_message(const remote_publish*);
std::false_type is_local_message(const remote_receipt*);
std::false_type is_local_message(const std::vector<remote_receipt>*);
std::false_type is_local_message(const remote_receipts*);
std::false_type is_local_message(const remote_query*);
std::false_type is_local_message(const remote_page*);

/// @endcond

} // namespace carillon

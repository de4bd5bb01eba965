#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

namespace carillon {

// Messages of a subscription between a node and another CAF process; what holds for those of
// messages/remote/messages.hpp holds for them.

/// Makes the sender the subscriber of a durable consumer, instead of the one before it. Events
/// follow as `remote_events`. Errors: `invalid_argument`, `forbidden`, `overloaded`,
/// `store_unavailable`.
struct remote_subscribe {
  /// 1–100 characters of `A–Z a–z 0–9 . _ -`. Each company has its own names.
  std::string consumer;
  /// Patterns of types with commas between, or a JSON object as `remote_query` has; empty = all.
  std::string types;
  /// Of a new consumer: true = at the begin of the log, false = at its present end.
  bool from_beginning = false;
  /// Events that may be sent before they are acknowledged: 1–10,000.
  uint32_t credit = 256;
};

/// The answer to `remote_subscribe`.
struct remote_subscribed {
  /// Everything up to this position was acknowledged.
  uint64_t cursor = 0;
};

/// To the subscriber: events in the order of their positions.
struct remote_events {
  std::string consumer;
  /// As JSON.
  std::vector<std::string> events;
  /// To be acknowledged when the events are handled. Without events: the log has none for this
  /// subscriber up to here.
  uint64_t up_to = 0;
};

/// Everything up to here is handled; of the subscriber only. Answered when that is durable.
/// Errors: `conflict` (the consumer has another subscriber), `not_found` (no such subscription),
/// `invalid_argument` (not sent yet), `store_unavailable`.
struct remote_acknowledge {
  std::string consumer;
  uint64_t up_to = 0;
};

/// Ends the subscription; the cursor stays. Errors: `not_found`.
struct remote_unsubscribe {
  std::string consumer;
};

/// The answer to `remote_acknowledge` and `remote_unsubscribe`.
struct remote_acknowledged {
  std::string consumer;
  /// The durable cursor.
  uint64_t up_to = 0;
};

/// To the subscriber: the subscription is over. `code` is the name of the reason: `conflict` if
/// another subscriber took its place.
struct remote_ended {
  std::string consumer;
  std::string code;
  std::string detail;
};

/// @cond INTERNAL
// For CAF's serializer.

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, remote_subscribe& x) {
  return f(x.consumer, x.types, x.from_beginning, x.credit);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, remote_subscribed& x) {
  return f(x.cursor);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, remote_events& x) {
  return f(x.consumer, x.events, x.up_to);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, remote_acknowledge& x) {
  return f(x.consumer, x.up_to);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, remote_unsubscribe& x) {
  return f(x.consumer);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, remote_acknowledged& x) {
  return f(x.consumer, x.up_to);
}

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, remote_ended& x) {
  return f(x.consumer, x.code, x.detail);
}

// They may leave the process, see messages/local_message.hpp.
std::false_type is_local_message(const remote_subscribe*);
std::false_type is_local_message(const remote_subscribed*);
std::false_type is_local_message(const remote_events*);
std::false_type is_local_message(const remote_acknowledge*);
std::false_type is_local_message(const remote_unsubscribe*);
std::false_type is_local_message(const remote_acknowledged*);
std::false_type is_local_message(const remote_ended*);

/// @endcond

} // namespace carillon

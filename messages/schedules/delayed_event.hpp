#pragma once

#include "base/page.hpp"
#include "base/time.hpp"
#include "messages/access/operator_stamp.hpp"
#include "messages/list_request.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

// Events that wait for their time, and the requests to the state actor about them.

/// Where an event that waits for its time is.
enum class delay_state : uint8_t {
  waiting,
  /// It is being published, and cannot be cancelled any more.
  taken,
  /// It cannot be published, see `delayed_event::error`.
  failed,
};

/// `waiting`, `taken`, `failed`.
inline std::string_view name_of(delay_state x) noexcept {
  return x == delay_state::waiting ? "waiting" : x == delay_state::taken ? "taken" : "failed";
}

/// An event that waits for its time.
struct delayed_event {
  uint64_t id = 0;
  /// Of the event.
  std::string company_id;
  std::string source;
  std::string event_id;
  std::string type;
  timestamp publish_at;
  timestamp created_at;
  delay_state state = delay_state::waiting;
  /// See `json_of_draft`; empty in lists.
  std::string event;
  std::string error;
};

using delayed_page = page_of<delayed_event>;

/// Keeps an event until its time. The same one again, which has the company, source and id of one
/// that waits, answers that one; `conflict` if its time, type or data is another. Errors:
/// `quota_exceeded`, `overloaded` (there are as many as there may be).
struct put_delayed {
  using answer = delayed_event;
  delayed_event event;
};

/// Ascending by their numbers, without the event.
struct list_delayed {
  using answer = delayed_page;
  list_request page;
};

/// Errors: `not_found` (it was published, or cancelled, or is another company's).
struct get_delayed {
  using answer = delayed_event;
  uint64_t id = 0;
  std::optional<std::string> company_id;
};

/// It will not be published. Errors: `not_found`, as above; `conflict` (it is being published).
struct cancel_delayed {
  using answer = void;
  uint64_t id = 0;
  std::optional<std::string> company_id;
  /// An operator, for the audit log; empty for a publisher.
  std::optional<operator_stamp> by;
};

/// The delayed events that may be published now.
struct taken_delays {
  std::vector<uint64_t> ids;
};

/// Marks these as being published. Answers which of them still wait, or were taken before.
struct take_delayed {
  using answer = taken_delays;
  std::vector<uint64_t> ids;
};

/// What has become of an event that was taken.
struct settled_delay {
  uint64_t id = 0;
  /// Empty = it is in the log.
  std::string error;
};

/// Forgets those that were published.
struct settle_delayed {
  using answer = void;
  std::vector<settled_delay> all;
};

} // namespace carillon

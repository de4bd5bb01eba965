#pragma once

#include "base/page.hpp"
#include "messages/access/operator_stamp.hpp"
#include "messages/sessions/link.hpp"
#include "messages/sessions/live_event.hpp"
#include "messages/sessions/session.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

// Requests to the session hub.

/// Opens a session for an open connection. If it is rejected, the link is closed.
struct open_session {
  session_request request;
  session_link_ptr link;
};

/// Asks for the events after a position, and for live events from there on if the session has
/// caught up.
struct join_session {
  uint64_t id = 0;
  position after = 0;
};

/// The answer to `join_session`.
struct session_page {
  /// Events visible to this session, not yet filtered by type; null = none.
  live_segment_ptr events;
  /// Everything up to here was scanned.
  position to = 0;
  /// From now on all events after `to` are sent.
  bool live = false;
  /// `after` is before the first event that the hub remembers: `to` is where these begin, and the
  /// log has the events in between.
  bool forgotten = false;
};

/// One session as operators see it.
struct session_info {
  uint64_t id = 0;
  viewer who;
  session_wire wire = session_wire::websocket;
  timestamp opened_at;
  bool live = false;
};

/// Sessions by id, ascending, beyond `after`; of this user and company if given.
struct list_sessions {
  std::optional<std::string> user_id;
  std::optional<std::string> company_id;
  uint64_t after = 0;
  /// 1–1000.
  size_t limit = 100;
};

/// A page of sessions.
struct session_list {
  std::vector<session_info> items;
  /// Pass as `after` for the next page; 0 at the end.
  uint64_t next = 0;
};

/// Ends sessions: the one of this id, or all of a user. Only those of `company_id`, if given.
/// Errors: `not_found` (no such session; a user without sessions is no error).
struct disconnect_sessions {
  uint64_t id = 0;
  std::string user_id;
  std::optional<std::string> company_id;
  operator_stamp by;
};

/// Keys of tokens were revoked: ends the sessions that depend on one, see
/// `session_identity::key_holds`.
struct end_revoked_sessions {};

/// Asks how many sessions there are.
struct get_session_overview {
  /// Counts only those of this company.
  std::optional<std::string> company_id;
};

/// Counts of open sessions.
struct session_overview {
  uint64_t sessions = 0;
  /// Of these, on Server-Sent Events.
  uint64_t streams = 0;
  /// Sessions that read missed events.
  uint64_t catching_up = 0;
  /// Different users that have a session.
  uint64_t users = 0;
  /// Sessions by company, most first, at most 100; without sessions that have no company.
  std::vector<std::pair<std::string, uint64_t>> by_company;
};

} // namespace carillon

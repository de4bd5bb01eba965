#pragma once

#include "base/page.hpp"
#include "messages/consumers/rows.hpp"
#include "messages/sessions/link.hpp"
#include "messages/sessions/live_event.hpp"
#include "messages/sessions/session.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

// What the session hub may be asked.

/// Opens a session for a connection that is there. If it is refused, the link is closed.
struct open_session {
  session_request request;
  session_link_ptr link;
};

/// Asks for what comes after a position, and to be live from there on if that is all.
struct join_session {
  uint64_t id = 0;
  position after = 0;
};

struct session_page {
  /// What this session may see, types aside; null = nothing.
  live_stretch_ptr events;
  /// Everything up to here was looked at.
  position to = 0;
  /// From now on all that follows `to` is sent.
  bool live = false;
  /// `after` is before what the hub remembers: `to` tells where that begins, and the log has what
  /// is between.
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

struct session_list {
  std::vector<session_info> items;
  /// Pass as `after` for the next page; 0 at the end.
  uint64_t next = 0;
};

/// Ends sessions: the one of this id, or all of a user. Only those of `company_id`, if given.
/// Errors: `not_found` (no such session; a user without sessions is none).
struct disconnect_sessions {
  uint64_t id = 0;
  std::string user_id;
  std::optional<std::string> company_id;
  operator_stamp by;
};

/// Keys of tokens were taken away: ends the sessions that are of one, see
/// `session_identity::key_holds`.
struct end_revoked_sessions {};

struct get_session_overview {
  /// Counts only those of this company.
  std::optional<std::string> company_id;
};

struct session_overview {
  uint64_t sessions = 0;
  /// Of these, on Server-Sent Events.
  uint64_t streams = 0;
  /// Reading what they missed.
  uint64_t catching_up = 0;
  /// Different users that have a session.
  uint64_t users = 0;
  /// Sessions by company, most first, at most 100; without those of none.
  std::vector<std::pair<std::string, uint64_t>> by_company;
};

} // namespace carillon

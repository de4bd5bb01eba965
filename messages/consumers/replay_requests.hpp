#pragma once

#include "base/page.hpp"
#include "messages/consumers/replay.hpp"
#include "messages/list_request.hpp"
#include "messages/request.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace carillon {

// Requests to the state actor about replays. Changes that an operator makes carry a stamp and write
// their audit row in the same transaction.

using replay_page = page_of<replay_record>;

/// Stores a new replay; answers it with its id.
struct create_replay {
  using answer = replay_record;
  replay_record record;
};

/// Progress; updates a replay's cursor, counters, phase and error.
struct update_replay {
  using answer = void;
  uint64_t id = 0;
  replay_phase phase = replay_phase::running;
  position cursor = 0;
  uint64_t delivered = 0;
  std::string error;
};

/// Errors: `not_found`.
struct get_replay {
  using answer = replay_record;
  uint64_t id = 0;
};

using replay_records = std::vector<replay_record>;

/// All replays that are `running`: resumed at start.
struct list_running_replays {
  using answer = replay_records;
};

/// By id, newest first unless `page.ascending`.
struct list_replays {
  using answer = replay_page;
  list_request page;
};

/// Requests about replays that the state actor answers.
using replay_requests
  = request_list<create_replay, update_replay, get_replay, list_running_replays, list_replays>;

} // namespace carillon

#pragma once

#include "messages/access/operator_stamp.hpp"
#include "messages/consumers/replay_target.hpp"
#include "messages/events/event.hpp"
#include "messages/events/filter.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// Whether a replay has ended, and how.
enum class replay_phase : uint8_t { running, done, failed, cancelled };

/// `running`, `done`, `failed` or `cancelled`.
std::string_view name_of(replay_phase x) noexcept;

/// A replay and its progress.
struct replay_record {
  uint64_t id = 0;
  replay_phase phase = replay_phase::running;
  replay_target target;
  event_filter filter;
  /// Explicit positions, ascending; if not empty, `filter` is not used.
  std::vector<position> positions;
  /// Events per second; 0 = as fast as the targets accept them.
  uint32_t rate = 0;
  /// Head of the log at the start; later events are not included.
  position up_to = 0;
  /// Everything up to here was handed to the targets.
  position cursor = 0;
  uint64_t matched = 0;
  uint64_t delivered = 0;
  std::string error;
  timestamp created_at;
  timestamp updated_at;
  operator_stamp by;
};

/// Some events of a replay for one consumer; answered when each of them is done
/// or has a durable retry row.
struct replay_request {
  uint64_t replay_id = 0;
  std::shared_ptr<const std::vector<event_ptr>> events;
};

/// The plan of a replay: its targets and their events.
struct replay_plan {
  /// One target, with as much as is known beforehand.
  struct target {
    /// A handler, all webhooks or all sessions.
    replay_target of;
    /// Events of the replay that concern this handler. Empty for webhooks and sessions, which are
    /// many, and if the replay lists positions.
    std::optional<uint64_t> events;
    /// Number of webhooks.
    std::optional<uint64_t> receivers;
  };

  /// Events that match, for any target.
  uint64_t matched = 0;
  std::vector<target> targets;
};

} // namespace carillon

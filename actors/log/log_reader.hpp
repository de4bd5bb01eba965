#pragma once

#include "messages/events/interfaces.hpp"
#include "persistence/event_log.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <memory>

namespace carillon {

/// Limits of a log reader.
struct log_reader_options {
  /// A count that takes longer is answered with `timeout`.
  std::chrono::milliseconds count_deadline{20'000};
};

/// State of a LOG READER.
class log_reader_state {
public:
  static constexpr const char* name = "carillon.log-reader";

  log_reader_state() = default;

  std::shared_ptr<event_log> log;
};

/// Runs a LOG READER; spawn it detached.
/// @param log used by this actor only
log_reader_actor::behavior_type
log_reader(log_reader_actor::stateful_pointer<log_reader_state> self,
           std::shared_ptr<event_log> log, log_reader_options options);

} // namespace carillon

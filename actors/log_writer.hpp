#pragma once

#include "messages/interfaces.hpp"
#include "messages/telemetry.hpp"
#include "persistence/event_log.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <functional>
#include <memory>

namespace carillon {

/// State of a LOG WRITER.
class log_writer_state {
public:
  static constexpr const char* name = "carillon.log-writer";

  log_writer_state() = default;

  std::shared_ptr<event_log> log;
  telemetry_ptr stats;

  caf::result<append_result_ptr> append(const append_request& x);
};

/// Runs a LOG WRITER; spawn it detached.
/// @param log used by this actor alone
log_writer_actor::behavior_type
log_writer(log_writer_actor::stateful_pointer<log_writer_state> self,
           std::shared_ptr<event_log> log, telemetry_ptr stats);

} // namespace carillon

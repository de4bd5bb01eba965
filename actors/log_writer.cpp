#include "actors/log_writer.hpp"

#include "actors/actor_defaults.hpp"

namespace carillon {

caf::result<append_result_ptr> log_writer_state::append(const append_request& x) {
  auto begin = std::chrono::steady_clock::now();
  auto result = log->append(*x.drafts, wall_clock_now());
  stats->commit_latency.record(std::chrono::steady_clock::now() - begin);
  if (!result) {
    ++stats->commit_failures;
    stats->failed_at_us = static_cast<uint64_t>(to_micros(wall_clock_now()));
    return to_error(result.error());
  }
  ++stats->commits;
  stats->committed_at_us = static_cast<uint64_t>(to_micros(wall_clock_now()));
  return append_result_ptr{std::make_shared<const append_result>(std::move(*result))};
}

log_writer_actor::behavior_type
log_writer(log_writer_actor::stateful_pointer<log_writer_state> self,
           std::shared_ptr<event_log> log, telemetry_ptr stats) {
  self->state.log = std::move(log);
  self->state.stats = std::move(stats);
  stay_alive(self);
  return {
    [self](const append_request& x) { return self->state.append(x); },
  };
}

} // namespace carillon

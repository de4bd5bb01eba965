#pragma once

#include "messages/jobs/job.hpp"
#include "messages/jobs/job_outcome.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace carillon {

/// Whether a service that the jobs of a queue need is available. While it is not, one job at a time
/// probes it, after pauses that double up to a maximum. Plain logic.
class job_outage {
public:
  using clock = std::chrono::steady_clock;

  enum class change : uint8_t {
    none,
    /// The first report of an outage, or a probe that failed.
    away,
    /// It is available again.
    back,
  };

  /// @param pause before the first probe
  job_outage(std::chrono::milliseconds pause, std::chrono::milliseconds max_pause);

  /// Notes how an attempt ended.
  change note(const job_outcome& x, clock::time_point now);

  bool is_away() const noexcept {
    return pause_.count() > 0;
  }

  /// While it is away: when a job may probe it. In the past otherwise.
  clock::time_point next_probe() const noexcept {
    return until_;
  }

  /// As the runner reported it; empty while it is available.
  const std::string& reason() const noexcept {
    return reason_;
  }

private:
  std::chrono::milliseconds first_pause_;
  std::chrono::milliseconds max_pause_;
  /// 0 = available, as far as known.
  std::chrono::milliseconds pause_{0};
  clock::time_point until_;
  std::string reason_;
};

} // namespace carillon

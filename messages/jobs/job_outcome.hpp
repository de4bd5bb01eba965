#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace carillon {

/// How an attempt ended.
struct job_outcome {
  /// What follows from the attempt.
  enum class verdict : uint8_t {
    done,
    /// Worth another try.
    failed,
    /// Another try would fail in the same way.
    hopeless,
    /// It is due again after `pause`. The job is not at fault, and the attempt does not count.
    /// Other jobs continue.
    postponed,
    /// A service that the jobs of its queue need, such as a mail server, is unavailable. The job is
    /// not at fault, and the attempt does not count. The queue pauses, then tries one job at a time
    /// until one succeeds.
    unavailable,
  };

  verdict what = verdict::done;
  /// For operators; no secrets. Empty if it is done.
  std::string error;
  /// Of one that is postponed.
  std::chrono::milliseconds pause{0};

  /// An outcome of this verdict; `why` is for operators, without secrets.
  /// @{
  static job_outcome done() {
    return {};
  }
  static job_outcome failed(std::string why) {
    return {verdict::failed, std::move(why), {}};
  }
  static job_outcome hopeless(std::string why) {
    return {verdict::hopeless, std::move(why), {}};
  }
  static job_outcome unavailable(std::string why) {
    return {verdict::unavailable, std::move(why), {}};
  }
  static job_outcome postponed(std::chrono::milliseconds pause, std::string why) {
    return {verdict::postponed, std::move(why), pause};
  }
  /// @}
};

} // namespace carillon

#pragma once

#include "persistence/segments/record_run.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace carillon::segments {

/// What a reader read last: runs of records, the latest first. One thread uses it.
class kept_runs {
public:
  /// Most runs, and most memory of their bytes, not counting the latest.
  static constexpr size_t most_runs = 16;
  static constexpr size_t most_bytes = 2UL * 1024 * 1024;

  kept_runs();

  /// The one that was read, added or found last; there always is one, maybe empty.
  record_run& latest() noexcept {
    return *runs_.front();
  }

  /// Makes the run of this segment that has the position the latest. False if there is none.
  bool find(const segment_ptr& of, position x);

  /// Puts an empty run before the others, and forgets what is too much. It uses memory again if
  /// that is about as much as wanted.
  record_run& add(size_t wanted_bytes);

private:
  std::vector<std::unique_ptr<record_run>> runs_;
};

} // namespace carillon::segments

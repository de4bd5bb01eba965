#pragma once

#include "messages/jobs/requests.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

namespace carillon::sql {

/// Jobs that a transaction added of which it is not known whether it took place: nobody was told of
/// them. The first one who adds such a job again, and finds it there, is told that it is new, as it
/// would have been told then. For stores that give no number twice, whether a transaction took
/// place or not. Plain logic.
class unsure_jobs {
public:
  /// Remembers at most so many; the oldest are forgotten, and are duplicates then.
  static constexpr size_t most = 10'000;

  /// A transaction begins.
  void begin() {
    taken_.clear();
  }

  /// What it answers of a job.
  enqueued_job answer(enqueued_job x);

  /// It took place: somebody is told of what it answered.
  void committed();

  /// It is not known whether it took place.
  /// @param xs what it would have answered
  void doubt(const std::vector<enqueued_job>& xs);

private:
  /// Ascending, as numbers are given.
  std::set<uint64_t> ids_;
  /// By the transaction under way.
  std::set<uint64_t> taken_;
};

} // namespace carillon::sql

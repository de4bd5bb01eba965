#pragma once

#include "actors/jobs/job_lease_book.hpp"

#include <cstddef>
#include <vector>

namespace carillon {

/// Ends of attempts, kept until the store has recorded them. Plain logic.
class job_end_book {
public:
  /// @param of the lease book of its queue, which learns when the job is due again; it outlives
  ///        this
  /// @param may_wait whether it need not be recorded at once
  void add(finished_job x, job_lease_book& of, bool may_wait = false);

  /// Those that were not taken for a record.
  size_t waiting() const noexcept {
    return waiting_.size();
  }

  /// Whether they are to be recorded at once: one may not wait, or was taken before, or there are
  /// so many.
  bool is_urgent(size_t many) const noexcept {
    return urgent_ || !taken_.empty() || waiting_.size() >= many;
  }

  bool empty() const noexcept {
    return waiting_.empty() && taken_.empty();
  }

  /// Takes all that wait; those taken before once more, if they were not recorded.
  finish_jobs take();

  /// What was taken is recorded.
  void recorded();

private:
  struct entry {
    finished_job what;
    job_lease_book* of = nullptr;
  };

  std::vector<entry> waiting_;
  std::vector<entry> taken_;
  /// One that waits may not wait.
  bool urgent_ = false;
};

} // namespace carillon

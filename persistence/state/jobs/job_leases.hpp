#pragma once

#include "messages/jobs/requests.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::sql {

/// Leases due jobs of queues: expired leases first, then the companies' jobs in turns. Remembers,
/// by queue, which company had the last turn. One thread.
class job_leases {
public:
  explicit job_leases(state_connection& db) noexcept : db_(db) {
  }

  /// Within a writing transaction.
  leased_jobs lease(const lease_jobs& x, timestamp now);

  /// The transaction of a lease did not take place, or it is not known.
  void failed() noexcept;

private:
  /// Adds the leased jobs of one queue.
  void lease(const wanted_jobs& x, timestamp until, timestamp now, leased_jobs& out);

  std::vector<job> due_jobs(const wanted_jobs& x, size_t most, timestamp now);

  /// Takes jobs of the companies in turns, one each, as many as fit.
  void take_turns(std::string_view queue, size_t most, timestamp now, std::vector<job>& out);

  /// The companies with due jobs, beginning after the one that had the last turn.
  std::vector<std::string> waiting_companies(std::string_view queue, size_t most, timestamp now);
  std::vector<job> due_jobs_of(std::string_view queue, std::string_view company, size_t most,
                               timestamp now);
  std::optional<timestamp> next_due(const wanted_jobs& x, timestamp now);
  std::optional<timestamp> next_due(std::string_view queue, job_state state, timestamp now);
  std::optional<timestamp> next_due_of(std::string_view queue, std::string_view company,
                                       job_state state, timestamp now);

  /// Corrects the times of waiting jobs that were set by a clock ahead of the present one.
  void correct_times(std::string_view queue, timestamp now);

  state_connection& db_;
  std::map<std::string, std::string, std::less<>> turns_;
  /// When jobs were last leased: an earlier time shows that the clock was set back.
  std::optional<timestamp> leased_at_;
  /// Queues whose times were corrected since it was.
  std::set<std::string, std::less<>> corrected_;
};

} // namespace carillon::sql

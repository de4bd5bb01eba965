#pragma once

#include "messages/jobs/requests.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon::sql {

/// Leases due jobs of queues: expired leases first, then the companies' jobs in turns. Remembers,
/// by queue, which company had the last turn. One thread.
///
/// Leases of a transaction of which it is not known whether it took place are nobody's. The next
/// transaction that leases jobs gives them back first, so that they do not wait for their end.
class job_leases {
public:
  /// Remembers at most so many leases that are nobody's.
  static constexpr size_t most_lost = 10'000;

  explicit job_leases(state_connection& db) noexcept : db_(db) {
  }

  /// A transaction begins that may call `lease`. It ends by `committed` or `failed`.
  void begin() noexcept;

  leased_jobs lease(const lease_jobs& x, timestamp now);

  void committed() noexcept;

  /// It did not take place.
  /// @param in_doubt it is not known
  void failed(bool in_doubt);

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

  /// Returns the leases that are nobody's; those that did not take place are not there.
  void give_back(timestamp now);

  state_connection& db_;
  std::map<std::string, std::string, std::less<>> turns_;
  /// When jobs were last leased: an earlier time shows that the clock was set back.
  std::optional<timestamp> leased_at_;
  /// Queues whose times were corrected since it was.
  std::set<std::string, std::less<>> corrected_;
  /// Leases that are nobody's: job and fence.
  std::set<std::pair<uint64_t, uint64_t>> lost_;
  /// Of the transaction under way: its leases, and whether it gave back those that were nobody's.
  std::vector<std::pair<uint64_t, uint64_t>> taken_;
  bool gave_back_ = false;
};

} // namespace carillon::sql

#pragma once

#include "messages/jobs/requests.hpp"
#include "persistence/state/sql/effect_writer.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <cstdint>
#include <optional>
#include <string>

/// The columns that `job_of` reads.
#define CARILLON_JOBS                                                                              \
  "SELECT id, kind, key, payload, company_id, event_seq, priority, state, attempts, run_at, "      \
  "fence, last_error, created_at, updated_at, result, note, percent, noted_at, "                   \
  "traceparent FROM jobs "

namespace carillon::sql {

job job_of(const statement& row);

/// The rows of jobs. Every call is within a transaction.
class job_table final : public effect_writer {
public:
  explicit job_table(state_connection& db) noexcept : db_(db) {
  }

  /// Inserts the jobs of handlers, unless their keys are known.
  std::vector<std::type_index> types() const override {
    return {typeid(job_draft)};
  }

  void apply(const effects& x, timestamp now) override;

  /// The job of this key, inserted unless the key is known.
  enqueued_job insert(const job_draft& x, timestamp now);

  /// Errors: `not_found`, also for another company's job.
  expected<job> find(uint64_t id, const std::optional<std::string>& company_id);

  /// Writes state, attempts and times, and that there is no progress.
  void update(const job& x);

private:
  /// Does not tell whether it is new.
  void put(const job_draft& x, timestamp now);

  state_connection& db_;
};

} // namespace carillon::sql

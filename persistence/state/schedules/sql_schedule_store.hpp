#pragma once

#include "persistence/state/operators/audit_trail.hpp"
#include "persistence/state/schedules/schedule_counts.hpp"
#include "persistence/state/schedules/schedule_store.hpp"
#include "persistence/state/sql/state_connection.hpp"

#include <optional>
#include <string>

namespace carillon::sql {

/// Schedules and delayed events, in SQL.
class sql_schedule_store final : public schedule_store {
public:
  sql_schedule_store(state_connection& db, audit_trail& audit) noexcept
    : db_(db), audit_(audit), counts_(db) {
  }

  void set_bounds(const schedule_bound& schedules,
                  const schedule_bound& delayed) noexcept override {
    counts_.set_bounds(schedules, delayed);
  }

  expected<schedule_page> list(const list_schedules& x) override;
  expected<schedule_record> get(const get_schedule& x) override;
  expected<schedule_record> put(const put_schedule& x, timestamp now) override;
  expected<void> remove(const delete_schedule& x, timestamp now) override;
  expected<schedule_record> pause(const pause_schedule& x, timestamp now) override;
  expected<void> move(const move_schedules& x) override;

  expected<delayed_event> put(const put_delayed& x, timestamp now) override;
  expected<delayed_page> list(const list_delayed& x) override;
  expected<delayed_event> get(const get_delayed& x) override;
  expected<void> cancel(const cancel_delayed& x, timestamp now) override;
  expected<taken_delays> take(const take_delayed& x) override;
  expected<void> settle(const settle_delayed& x) override;

  expected<due_work_ptr> due(const find_due& x) override;

private:
  std::optional<schedule_record> find(const std::string& company_id, const std::string& name);
  std::optional<delayed_event> find_delayed(uint64_t id,
                                            const std::optional<std::string>& company_id);
  std::optional<delayed_event> find_same(const delayed_event& x);
  void forget(const delayed_event& x);
  /// The part of `due` that concerns delayed events.
  void read_due_delayed(due_work& out, int64_t now, size_t limit);
  expected<schedule_record> make(const put_schedule& x, timestamp next, timestamp now);
  void note(const operator_stamp& by, timestamp now, std::string action,
            const schedule_definition& x, std::string detail);

  state_connection& db_;
  audit_trail& audit_;
  schedule_counts counts_;
};

} // namespace carillon::sql

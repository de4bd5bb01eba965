#pragma once

#include "base/failure.hpp"
#include "messages/schedules/options.hpp"
#include "messages/schedules/requests.hpp"

namespace carillon {

/// The part of the state store for schedules, and for events that wait for their time; see
/// `state_store`.
class schedule_store {
public:
  virtual ~schedule_store() = default;

  /// How many there may be, where that differs from the defaults of `scheduler_options`. Before the
  /// first request; more that are there stay.
  virtual void set_bounds(const schedule_bound& schedules,
                          const schedule_bound& delayed) noexcept = 0;

  virtual expected<schedule_page> list(const list_schedules& x) = 0;
  virtual expected<schedule_record> get(const get_schedule& x) = 0;
  virtual expected<schedule_record> put(const put_schedule& x, timestamp now) = 0;
  virtual expected<void> remove(const delete_schedule& x, timestamp now) = 0;
  virtual expected<schedule_record> pause(const pause_schedule& x, timestamp now) = 0;
  virtual expected<void> move(const move_schedules& x) = 0;

  virtual expected<delayed_event> put(const put_delayed& x, timestamp now) = 0;
  virtual expected<delayed_page> list(const list_delayed& x) = 0;
  virtual expected<delayed_event> get(const get_delayed& x) = 0;
  virtual expected<void> cancel(const cancel_delayed& x, timestamp now) = 0;
  virtual expected<taken_delays> take(const take_delayed& x) = 0;
  virtual expected<void> settle(const settle_delayed& x) = 0;

  virtual expected<due_work_ptr> due(const find_due& x) = 0;
};

} // namespace carillon

#include "persistence/state/schedules/sql_schedule_store.hpp"

#include "messages/schedules/occurrences.hpp"
#include "messages/schedules/timed_event.hpp"
#include "persistence/state/operators/operator_audit.hpp"
#include "persistence/state/sql/pages.hpp"

#include <algorithm>
#include <utility>

#define CARILLON_SCHEDULES                                                                         \
  "SELECT id, name, company_id, definition, version, created_at, paused, next_at, last_at, "       \
  "fired, skipped, failed, last_error FROM schedules "

namespace carillon::sql {

namespace {

namespace q {

const sql_query schedule{"schedule", CARILLON_SCHEDULES "WHERE company_id = ?1 AND name = ?2"};
const sql_query schedules{"schedules", CARILLON_SCHEDULES "WHERE id > ?1 ORDER BY id LIMIT ?2"};
const sql_query schedules_of_company{"schedules_of_company", CARILLON_SCHEDULES
                                     "WHERE company_id = ?3 AND id > ?1 ORDER BY id LIMIT ?2"};
const sql_query insert_schedule{
  "insert_schedule",
  "INSERT INTO schedules (name, company_id, definition, version, created_at, paused, next_at) "
  "VALUES (?1, ?2, ?3, 1, ?4, 0, ?5) RETURNING id"};
const sql_query change_schedule{
  "change_schedule", "UPDATE schedules SET definition = ?2, version = version + 1, next_at = ?3, "
                     "last_error = '' WHERE id = ?1"};
const sql_query pause_schedule{
  "pause_schedule",
  "UPDATE schedules SET paused = ?2, version = version + 1, next_at = ?3 WHERE id = ?1"};
const sql_query erase_schedule{"erase_schedule", "DELETE FROM schedules WHERE id = ?1"};
const sql_query move_schedule{
  "move_schedule",
  "UPDATE schedules SET next_at = ?4, last_at = coalesce(?5, last_at), fired = fired + ?6, "
  "skipped = skipped + ?7, failed = failed + ?8, "
  "last_error = CASE WHEN ?9 = '' THEN last_error ELSE ?9 END "
  "WHERE id = ?1 AND version = ?2 AND next_at = ?3"};
const sql_query due_schedules{"due_schedules",
                              CARILLON_SCHEDULES "WHERE next_at <= ?1 ORDER BY next_at LIMIT ?2"};
const sql_query next_schedule{
  "next_schedule", "SELECT next_at FROM schedules WHERE next_at > ?1 ORDER BY next_at LIMIT 1"};

} // namespace q

std::optional<timestamp> time_in(const statement& row, int column) {
  return row.null(column) ? std::nullopt : std::optional{from_micros(row.integer(column))};
}

std::optional<int64_t> micros_in(const std::optional<timestamp>& x) {
  return x ? std::optional{to_micros(*x)} : std::nullopt;
}

schedule_record schedule_of(const statement& row) {
  auto definition = schedule_from_json(row.text(3));
  if (!definition)
    throw damage{definition.error().detail};
  schedule_record out;
  out.id = row.number(0);
  out.definition = std::move(*definition);
  out.definition.name = row.string(1);
  out.definition.company_id = row.string(2);
  out.version = row.number(4);
  out.created_at = from_micros(row.integer(5));
  out.paused = row.integer(6) != 0;
  out.next_at = time_in(row, 7);
  out.last_at = time_in(row, 8);
  out.fired = row.number(9);
  out.skipped = row.number(10);
  out.failed = row.number(11);
  out.last_error = row.string(12);
  return out;
}

failure no_schedule() {
  return {ec::not_found, "there is no such schedule", "name"};
}

/// What is recorded of a definition. The data of its event stays out of the chain, since it could
/// never be removed from it.
std::string detail_of(const schedule_definition& x) {
  audit_detail out;
  if (!x.timing.cron.empty())
    out.add("cron", std::string_view{x.timing.cron})
      .add("timeZone", std::string_view{x.timing.time_zone});
  if (x.timing.every.count() > 0)
    out.add("every", std::string_view{text_of_every(x.timing.every)});
  if (x.timing.at)
    out.add("at", std::string_view{to_rfc3339(*x.timing.at)});
  out.add("missed", name_of(x.missed));
  if (const auto event = draft_from_json(x.event))
    out.add("type", std::string_view{(*event)->type});
  return out.text();
}

/// The first occurrence from now on. Errors: `invalid_argument`, `internal`.
expected<std::optional<timestamp>> first_occurrence(const schedule_definition& x, timestamp now) {
  const auto all = occurrences::of(x.timing);
  if (!all)
    return all.error();
  return all->next(now);
}

} // namespace

expected<schedule_page> sql_schedule_store::list(const list_schedules& x) {
  auto page = x.page;
  page.ascending = true;
  return db_.reading([&]() -> expected<schedule_page> {
    const auto limit = limit_of(page);
    const std::string_view company{page.company_id ? *page.company_id : std::string_view{}};
    auto row = page.company_id
                 ? db_.sql().query(q::schedules_of_company, bound_of(page), limit + 1, company)
                 : db_.sql().query(q::schedules, bound_of(page), limit + 1);
    return take_page<schedule_record>(row, limit, schedule_of,
                                      [](const schedule_record& y) { return y.id; });
  });
}

expected<schedule_record> sql_schedule_store::get(const get_schedule& x) {
  return db_.reading([&]() -> expected<schedule_record> {
    auto found = find(x.company_id, x.name);
    if (!found)
      return no_schedule();
    return std::move(*found);
  });
}

expected<schedule_record> sql_schedule_store::put(const put_schedule& x, timestamp now) {
  return db_.writing([&]() -> expected<schedule_record> {
    auto before = find(x.definition.company_id, x.definition.name);
    if (before && before->definition == x.definition)
      return std::move(*before);
    const auto next = first_occurrence(x.definition, now);
    if (!next)
      return next.error();
    if (!*next)
      return failure{ec::invalid_argument, "the schedule has no occurrence from now on", "at"};
    if (!before)
      return make(x, **next, now);
    const auto json = json_of(x.definition);
    before->definition = x.definition;
    before->next_at = before->paused ? std::nullopt : *next;
    before->last_error.clear();
    ++before->version;
    db_.sql().run(q::change_schedule, before->id, std::string_view{json},
                  micros_in(before->next_at));
    note(x.by, now, "schedule.changed", x.definition, detail_of(x.definition));
    return std::move(*before);
  });
}

expected<schedule_record> sql_schedule_store::make(const put_schedule& x, timestamp next,
                                                   timestamp now) {
  const auto& wanted = x.definition;
  const std::string_view company{wanted.company_id};
  if (auto fault = counts_.refusal(counted::schedules, company))
    return std::move(*fault);
  const auto json = json_of(wanted);
  schedule_record out;
  out.id = inserted(db_.sql().query(q::insert_schedule, std::string_view{wanted.name}, company,
                                    std::string_view{json}, to_micros(now), to_micros(next)));
  out.definition = wanted;
  out.created_at = now;
  out.next_at = next;
  counts_.add(counted::schedules, company, 1);
  note(x.by, now, "schedule.changed", wanted, detail_of(wanted));
  return out;
}

expected<void> sql_schedule_store::remove(const delete_schedule& x, timestamp now) {
  return db_.writing([&]() -> expected<void> {
    const auto found = find(x.company_id, x.name);
    if (!found)
      return no_schedule();
    db_.sql().run(q::erase_schedule, found->id);
    counts_.add(counted::schedules, x.company_id, -1);
    note(x.by, now, "schedule.deleted", found->definition, "{}");
    return {};
  });
}

expected<schedule_record> sql_schedule_store::pause(const pause_schedule& x, timestamp now) {
  return db_.writing([&]() -> expected<schedule_record> {
    auto found = find(x.company_id, x.name);
    if (!found)
      return no_schedule();
    if (found->paused == x.paused)
      return std::move(*found);
    found->paused = x.paused;
    found->next_at.reset();
    if (!x.paused) {
      const auto next = first_occurrence(found->definition, now);
      if (!next)
        return next.error();
      found->next_at = *next;
    }
    ++found->version;
    db_.sql().run(q::pause_schedule, found->id, x.paused ? 1 : 0, micros_in(found->next_at));
    note(x.by, now, x.paused ? "schedule.paused" : "schedule.resumed", found->definition, "{}");
    return std::move(*found);
  });
}

expected<void> sql_schedule_store::move(const move_schedules& x) {
  return db_.writing([&]() -> expected<void> {
    for (const auto& y : x.moves)
      db_.sql().run(q::move_schedule, y.id, y.version, to_micros(y.from), micros_in(y.to),
                    micros_in(y.last_at), y.fired, y.skipped, y.failed, std::string_view{y.error});
    return {};
  });
}

expected<due_work_ptr> sql_schedule_store::due(const find_due& x) {
  return db_.reading([&]() -> expected<due_work_ptr> {
    auto out = std::make_shared<due_work>();
    const auto now = to_micros(x.now);
    {
      auto row = db_.sql().query(q::due_schedules, now, x.limit);
      while (row.next())
        out->schedules.push_back(schedule_of(*row));
    }
    read_due_delayed(*out, now, x.limit);
    {
      auto row = db_.sql().query(q::next_schedule, now);
      if (row.next()) {
        const auto next = from_micros(row->integer(0));
        out->next = out->next ? std::min(*out->next, next) : next;
      }
    }
    return due_work_ptr{std::move(out)};
  });
}

std::optional<schedule_record> sql_schedule_store::find(const std::string& company_id,
                                                        const std::string& name) {
  auto row = db_.sql().query(q::schedule, std::string_view{company_id}, std::string_view{name});
  return row.next() ? std::optional{schedule_of(*row)} : std::nullopt;
}

void sql_schedule_store::note(const operator_stamp& by, timestamp now, std::string action,
                              const schedule_definition& x, std::string detail) {
  auto entry = operator_entry(by, now, std::move(action), "schedule:" + x.name);
  entry.company_id = x.company_id;
  entry.detail = std::move(detail);
  audit_.append(entry);
}

} // namespace carillon::sql

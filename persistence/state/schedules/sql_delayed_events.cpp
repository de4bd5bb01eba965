#include "persistence/state/operators/operator_audit.hpp"
#include "persistence/state/schedules/sql_schedule_store.hpp"
#include "persistence/state/sql/pages.hpp"

#include <algorithm>
#include <utility>

// The part of the store for events that wait for their time.

#define CARILLON_DELAYED(event)                                                                    \
  "SELECT id, company_id, source, event_id, type, publish_at, created_at, state, error, " event    \
  " FROM delayed_events "

namespace carillon::sql {

namespace {

namespace q {

const sql_query delayed_by_id{"delayed_by_id", CARILLON_DELAYED("event") "WHERE id = ?1"};
const sql_query delayed_by_event{
  "delayed_by_event",
  CARILLON_DELAYED("event") "WHERE company_id = ?1 AND source = ?2 AND event_id = ?3"};
const sql_query list_delayed{"list_delayed",
                             CARILLON_DELAYED("''") "WHERE id > ?1 ORDER BY id LIMIT ?2"};
const sql_query list_delayed_of_company{
  "list_delayed_of_company",
  CARILLON_DELAYED("''") "WHERE company_id = ?3 AND id > ?1 ORDER BY id LIMIT ?2"};
const sql_query insert_delayed{
  "insert_delayed",
  "INSERT INTO delayed_events (company_id, source, event_id, type, publish_at, created_at, event) "
  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING id"};
const sql_query erase_delayed{"erase_delayed", "DELETE FROM delayed_events WHERE id = ?1"};
const sql_query take_one_delayed{"take_delayed",
                                 "UPDATE delayed_events SET state = 1 WHERE id = ?1 AND state < 2"};
const sql_query fail_delayed{"fail_delayed",
                             "UPDATE delayed_events SET state = 2, error = ?2 WHERE id = ?1"};
const sql_query due_delayed{
  "due_delayed",
  CARILLON_DELAYED("event") "WHERE state < 2 AND publish_at <= ?1 ORDER BY publish_at LIMIT ?2"};
const sql_query next_delayed{"next_delayed",
                             "SELECT publish_at FROM delayed_events WHERE state < 2 AND "
                             "publish_at > ?1 ORDER BY publish_at LIMIT 1"};

} // namespace q

delayed_event delayed_of(const statement& row) {
  delayed_event out;
  out.id = row.number(0);
  out.company_id = row.string(1);
  out.source = row.string(2);
  out.event_id = row.string(3);
  out.type = row.string(4);
  out.publish_at = from_micros(row.integer(5));
  out.created_at = from_micros(row.integer(6));
  out.state = static_cast<delay_state>(row.integer(7));
  out.error = row.string(8);
  out.event = row.string(9);
  return out;
}

failure no_delayed() {
  return {ec::not_found, "no such event waits: it was published, or cancelled", "id"};
}

} // namespace

expected<delayed_event> sql_schedule_store::put(const put_delayed& x, timestamp now) {
  return db_.writing([&]() -> expected<delayed_event> {
    auto out = x.event;
    if (auto before = find_same(out)) {
      if (before->type != out.type || before->publish_at != out.publish_at
          || before->event != out.event)
        return failure{ec::conflict,
                       "another event with this source and id waits for its time; cancel it first",
                       "id"};
      return std::move(*before);
    }
    const std::string_view company{out.company_id};
    if (auto fault = counts_.refusal(counted::delayed, company))
      return std::move(*fault);
    out.id = inserted(db_.sql().query(q::insert_delayed, company, std::string_view{out.source},
                                      std::string_view{out.event_id}, std::string_view{out.type},
                                      to_micros(out.publish_at), to_micros(now),
                                      std::string_view{out.event}));
    out.created_at = now;
    out.state = delay_state::waiting;
    counts_.add(counted::delayed, company, 1);
    return out;
  });
}

expected<delayed_page> sql_schedule_store::list(const list_delayed& x) {
  auto page = x.page;
  page.ascending = true;
  return db_.reading([&]() -> expected<delayed_page> {
    const auto limit = limit_of(page);
    const std::string_view company{page.company_id ? *page.company_id : std::string_view{}};
    auto row = page.company_id
                 ? db_.sql().query(q::list_delayed_of_company, bound_of(page), limit + 1, company)
                 : db_.sql().query(q::list_delayed, bound_of(page), limit + 1);
    return take_page<delayed_event>(row, limit, delayed_of,
                                    [](const delayed_event& y) { return y.id; });
  });
}

expected<delayed_event> sql_schedule_store::get(const get_delayed& x) {
  return db_.reading([&]() -> expected<delayed_event> {
    auto found = find_delayed(x.id, x.company_id);
    if (!found)
      return no_delayed();
    return std::move(*found);
  });
}

expected<void> sql_schedule_store::cancel(const cancel_delayed& x, timestamp now) {
  return db_.writing([&]() -> expected<void> {
    const auto found = find_delayed(x.id, x.company_id);
    if (!found)
      return no_delayed();
    if (found->state == delay_state::taken)
      return failure{ec::conflict, "the event is being published", "id"};
    forget(*found);
    if (x.by) {
      auto entry
        = operator_entry(*x.by, now, "delayed.cancelled", "delayed:" + std::to_string(x.id));
      entry.company_id = found->company_id;
      entry.detail = audit_detail{}
                       .add("type", std::string_view{found->type})
                       .add("publishAt", std::string_view{to_rfc3339(found->publish_at)})
                       .text();
      audit_.append(entry);
    }
    return {};
  });
}

expected<taken_delays> sql_schedule_store::take(const take_delayed& x) {
  return db_.writing([&]() -> expected<taken_delays> {
    taken_delays out;
    for (const auto id : x.ids)
      if (db_.sql().change(q::take_one_delayed, id) > 0)
        out.ids.push_back(id);
    return out;
  });
}

expected<void> sql_schedule_store::settle(const settle_delayed& x) {
  return db_.writing([&]() -> expected<void> {
    for (const auto& y : x.all)
      if (!y.error.empty())
        db_.sql().run(q::fail_delayed, y.id, std::string_view{y.error});
      else if (const auto found = find_delayed(y.id, std::nullopt))
        forget(*found);
    return {};
  });
}

void sql_schedule_store::read_due_delayed(due_work& out, int64_t now, size_t limit) {
  {
    auto row = db_.sql().query(q::due_delayed, now, limit);
    while (row.next())
      out.delayed.push_back(delayed_of(*row));
  }
  auto row = db_.sql().query(q::next_delayed, now);
  if (row.next())
    out.next = from_micros(row->integer(0));
}

std::optional<delayed_event>
sql_schedule_store::find_delayed(uint64_t id, const std::optional<std::string>& company_id) {
  auto row = db_.sql().query(q::delayed_by_id, id);
  if (!row.next())
    return std::nullopt;
  auto out = delayed_of(*row);
  if (company_id && out.company_id != *company_id)
    return std::nullopt;
  return out;
}

std::optional<delayed_event> sql_schedule_store::find_same(const delayed_event& x) {
  auto row = db_.sql().query(q::delayed_by_event, std::string_view{x.company_id},
                             std::string_view{x.source}, std::string_view{x.event_id});
  return row.next() ? std::optional{delayed_of(*row)} : std::nullopt;
}

void sql_schedule_store::forget(const delayed_event& x) {
  db_.sql().run(q::erase_delayed, x.id);
  counts_.add(counted::delayed, x.company_id, -1);
}

} // namespace carillon::sql

#include "persistence/state/measures/sql_measure_store.hpp"

#include "persistence/state/operators/operator_audit.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <utility>

#define CARILLON_MEASURES                                                                          \
  "SELECT id, name, company_id, definition, created_at, live_after, since, done_to "               \
  "FROM measure_definitions "

namespace carillon::sql {

namespace {

namespace q {

const sql_query measures{"measures",
                         CARILLON_MEASURES "WHERE retired = 0 ORDER BY company_id, name"};
const sql_query measure{"measure",
                        CARILLON_MEASURES "WHERE company_id = ?1 AND name = ?2 AND retired = 0"};
const sql_query measure_by_id{"measure_by_id", CARILLON_MEASURES "WHERE id = ?1 AND retired = 0"};
const sql_query count_measures{"count_measures",
                               "SELECT count(*) FROM measure_definitions WHERE retired = 0"};
const sql_query count_measures_of_company{
  "count_measures_of_company",
  "SELECT count(*) FROM measure_definitions WHERE company_id = ?1 AND retired = 0"};
const sql_query insert_measure{
  "insert_measure", "INSERT INTO measure_definitions (name, company_id, definition, created_at) "
                    "VALUES (?1, ?2, ?3, ?4) RETURNING id"};
const sql_query retire_measure{"retire_measure",
                               "UPDATE measure_definitions SET retired = 1 WHERE id = ?1"};
const sql_query settle_measure{"settle_measure", "UPDATE measure_definitions SET live_after = ?2 "
                                                 "WHERE id = ?1 AND live_after IS NULL"};
const sql_query begin_measure_backfill{
  "begin_measure_backfill", "UPDATE measure_definitions SET since = ?2, done_to = 0 WHERE id = ?1"};
const sql_query move_measure_backfill{"move_measure_backfill",
                                      "UPDATE measure_definitions SET done_to = ?2 WHERE id = ?1"};
const sql_query retired_measure{
  "retired_measure", "SELECT id FROM measure_definitions WHERE retired = 1 ORDER BY id LIMIT 1"};
const sql_query erase_measure{"erase_measure", "DELETE FROM measure_definitions WHERE id = ?1"};
const sql_query measure_cursor{"measure_cursor", "SELECT cursor FROM consumers WHERE name = ?1"};

} // namespace q

measure_record measure_of(const statement& row) {
  auto definition = definition_from_json(row.text(3));
  if (!definition)
    throw damage{definition.error().detail};
  measure_record out;
  out.id = row.number(0);
  out.definition = std::move(*definition);
  out.definition.name = row.string(1);
  out.definition.company_id = row.string(2);
  out.created_at = from_micros(row.integer(4));
  if (!row.null(5))
    out.live_after = row.number(5);
  if (!row.null(7)) {
    out.backfill.emplace().done_to = row.number(7);
    if (!row.null(6))
      out.backfill->since = from_micros(row.integer(6));
  }
  return out;
}

failure no_measure() {
  return {ec::not_found, "there is no such definition", "name"};
}

std::optional<int64_t> micros_of(const std::optional<timestamp>& x) {
  return x ? std::optional{to_micros(*x)} : std::nullopt;
}

uint64_t number_in(rows all) {
  return all.next() ? all->number(0) : 0;
}

} // namespace

expected<measure_list_ptr> sql_measure_store::list() {
  return db_.reading([&]() -> expected<measure_list_ptr> {
    auto out = std::make_shared<measure_list>();
    {
      auto row = db_.sql().query(q::measures);
      while (row.next())
        out->records.push_back(measure_of(*row));
    }
    out->cursor = cursor();
    return measure_list_ptr{std::move(out)};
  });
}

expected<measure_record> sql_measure_store::put(const put_measure& x, timestamp now) {
  return db_.writing([&]() -> expected<measure_record> {
    const auto& wanted = x.definition;
    if (auto before = find(wanted.company_id, wanted.name)) {
      if (before->definition == wanted)
        return *before;
      db_.sql().run(q::retire_measure, before->id);
    } else if (auto fault = too_many(wanted.company_id)) {
      return *fault;
    }
    const auto json = json_of(wanted);
    measure_record out;
    out.id = inserted(db_.sql().query(q::insert_measure, std::string_view{wanted.name},
                                      std::string_view{wanted.company_id}, std::string_view{json},
                                      to_micros(now)));
    out.definition = wanted;
    out.created_at = now;
    note(x.by, now, "measure.changed", wanted, audit_detail{}.add_json("definition", json).text());
    return out;
  });
}

expected<void> sql_measure_store::remove(const delete_measure& x, timestamp now) {
  return db_.writing([&]() -> expected<void> {
    const auto found = find(x.company_id, x.name);
    if (!found)
      return no_measure();
    db_.sql().run(q::retire_measure, found->id);
    note(x.by, now, "measure.deleted", found->definition, "{}");
    return {};
  });
}

expected<measure_record> sql_measure_store::backfill(const begin_backfill& x, timestamp now) {
  return db_.writing([&]() -> expected<measure_record> {
    auto found = find(x.company_id, x.name);
    if (!found)
      return no_measure();
    auto since = x.since;
    if (since)
      since = timestamp{std::chrono::floor<std::chrono::hours>(*since)};
    if (found->backfill) {
      if (found->backfill->since == since)
        return *found;
      return failure{ec::conflict,
                     "its backfill began with another time; delete the definition and make it anew",
                     "since"};
    }
    db_.sql().run(q::begin_measure_backfill, found->id, micros_of(since));
    found->backfill = measure_backfill{.since = since, .done_to = 0};
    audit_detail detail;
    if (since)
      detail.add("since", std::string_view{to_rfc3339(*since)});
    note(x.by, now, "measure.backfilled", found->definition, since ? detail.text() : "{}");
    return *found;
  });
}

expected<void> sql_measure_store::commit(const commit_backfill& x) {
  return db_.writing([&]() -> expected<void> {
    const auto found = find(x.definition);
    if (!found || !found->backfill || found->backfill->done_to != x.from || x.to < x.from)
      return failure{ec::conflict, "the backfill is elsewhere, or its definition is gone", {}};
    if (x.to > found->backfill_end(cursor()))
      return failure{ec::conflict, "the backfill would go beyond what is not measured live", {}};
    cells_.add(x.deltas);
    db_.sql().run(q::move_measure_backfill, x.definition, x.to);
    return {};
  });
}

expected<bool> sql_measure_store::trim() {
  return db_.writing([&]() -> expected<bool> {
    const auto id = number_in(db_.sql().query(q::retired_measure));
    if (id == 0)
      return false;
    if (!cells_.erase_some(id))
      db_.sql().run(q::erase_measure, id);
    return true;
  });
}

expected<measure_series_ptr> sql_measure_store::query(const query_measures& x) {
  return db_.reading([&]() -> expected<measure_series_ptr> {
    std::optional<measure_record> found;
    if (x.company_id && !x.company_id->empty())
      found = find(*x.company_id, x.name);
    if (!found)
      found = find(std::string{}, x.name);
    if (!found)
      return no_measure();
    auto out = std::make_shared<measure_series>();
    out->rows = cells_.read(found->id, x);
    out->definition = std::move(found->definition);
    return measure_series_ptr{std::move(out)};
  });
}

void sql_measure_store::apply(const effects& x, timestamp /*now*/) {
  for (const auto& began : x.all<measure_began>())
    db_.sql().run(q::settle_measure, began.definition, began.seq - 1);
  const auto& deltas = x.all<measure_delta>();
  if (deltas.empty())
    return;
  std::map<uint64_t, bool> exists;
  std::vector<measure_delta> kept;
  kept.reserve(deltas.size());
  for (const auto& delta : deltas) {
    const auto [at, made] = exists.try_emplace(delta.key.definition);
    if (made)
      at->second = find(delta.key.definition).has_value();
    if (at->second)
      kept.push_back(delta);
  }
  cells_.add(kept);
}

std::optional<measure_record> sql_measure_store::find(const std::string& company_id,
                                                      const std::string& name) {
  auto row = db_.sql().query(q::measure, std::string_view{company_id}, std::string_view{name});
  return row.next() ? std::optional{measure_of(*row)} : std::nullopt;
}

std::optional<measure_record> sql_measure_store::find(uint64_t id) {
  auto row = db_.sql().query(q::measure_by_id, id);
  return row.next() ? std::optional{measure_of(*row)} : std::nullopt;
}

std::optional<failure> sql_measure_store::too_many(const std::string& company_id) {
  if (number_in(db_.sql().query(q::count_measures)) >= measure_limits::definitions)
    return failure{ec::overloaded, "there are 1000 definitions, which is the limit", {}};
  if (!company_id.empty()
      && number_in(db_.sql().query(q::count_measures_of_company, std::string_view{company_id}))
           >= measure_limits::definitions_of_company)
    return failure{ec::quota_exceeded, "the company has 20 definitions, which is its limit", {}};
  return std::nullopt;
}

position sql_measure_store::cursor() {
  return number_in(db_.sql().query(q::measure_cursor, std::string_view{consumer}));
}

void sql_measure_store::note(const operator_stamp& by, timestamp now, std::string action,
                             const measure_definition& x, std::string detail) {
  auto entry = operator_entry(by, now, std::move(action), "measure:" + x.name);
  entry.company_id = x.company_id;
  entry.detail = std::move(detail);
  audit_.append(entry);
}

} // namespace carillon::sql

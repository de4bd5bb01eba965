#include "persistence/state/jobs/job_table.hpp"

#include <string_view>

namespace carillon::sql {

namespace {

namespace q {

#define CARILLON_INSERT_JOB                                                                        \
  "INSERT INTO jobs (kind, queue, key, payload, company_id, event_seq, priority, state, "          \
  "run_at, created_at, updated_at, traceparent) "                                                  \
  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9, ?9, ?10) "                                       \
  "ON CONFLICT (key, queue, company_id) DO NOTHING"

const sql_query insert_job{"insert_job", CARILLON_INSERT_JOB};
const sql_query add_job{"add_job", CARILLON_INSERT_JOB " RETURNING id"};
const sql_query job_by_key{
  "job_by_key",
  "SELECT id, kind, payload FROM jobs WHERE key = ?1 AND queue = ?2 AND company_id = ?3"};
const sql_query job_by_id{"job_by_id", CARILLON_JOBS "WHERE id = ?1"};
const sql_query set_job{
  "set_job",
  "UPDATE jobs SET state = ?2, attempts = ?3, run_at = ?4, updated_at = ?5 WHERE id = ?1"};
const sql_query forget_progress{
  "forget_progress", "UPDATE jobs SET note = '', percent = -1, noted_at = 0 WHERE id = ?1"};

} // namespace q

timestamp due_of(const job_draft& x, timestamp now) {
  return x.run_at == timestamp{} ? now : x.run_at;
}

failure no_job(uint64_t id) {
  return {ec::not_found, "there is no job " + std::to_string(id), "id"};
}

std::optional<job_progress> progress_of(const statement& row) {
  if (row.integer(17) == 0)
    return std::nullopt;
  job_progress out{.note = row.string(15), .percent = {}, .at = from_micros(row.integer(17))};
  if (row.integer(16) >= 0)
    out.percent = static_cast<uint32_t>(row.integer(16));
  return out;
}

} // namespace

job job_of(const statement& row) {
  return {.id = row.number(0),
          .kind = row.string(1),
          .key = row.string(2),
          .payload = row.string(3),
          .company_id = row.string(4),
          .event_seq = row.number(5),
          .priority = static_cast<int32_t>(row.integer(6)),
          .state = static_cast<job_state>(row.integer(7)),
          .attempts = static_cast<uint32_t>(row.integer(8)),
          .run_at = from_micros(row.integer(9)),
          .fence = row.number(10),
          .last_error = row.string(11),
          .created_at = from_micros(row.integer(12)),
          .updated_at = from_micros(row.integer(13)),
          .result = row.string(14),
          .progress = progress_of(row),
          .traceparent = row.string(18)};
}

void job_table::apply(const effects& x, timestamp now) {
  for (const auto& draft : x.all<job_draft>())
    put(draft, now);
}

void job_table::put(const job_draft& x, timestamp now) {
  db_.sql().run(q::insert_job, std::string_view{x.kind}, queue_of(x.kind), std::string_view{x.key},
                std::string_view{x.payload}, std::string_view{x.company_id}, x.event_seq,
                x.priority, to_micros(due_of(x, now)), to_micros(now),
                std::string_view{x.traceparent});
}

enqueued_job job_table::insert(const job_draft& x, timestamp now) {
  {
    auto added = db_.sql().query(
      q::add_job, std::string_view{x.kind}, queue_of(x.kind), std::string_view{x.key},
      std::string_view{x.payload}, std::string_view{x.company_id}, x.event_seq, x.priority,
      to_micros(due_of(x, now)), to_micros(now), std::string_view{x.traceparent});
    if (added.next())
      return {.id = added->number(0)};
  }
  auto row = db_.sql().query(q::job_by_key, std::string_view{x.key}, queue_of(x.kind),
                             std::string_view{x.company_id});
  if (!row.next())
    throw damage{"a job is gone"};
  return {row->number(0), true, row->text(1) != x.kind || row->text(2) != x.payload};
}

expected<job> job_table::find(uint64_t id, const std::optional<std::string>& company_id) {
  auto row = db_.sql().query(q::job_by_id, id);
  if (!row.next())
    return no_job(id);
  auto out = job_of(*row);
  if (company_id && out.company_id != *company_id)
    return no_job(id);
  return out;
}

void job_table::update(const job& x) {
  db_.sql().run(q::set_job, x.id, static_cast<int64_t>(x.state), x.attempts, to_micros(x.run_at),
                to_micros(x.updated_at));
  if (!x.progress)
    db_.sql().run(q::forget_progress, x.id);
}

} // namespace carillon::sql

#include "persistence/state/operators/operator_audit.hpp"
#include "persistence/state/pages.hpp"
#include "persistence/state/sql_state_store.hpp"

#include <algorithm>
#include <map>

// Jobs.

#define CARILLON_JOBS                                                                              \
  "SELECT id, kind, key, payload, company_id, event_seq, priority, state, attempts, run_at, "      \
  "fence, last_error, created_at, updated_at FROM jobs "
#define CARILLON_JOB_FILTERS                                                                       \
  "AND (?3 = '' OR queue = ?3) AND (?4 = '' OR kind = ?4) AND (?5 < 0 OR state = ?5) "             \
  "AND (?6 = 0 OR company_id = ?7) ORDER BY id DESC LIMIT ?2"

namespace carillon::sql {

namespace {

namespace q {

const sql_query insert_job{
  "insert_job",
  "INSERT INTO jobs (kind, queue, key, payload, company_id, event_seq, priority, state, "
  "run_at, created_at, updated_at) "
  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8, ?9, ?9) ON CONFLICT (key) DO NOTHING"};
const sql_query job_by_key{"job_by_key", "SELECT id FROM jobs WHERE key = ?1"};
const sql_query job_by_id{"job_by_id", CARILLON_JOBS "WHERE id = ?1"};
const sql_query expired_jobs{
  "expired_jobs",
  CARILLON_JOBS "WHERE queue = ?1 AND state = 1 AND state IN (0, 1, 3) AND run_at <= ?2 "
                "ORDER BY run_at LIMIT ?3"};
// Skips from company to company by the index, without visiting the other entries of a company.
const sql_query waiting_companies{
  "waiting_companies",
  "WITH RECURSIVE waiting (company_id) AS ("
  "SELECT min(company_id) FROM jobs WHERE queue = ?1 AND state = 0 AND company_id >= ?3 "
  "UNION ALL SELECT (SELECT min(j.company_id) FROM jobs j WHERE j.queue = ?1 "
  "AND j.state = 0 AND j.company_id > w.company_id) FROM waiting w "
  "WHERE w.company_id IS NOT NULL) "
  // Not EXISTS: PostgreSQL would join, and lose the order.
  "SELECT company_id FROM waiting WHERE company_id IS NOT NULL AND (SELECT 1 "
  "FROM jobs d WHERE d.queue = ?1 AND d.company_id = waiting.company_id AND d.state = 0 "
  "AND d.run_at <= ?2 LIMIT 1) = 1 LIMIT ?4"};
const sql_query due_jobs{"due_jobs", CARILLON_JOBS
                         "WHERE queue = ?1 AND company_id = ?4 AND state = 0 AND run_at <= ?2 "
                         "ORDER BY priority DESC, run_at LIMIT ?3"};
// A pause is the time between the last change and the next attempt. A time that an application
// requested (no attempt yet, and after the change) is absolute.
const sql_query correct_times{
  "correct_times", "UPDATE jobs SET run_at = CAST(?2 AS BIGINT) + (CASE WHEN run_at > updated_at "
                   "THEN run_at - updated_at ELSE 0 END), updated_at = CAST(?2 AS BIGINT) "
                   "WHERE queue = ?1 AND state = 0 AND state IN (0, 1, 3) AND run_at > ?2 "
                   "AND updated_at > ?2 AND (attempts > 0 OR run_at <= updated_at)"};
const sql_query lease_job{
  "lease_job",
  "UPDATE jobs SET state = 1, attempts = attempts + 1, fence = fence + 1, run_at = ?2, "
  "updated_at = ?3 WHERE id = ?1"};
const sql_query next_due{"next_due",
                         "SELECT min(run_at) FROM jobs "
                         "WHERE queue = ?1 AND state = ?2 AND state IN (0, 1, 3) AND run_at > ?3"};
const sql_query finish_job{
  "finish_job",
  "UPDATE jobs SET state = ?3, run_at = coalesce(?4, run_at), "
  "last_error = CASE WHEN ?6 = 1 AND ?5 = '' THEN last_error ELSE ?5 END, "
  "attempts = attempts - ?6, updated_at = ?7 WHERE id = ?1 AND fence = ?2 AND state = 1"};
const sql_query release_jobs{
  "release_jobs", "UPDATE jobs SET state = 0, run_at = ?1, updated_at = ?1 WHERE state = 1"};
const sql_query set_job{
  "set_job",
  "UPDATE jobs SET state = ?2, attempts = ?3, run_at = ?4, updated_at = ?5 WHERE id = ?1"};
const sql_query retry_jobs{
  "retry_jobs",
  "UPDATE jobs SET state = 0, attempts = 0, run_at = ?1, updated_at = ?1 WHERE id IN ("
  "SELECT id FROM jobs WHERE state = 3 AND id > 0 AND (?3 = '' OR queue = ?3) "
  "AND (?4 = '' OR kind = ?4) AND (?5 = 0 OR company_id = ?6) ORDER BY id LIMIT ?2)"};
const sql_query jobs{"jobs", CARILLON_JOBS "WHERE id < ?1 " CARILLON_JOB_FILTERS};
const sql_query jobs_of_queue{"jobs_of_queue",
                              CARILLON_JOBS "WHERE queue = ?3 AND id < ?1 " CARILLON_JOB_FILTERS};
const sql_query jobs_in_state{"jobs_in_state",
                              CARILLON_JOBS "WHERE state = ?5 AND id < ?1 " CARILLON_JOB_FILTERS};
const sql_query jobs_of_company{"jobs_of_company", CARILLON_JOBS
                                "WHERE company_id = ?7 AND id < ?1 " CARILLON_JOB_FILTERS};
const sql_query pause_queue{"pause_queue",
                            "INSERT INTO job_pauses VALUES (?1) ON CONFLICT DO NOTHING"};
const sql_query resume_queue{"resume_queue", "DELETE FROM job_pauses WHERE queue = ?1"};
const sql_query queue_paused{"queue_paused", "SELECT 1 FROM job_pauses WHERE queue = ?1"};
const sql_query paused_queues{"paused_queues", "SELECT queue FROM job_pauses"};
const sql_query count_jobs{
  "count_jobs",
  "SELECT queue, state, count(*), min(run_at) FROM jobs INDEXED BY jobs_active "
  "WHERE state IN (0, 1, 3) GROUP BY queue, state",
  "SELECT queue, state, count(*), min(run_at) FROM jobs "
  "WHERE state IN (0, 1, 3) GROUP BY queue, state"};
const sql_query trim_jobs{"trim_jobs",
                          "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE state IN (2, 4) "
                          "AND updated_at < ?1 LIMIT ?2)"};

} // namespace q

/// Most jobs of a queue that one request leases.
constexpr size_t most_leased = 1'000;

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
          .updated_at = from_micros(row.integer(13))};
}

failure no_job(uint64_t id) {
  return {ec::not_found, "there is no job " + std::to_string(id), "id"};
}

job_state state_after(const finished_job& x) {
  if (x.outcome.what == job_outcome::verdict::done && !x.returned)
    return job_state::done;
  return x.again ? job_state::queued : job_state::dead;
}

audit_entry entry_of(const operator_stamp& by, timestamp now, std::string action, const job& x) {
  auto out = operator_entry(by, now, std::move(action), "job:" + std::to_string(x.id));
  out.company_id = x.company_id;
  out.detail = audit_detail{}
                 .add("kind", std::string_view{x.kind})
                 .add("key", std::string_view{x.key})
                 .text();
  return out;
}

} // namespace

// -- enqueueing -----------------------------------------------------------------

void sql_state_store::put_job(const job_draft& x, timestamp now) {
  auto due = x.run_at == timestamp{} ? now : x.run_at;
  link_->sql.run(q::insert_job, std::string_view{x.kind}, queue_of(x.kind), std::string_view{x.key},
                 std::string_view{x.payload}, std::string_view{x.company_id}, x.event_seq,
                 x.priority, to_micros(due), to_micros(now));
}

bool sql_state_store::insert_job(const job_draft& x, timestamp now) {
  put_job(x, now);
  return link_->db->changes() > 0;
}

expected<enqueued_jobs> sql_state_store::enqueue(const enqueue_jobs& x, timestamp now) {
  return writing([&]() -> expected<enqueued_jobs> {
    enqueued_jobs out;
    for (const auto& draft : x.drafts) {
      if (auto sound = check(draft); !sound)
        return sound.error();
      bool added = insert_job(draft, now);
      auto row = link_->sql.query(q::job_by_key, std::string_view{draft.key});
      if (!row.next())
        return failure{ec::internal, "a job is gone", {}};
      out.push_back({row->number(0), !added});
    }
    return out;
  });
}

// -- working --------------------------------------------------------------------

/// The companies with due jobs, beginning after the one that had the last turn.
std::vector<std::string> sql_state_store::waiting_companies(std::string_view queue, size_t most,
                                                            timestamp now) {
  std::vector<std::string> out;
  auto collect = [&](const std::string& from, const std::string* up_to) {
    auto row = link_->sql.query(q::waiting_companies, queue, to_micros(now), std::string_view{from},
                                most - out.size());
    while (row.next()) {
      auto company = row->string(0);
      if (up_to != nullptr && company > *up_to)
        break;
      out.push_back(std::move(company));
    }
  };
  auto last = turns_.find(queue);
  if (last == turns_.end()) {
    collect({}, nullptr);
    return out;
  }
  // Ids have no character below a blank: this is the next possible id.
  collect(last->second + '\x01', nullptr);
  if (out.size() < most)
    collect({}, &last->second);
  return out;
}

std::vector<job> sql_state_store::due_jobs_of(std::string_view queue, std::string_view company,
                                              size_t most, timestamp now) {
  std::vector<job> out;
  auto row = link_->sql.query(q::due_jobs, queue, to_micros(now), most, company);
  while (row.next())
    out.push_back(job_of(*row));
  return out;
}

void sql_state_store::take_turns(std::string_view queue, size_t most, timestamp now,
                                 std::vector<job>& out) {
  const auto companies = waiting_companies(queue, most, now);
  if (companies.empty())
    return;
  const auto share = (most + companies.size() - 1) / companies.size();
  std::vector<std::vector<job>> lanes;
  size_t found = 0;
  for (const auto& company : companies)
    found += lanes.emplace_back(due_jobs_of(queue, company, share, now)).size();
  // Unused parts go to companies with more jobs.
  for (size_t i = 0; i < lanes.size() && found < most; ++i) {
    if (lanes[i].size() < share)
      continue;
    lanes[i] = due_jobs_of(queue, companies[i], share + most - found, now);
    found += lanes[i].size() - share;
  }
  const auto end = out.size() + std::min(most, found);
  std::string last;
  for (size_t round = 0; out.size() < end; ++round)
    for (size_t i = 0; i < lanes.size() && out.size() < end; ++i)
      if (round < lanes[i].size()) {
        last = companies[i];
        out.push_back(std::move(lanes[i][round]));
      }
  turns_.insert_or_assign(std::string{queue}, last);
}

/// Due jobs of a queue: expired leases first, then the companies' jobs in turns.
std::vector<job> sql_state_store::due_jobs(std::string_view queue, size_t most, timestamp now) {
  std::vector<job> out;
  {
    auto row = link_->sql.query(q::expired_jobs, queue, to_micros(now), most);
    while (row.next())
      out.push_back(job_of(*row));
  }
  if (out.size() < most)
    take_turns(queue, most - out.size(), now, out);
  return out;
}

std::optional<timestamp> sql_state_store::next_due(std::string_view queue, timestamp now) {
  std::optional<timestamp> out;
  for (auto state : {job_state::queued, job_state::running}) {
    auto row = link_->sql.query(q::next_due, queue, static_cast<int64_t>(state), to_micros(now));
    if (!row.next() || row->null(0))
      continue;
    auto due = from_micros(row->integer(0));
    out = out ? std::min(*out, due) : due;
  }
  return out;
}

void sql_state_store::correct_times(std::string_view queue, timestamp now) {
  link_->sql.run(q::correct_times, queue, to_micros(now));
}

expected<leased_jobs> sql_state_store::lease(const lease_jobs& x, timestamp now) {
  return writing([&]() -> expected<leased_jobs> {
    leased_jobs out;
    const bool set_back = !leased_at_ || now < *leased_at_;
    leased_at_ = now;
    auto until = now + std::chrono::duration_cast<timestamp::duration>(x.lease);
    for (const auto& [queue, most] : x.queues) {
      if (set_back)
        correct_times(queue, now);
      if (auto paused = link_->sql.query(q::queue_paused, std::string_view{queue}); paused.next())
        continue;
      for (auto& due : due_jobs(queue, std::min(most, most_leased), now)) {
        link_->sql.run(q::lease_job, due.id, to_micros(until), to_micros(now));
        due.state = job_state::running;
        ++due.attempts;
        ++due.fence;
        due.run_at = until;
        due.updated_at = now;
        out.items.push_back(std::move(due));
      }
      if (auto next = next_due(queue, now))
        out.next_due = out.next_due ? std::min(*out.next_due, *next) : *next;
    }
    return out;
  });
}

expected<void> sql_state_store::finish(const finish_jobs& x, timestamp now) {
  return writing([&]() -> expected<void> {
    for (const auto& y : x.items) {
      std::optional<int64_t> again;
      if (y.again)
        again = to_micros(*y.again);
      // No row changes if the fence is old.
      link_->sql.run(q::finish_job, y.id, y.fence, static_cast<int64_t>(state_after(y)), again,
                     std::string_view{y.outcome.error}, y.returned ? 1 : 0, to_micros(now));
    }
    return {};
  });
}

expected<uint64_t> sql_state_store::release([[maybe_unused]] const release_leases& x,
                                            timestamp now) {
  return writing([&]() -> expected<uint64_t> {
    return static_cast<uint64_t>(link_->sql.change(q::release_jobs, to_micros(now)));
  });
}

// -- looking --------------------------------------------------------------------

expected<job_page> sql_state_store::jobs(const list_jobs& x) {
  return reading([&]() -> expected<job_page> {
    const auto limit = limit_of(x.page);
    const query_text* which = &q::jobs;
    std::string_view queue;
    std::string_view kind;
    if (x.kind) {
      queue = queue_of(*x.kind);
      kind = queue == *x.kind ? std::string_view{} : std::string_view{*x.kind};
      which = &q::jobs_of_queue;
    } else if (x.state) {
      which = &q::jobs_in_state;
    } else if (x.page.company_id) {
      which = &q::jobs_of_company;
    }
    std::string_view company{x.page.company_id ? *x.page.company_id : std::string_view{}};
    auto found = link_->sql.query(*which, bound_of(x.page), limit + 1, queue, kind,
                                  x.state ? static_cast<int64_t>(*x.state) : int64_t{-1},
                                  x.page.company_id ? 1 : 0, company);
    return take_page<job>(found, limit, job_of, [](const job& y) { return y.id; });
  });
}

expected<job> sql_state_store::find_job(uint64_t id, const std::optional<std::string>& company_id) {
  auto row = link_->sql.query(q::job_by_id, id);
  if (!row.next())
    return no_job(id);
  auto out = job_of(*row);
  if (company_id && out.company_id != *company_id)
    return no_job(id);
  return out;
}

expected<job> sql_state_store::get(const get_job& x) {
  return reading([&] { return find_job(x.id, x.company_id); });
}

// -- operators ------------------------------------------------------------------

expected<job> sql_state_store::retry(const retry_job& x, timestamp now) {
  return writing([&]() -> expected<job> {
    auto found = find_job(x.id, x.company_id);
    if (!found)
      return found;
    if (found->state == job_state::running || found->state == job_state::done)
      return failure{ec::conflict, "the job is " + std::string{name_of(found->state)}, "id"};
    found->state = job_state::queued;
    found->attempts = 0;
    found->run_at = found->updated_at = now;
    link_->sql.run(q::set_job, x.id, static_cast<int64_t>(found->state), 0, to_micros(now),
                   to_micros(now));
    append_audit_row(entry_of(x.by, now, "job.retried", *found));
    return found;
  });
}

expected<uint64_t> sql_state_store::retry(const retry_jobs& x, timestamp now) {
  return writing([&]() -> expected<uint64_t> {
    const auto queue = queue_of(x.kind);
    const auto kind = queue == x.kind ? std::string_view{} : std::string_view{x.kind};
    const std::string_view company{x.company_id ? *x.company_id : std::string_view{}};
    auto count = static_cast<uint64_t>(
      link_->sql.change(q::retry_jobs, to_micros(now), std::clamp<size_t>(x.limit, 1, 1'000), queue,
                        kind, x.company_id ? 1 : 0, company));
    if (count == 0)
      return count;
    auto entry = operator_entry(x.by, now, "jobs.retried", "job_queue:" + std::string{queue});
    entry.company_id = company;
    entry.detail = audit_detail{}.add("kind", std::string_view{x.kind}).add("count", count).text();
    append_audit_row(entry);
    return count;
  });
}

expected<job> sql_state_store::cancel(const cancel_job& x, timestamp now) {
  return writing([&]() -> expected<job> {
    auto found = find_job(x.id, x.company_id);
    if (!found)
      return found;
    if (found->state != job_state::queued && found->state != job_state::dead)
      return failure{ec::conflict, "the job is " + std::string{name_of(found->state)}, "id"};
    found->state = job_state::cancelled;
    found->updated_at = now;
    link_->sql.run(q::set_job, x.id, static_cast<int64_t>(found->state), found->attempts,
                   to_micros(found->run_at), to_micros(now));
    append_audit_row(entry_of(x.by, now, "job.cancelled", *found));
    return found;
  });
}

expected<void> sql_state_store::pause(const pause_job_queue& x, timestamp now) {
  return writing([&]() -> expected<void> {
    link_->sql.run(either(x.paused, q::pause_queue, q::resume_queue), std::string_view{x.queue});
    append_audit_row(operator_entry(x.by, now, x.paused ? "job_queue.paused" : "job_queue.resumed",
                                    "job_queue:" + x.queue));
    return {};
  });
}

expected<job_queue_records> sql_state_store::job_queues([[maybe_unused]] const list_job_queues& x) {
  return reading([&]() -> expected<job_queue_records> {
    std::map<std::string, job_queue_record, std::less<>> found;
    auto record_of = [&](std::string_view queue) -> job_queue_record& {
      auto& out = found[std::string{queue}];
      out.queue = queue;
      return out;
    };
    auto counts = link_->sql.query(q::count_jobs);
    while (counts.next()) {
      auto& record = record_of(counts->text(0));
      auto state = static_cast<job_state>(counts->integer(1));
      (state == job_state::queued    ? record.queued
       : state == job_state::running ? record.running
                                     : record.dead)
        = counts->number(2);
      if (state == job_state::queued)
        record.oldest_due = from_micros(counts->integer(3));
    }
    auto paused = link_->sql.query(q::paused_queues);
    while (paused.next())
      record_of(paused->text(0)).paused = true;
    job_queue_records out;
    for (auto& y : found)
      out.push_back(std::move(y.second));
    return out;
  });
}

expected<uint64_t> sql_state_store::trim(const trim_jobs& x) {
  return writing([&]() -> expected<uint64_t> {
    return static_cast<uint64_t>(link_->sql.change(q::trim_jobs, to_micros(x.before), x.limit));
  });
}

} // namespace carillon::sql

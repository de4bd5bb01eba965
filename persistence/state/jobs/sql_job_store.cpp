#include "persistence/state/jobs/sql_job_store.hpp"

#include "persistence/state/operators/operator_audit.hpp"
#include "persistence/state/sql/pages.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#define CARILLON_JOB_FILTERS                                                                       \
  "AND (?3 = '' OR queue = ?3) AND (?4 = '' OR kind = ?4) AND (?5 < 0 OR state = ?5) "             \
  "AND (?6 = 0 OR company_id = ?7) ORDER BY id DESC LIMIT ?2"

namespace carillon::sql {

namespace {

namespace q {

const sql_query finish_job{"finish_job",
                           "UPDATE jobs SET state = ?3, run_at = coalesce(?4, run_at), "
                           "last_error = CASE WHEN ?6 = 1 AND ?5 = '' THEN last_error ELSE ?5 END, "
                           "attempts = attempts - ?6, updated_at = ?7, result = ?8 "
                           "WHERE id = ?1 AND fence = ?2 AND state = 1"};
const sql_query renew_job{"renew_job", "UPDATE jobs SET run_at = ?3, updated_at = ?4 "
                                       "WHERE id = ?1 AND fence = ?2 AND state = 1"};
const sql_query note_job{"note_job", "UPDATE jobs SET note = ?3, percent = ?4, noted_at = ?5 "
                                     "WHERE id = ?1 AND fence = ?2 AND state = 1"};
const sql_query release_jobs{
  "release_jobs", "UPDATE jobs SET state = 0, run_at = ?1, updated_at = ?1 WHERE state = 1"};
const sql_query retry_jobs{
  "retry_jobs",
  "UPDATE jobs SET state = 0, attempts = 0, run_at = ?1, updated_at = ?1, note = '', percent = -1, "
  "noted_at = 0 WHERE id IN ("
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
const sql_query paused_queues{"paused_queues", "SELECT queue FROM job_pauses"};
const sql_query count_jobs{
  "count_jobs",
  "SELECT queue, 0, count(*), min(run_at) FROM jobs INDEXED BY jobs_next "
  "WHERE state = 0 GROUP BY queue UNION ALL "
  "SELECT queue, state, count(*), min(run_at) FROM jobs INDEXED BY jobs_held "
  "WHERE state IN (1, 3) GROUP BY queue, state",
  "SELECT queue, CAST(0 AS BIGINT), count(*), min(run_at) FROM jobs "
  "WHERE state = 0 GROUP BY queue UNION ALL "
  "SELECT queue, state, count(*), min(run_at) FROM jobs "
  "WHERE state IN (1, 3) GROUP BY queue, state"};
const sql_query trim_jobs{"trim_jobs",
                          "DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE state IN (2, 4) "
                          "AND updated_at < ?1 LIMIT ?2)"};

} // namespace q

/// Drafts in one request; ends of attempts wait behind it.
constexpr size_t max_drafts = 1'000;

job_state state_after(const finished_job& x) {
  if (x.outcome.what == job_outcome::verdict::done && !x.returned)
    return job_state::done;
  return x.again ? job_state::queued : job_state::dead;
}

/// Nothing, if each of the drafts may be enqueued.
expected<enqueued_jobs> checked(const enqueue_jobs& x) {
  if (x.drafts.size() > max_drafts)
    return failure{ec::too_large, "at most 1000 jobs are enqueued at a time", {}};
  for (const auto& draft : x.drafts)
    if (auto sound = check(draft); !sound)
      return sound.error();
  return enqueued_jobs{};
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

expected<enqueued_jobs> sql_job_store::enqueue(const enqueue_jobs& x, timestamp now) {
  const std::array<const enqueue_jobs*, 1> alone{&x};
  auto out = enqueue(alone, now);
  if (!out)
    return out.error();
  return std::move(out->front());
}

expected<job_store::enqueued_calls> sql_job_store::enqueue(std::span<const enqueue_jobs* const> xs,
                                                           timestamp now) {
  return enqueue_all(xs, now, [] {});
}

expected<job_store::enqueued_and_leased>
sql_job_store::enqueue(std::span<const enqueue_jobs* const> xs, const lease_jobs& then,
                       timestamp now) {
  std::optional<leased_jobs> leased;
  auto calls = enqueue_all(xs, now, [&] { leased = leases_.lease(then, now); });
  if (!calls)
    return calls.error();
  return enqueued_and_leased{std::move(*calls), std::move(leased)};
}

template <class F>
expected<job_store::enqueued_calls>
sql_job_store::enqueue_all(std::span<const enqueue_jobs* const> xs, timestamp now, F then) {
  enqueued_calls out;
  out.reserve(xs.size());
  // Before the transaction: payloads are parsed.
  for (const auto* x : xs)
    out.push_back(checked(*x));
  if (std::none_of(out.begin(), out.end(), [](const auto& x) { return x.has_value(); }))
    return out;
  enqueued_jobs added;
  auto done = db_.writing([&]() -> expected<void> {
    unsure_.begin();
    leases_.begin();
    for (size_t i = 0; i < xs.size(); ++i)
      if (out[i]) {
        out[i] = add(*xs[i], now);
        added.insert(added.end(), out[i]->begin(), out[i]->end());
      }
    then();
    return {};
  });
  if (done) {
    unsure_.committed();
    leases_.committed();
    return out;
  }
  const bool in_doubt = !db_.doubt().empty();
  leases_.failed(in_doubt);
  if (in_doubt)
    unsure_.doubt(added);
  return done.error();
}

enqueued_jobs sql_job_store::add(const enqueue_jobs& x, timestamp now) {
  enqueued_jobs out;
  out.reserve(x.drafts.size());
  for (const auto& draft : x.drafts)
    out.push_back(unsure_.answer(table_.insert(draft, now)));
  return out;
}

expected<leased_jobs> sql_job_store::lease(const lease_jobs& x, timestamp now) {
  // Of a lease that a power cut takes, the job is there as before, and is leased once more.
  auto out = db_.writing_behind([&]() -> expected<leased_jobs> {
    leases_.begin();
    return leases_.lease(x, now);
  });
  if (out)
    leases_.committed();
  else
    leases_.failed(!db_.doubt().empty());
  return out;
}

expected<void> sql_job_store::finish(const finish_jobs& x, timestamp now) {
  return db_.writing([&]() -> expected<void> {
    for (const auto& y : x.items) {
      std::optional<int64_t> again;
      if (y.again)
        again = to_micros(*y.again);
      // No row changes if the fence is old.
      db_.sql().run(q::finish_job, y.id, y.fence, static_cast<int64_t>(state_after(y)), again,
                    std::string_view{y.outcome.error}, y.returned ? 1 : 0, to_micros(now),
                    std::string_view{y.outcome.result});
    }
    return {};
  });
}

expected<void> sql_job_store::renew(const renew_leases& x, timestamp now) {
  const auto until = now + std::chrono::duration_cast<timestamp::duration>(x.lease);
  return db_.writing_behind([&]() -> expected<void> {
    for (const auto& y : x.items)
      db_.sql().run(q::renew_job, y.id, y.fence, to_micros(until), to_micros(now));
    return {};
  });
}

expected<void> sql_job_store::note(const note_progress& x) {
  return db_.writing([&]() -> expected<void> {
    for (const auto& y : x.items)
      db_.sql().run(q::note_job, y.of.id, y.of.fence, std::string_view{y.what.note},
                    y.what.percent ? static_cast<int64_t>(*y.what.percent) : int64_t{-1},
                    to_micros(y.what.at));
    return {};
  });
}

expected<uint64_t> sql_job_store::release([[maybe_unused]] const release_leases& x, timestamp now) {
  return db_.writing([&]() -> expected<uint64_t> {
    return static_cast<uint64_t>(db_.sql().change(q::release_jobs, to_micros(now)));
  });
}

expected<job_page> sql_job_store::list(const list_jobs& x) {
  return db_.reading([&]() -> expected<job_page> {
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
    auto found = db_.sql().query(*which, bound_of(x.page), limit + 1, queue, kind,
                                 x.state ? static_cast<int64_t>(*x.state) : int64_t{-1},
                                 x.page.company_id ? 1 : 0, company);
    return take_page<job>(found, limit, job_of, [](const job& y) { return y.id; });
  });
}

expected<job> sql_job_store::get(const get_job& x) {
  return db_.reading([&] { return table_.find(x.id, x.company_id); });
}

expected<job> sql_job_store::retry(const retry_job& x, timestamp now) {
  return db_.writing([&]() -> expected<job> {
    auto found = table_.find(x.id, x.company_id);
    if (!found)
      return found;
    if (found->state == job_state::running || found->state == job_state::done)
      return failure{ec::conflict, "the job is " + std::string{name_of(found->state)}, "id"};
    found->state = job_state::queued;
    found->attempts = 0;
    found->run_at = found->updated_at = now;
    found->progress.reset();
    table_.update(*found);
    audit_.append(entry_of(x.by, now, "job.retried", *found));
    return found;
  });
}

expected<uint64_t> sql_job_store::retry(const retry_jobs& x, timestamp now) {
  return db_.writing([&]() -> expected<uint64_t> {
    const auto queue = queue_of(x.kind);
    const auto kind = queue == x.kind ? std::string_view{} : std::string_view{x.kind};
    const std::string_view company{x.company_id ? *x.company_id : std::string_view{}};
    auto count = static_cast<uint64_t>(
      db_.sql().change(q::retry_jobs, to_micros(now), std::clamp<size_t>(x.limit, 1, 1'000), queue,
                       kind, x.company_id ? 1 : 0, company));
    if (count == 0)
      return count;
    auto entry = operator_entry(x.by, now, "jobs.retried", "job_queue:" + std::string{queue});
    entry.company_id = company;
    entry.detail = audit_detail{}.add("kind", std::string_view{x.kind}).add("count", count).text();
    audit_.append(entry);
    return count;
  });
}

expected<job> sql_job_store::cancel(const cancel_job& x, timestamp now) {
  return db_.writing([&]() -> expected<job> {
    auto found = table_.find(x.id, x.company_id);
    if (!found)
      return found;
    if (found->state != job_state::queued && found->state != job_state::dead)
      return failure{ec::conflict, "the job is " + std::string{name_of(found->state)}, "id"};
    found->state = job_state::cancelled;
    found->updated_at = now;
    table_.update(*found);
    audit_.append(entry_of(x.by, now, "job.cancelled", *found));
    return found;
  });
}

expected<void> sql_job_store::pause(const pause_job_queue& x, timestamp now) {
  return db_.writing([&]() -> expected<void> {
    db_.sql().run(either(x.paused, q::pause_queue, q::resume_queue), std::string_view{x.queue});
    audit_.append(operator_entry(x.by, now, x.paused ? "job_queue.paused" : "job_queue.resumed",
                                 "job_queue:" + x.queue));
    return {};
  });
}

expected<job_queue_records> sql_job_store::queues([[maybe_unused]] const list_job_queues& x) {
  return db_.reading([&]() -> expected<job_queue_records> {
    std::map<std::string, job_queue_record, std::less<>> found;
    auto record_of = [&](std::string_view queue) -> job_queue_record& {
      auto& out = found[std::string{queue}];
      out.queue = queue;
      return out;
    };
    auto counts = db_.sql().query(q::count_jobs);
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
    auto paused = db_.sql().query(q::paused_queues);
    while (paused.next())
      record_of(paused->text(0)).paused = true;
    job_queue_records out;
    for (auto& y : found)
      out.push_back(std::move(y.second));
    return out;
  });
}

expected<uint64_t> sql_job_store::trim(const trim_jobs& x) {
  return db_.writing([&]() -> expected<uint64_t> {
    return static_cast<uint64_t>(db_.sql().change(q::trim_jobs, to_micros(x.before), x.limit));
  });
}

} // namespace carillon::sql

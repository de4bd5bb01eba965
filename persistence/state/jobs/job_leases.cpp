#include "persistence/state/jobs/job_leases.hpp"

#include "persistence/state/jobs/job_table.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace carillon::sql {

namespace {

namespace q {

const sql_query expired_jobs{"expired_jobs", CARILLON_JOBS
                             "WHERE queue = ?1 AND state = 1 AND state IN (1, 3) AND run_at <= ?2 "
                             "AND (?4 = 0 OR company_id = ?5) ORDER BY run_at LIMIT ?3"};
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
#define CARILLON_CORRECT_TIMES                                                                     \
  "SET run_at = CAST(?2 AS BIGINT) + (CASE WHEN run_at > updated_at "                              \
  "THEN run_at - updated_at ELSE 0 END), updated_at = CAST(?2 AS BIGINT) "                         \
  "WHERE queue = ?1 AND state = 0 AND run_at > ?2 "                                                \
  "AND updated_at > ?2 AND (attempts > 0 OR run_at <= updated_at)"
const sql_query correct_times{"correct_times",
                              "UPDATE jobs INDEXED BY jobs_next " CARILLON_CORRECT_TIMES,
                              "UPDATE jobs " CARILLON_CORRECT_TIMES};
const sql_query lease_job{
  "lease_job",
  "UPDATE jobs SET state = 1, attempts = attempts + 1, fence = fence + 1, run_at = ?2, "
  // What was said belongs to the attempt before.
  "updated_at = ?3, note = '', percent = -1, noted_at = 0 WHERE id = ?1"};
// The attempt was not begun. What was said of the one before it is gone.
const sql_query give_job_back{"give_job_back",
                              "UPDATE jobs SET state = 0, attempts = attempts - 1, run_at = ?3, "
                              "updated_at = ?3 WHERE id = ?1 AND fence = ?2 AND state = 1"};
// Those that were due when they were last changed are due: they have no entry by time.
const sql_query next_queued{"next_queued",
                            "SELECT min(run_at) FROM jobs WHERE queue = ?1 AND state = 0 "
                            "AND run_at > updated_at AND run_at > ?2"};
const sql_query next_expired{"next_expired",
                             "SELECT min(run_at) FROM jobs WHERE queue = ?1 AND state = 1 "
                             "AND state IN (1, 3) AND run_at > ?2"};
// Of all companies, since no index has the times of one.
const sql_query queued_times{"queued_times",
                             "SELECT run_at, company_id FROM jobs WHERE queue = ?1 AND state = 0 "
                             "AND run_at > updated_at AND run_at > ?2 ORDER BY run_at LIMIT ?3"};
const sql_query expiry_times{"expiry_times",
                             "SELECT run_at, company_id FROM jobs WHERE queue = ?1 AND state = 1 "
                             "AND state IN (1, 3) AND run_at > ?2 ORDER BY run_at LIMIT ?3"};
const sql_query queue_paused{"queue_paused", "SELECT 1 FROM job_pauses WHERE queue = ?1"};

} // namespace q

/// Most jobs of a queue that one request leases.
constexpr size_t most_leased = 1'000;

/// Jobs of other companies that are looked at for the next one of a company.
constexpr size_t most_foreign = 100;

std::string_view company_of(const wanted_jobs& x) noexcept {
  return x.company_id ? std::string_view{*x.company_id} : std::string_view{};
}

} // namespace

void job_leases::begin() noexcept {
  taken_.clear();
  gave_back_ = false;
}

leased_jobs job_leases::lease(const lease_jobs& x, timestamp now) {
  leased_jobs out;
  give_back(now);
  // Any queue may be asked for later than the first one.
  if (!leased_at_ || now < *leased_at_)
    corrected_.clear();
  leased_at_ = now;
  auto until = now + std::chrono::duration_cast<timestamp::duration>(x.lease);
  for (size_t i = 0; i < x.queues.size(); ++i) {
    if (corrected_.insert(x.queues[i].queue).second)
      correct_times(x.queues[i].queue, now);
    lease(x.queues[i], until, now, out);
    out.asked_by.resize(out.items.size(), i);
  }
  return out;
}

void job_leases::committed() noexcept {
  if (gave_back_)
    lost_.clear();
  taken_.clear();
}

void job_leases::failed(bool in_doubt) {
  corrected_.clear();
  if (in_doubt)
    lost_.insert(taken_.begin(), taken_.end());
  taken_.clear();
  while (lost_.size() > most_lost)
    lost_.erase(lost_.begin());
}

void job_leases::give_back(timestamp now) {
  if (std::exchange(gave_back_, true))
    return;
  for (const auto& [id, fence] : lost_)
    db_.sql().run(q::give_job_back, id, fence, to_micros(now));
}

void job_leases::lease(const wanted_jobs& x, timestamp until, timestamp now, leased_jobs& out) {
  auto& sql = db_.sql();
  if (auto paused = sql.query(q::queue_paused, std::string_view{x.queue}); paused.next())
    return;
  for (auto& due : due_jobs(x, std::min(x.most, most_leased), now)) {
    sql.run(q::lease_job, due.id, to_micros(until), to_micros(now));
    due.state = job_state::running;
    ++due.attempts;
    ++due.fence;
    taken_.emplace_back(due.id, due.fence);
    due.run_at = until;
    due.updated_at = now;
    due.progress.reset();
    out.items.push_back(std::move(due));
  }
  if (auto next = next_due(x, now))
    out.next_due = out.next_due ? std::min(*out.next_due, *next) : *next;
}

std::vector<job> job_leases::due_jobs(const wanted_jobs& x, size_t most, timestamp now) {
  std::vector<job> out;
  {
    auto row = db_.sql().query(q::expired_jobs, std::string_view{x.queue}, to_micros(now), most,
                               x.company_id ? 1 : 0, company_of(x));
    while (row.next())
      out.push_back(job_of(*row));
  }
  if (out.size() >= most)
    return out;
  if (!x.company_id) {
    take_turns(x.queue, most - out.size(), now, out);
    return out;
  }
  for (auto& due : due_jobs_of(x.queue, *x.company_id, most - out.size(), now))
    out.push_back(std::move(due));
  return out;
}

void job_leases::take_turns(std::string_view queue, size_t most, timestamp now,
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

std::vector<std::string> job_leases::waiting_companies(std::string_view queue, size_t most,
                                                       timestamp now) {
  std::vector<std::string> out;
  auto collect = [&](const std::string& from, const std::string* up_to) {
    auto row = db_.sql().query(q::waiting_companies, queue, to_micros(now), std::string_view{from},
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

std::vector<job> job_leases::due_jobs_of(std::string_view queue, std::string_view company,
                                         size_t most, timestamp now) {
  std::vector<job> out;
  auto row = db_.sql().query(q::due_jobs, queue, to_micros(now), most, company);
  while (row.next())
    out.push_back(job_of(*row));
  return out;
}

std::optional<timestamp> job_leases::next_due(const wanted_jobs& x, timestamp now) {
  std::optional<timestamp> out;
  for (auto state : {job_state::queued, job_state::running})
    if (auto due = x.company_id ? next_due_of(x.queue, *x.company_id, state, now)
                                : next_due(x.queue, state, now))
      out = out ? std::min(*out, *due) : *due;
  return out;
}

std::optional<timestamp> job_leases::next_due(std::string_view queue, job_state state,
                                              timestamp now) {
  auto row = db_.sql().query(either(state == job_state::queued, q::next_queued, q::next_expired),
                             queue, to_micros(now));
  if (!row.next() || row->null(0))
    return std::nullopt;
  return from_micros(row->integer(0));
}

/// Of many jobs of other companies in front it returns the time of the last that it looked at: time
/// to look again. Their number does not slow this company.
std::optional<timestamp> job_leases::next_due_of(std::string_view queue, std::string_view company,
                                                 job_state state, timestamp now) {
  auto row = db_.sql().query(either(state == job_state::queued, q::queued_times, q::expiry_times),
                             queue, to_micros(now), most_foreign);
  std::optional<timestamp> last;
  size_t seen = 0;
  for (; row.next(); ++seen) {
    last = from_micros(row->integer(0));
    if (row->text(1) == company)
      return last;
  }
  return seen == most_foreign ? last : std::nullopt;
}

void job_leases::correct_times(std::string_view queue, timestamp now) {
  db_.sql().run(q::correct_times, queue, to_micros(now));
}

} // namespace carillon::sql

#include "base/time.hpp"
#include "persistence/postgres/advisory.hpp"
#include "persistence/postgres/array_literal.hpp"
#include "persistence/postgres/faults.hpp"
#include "persistence/postgres/log/blocks.hpp"
#include "persistence/postgres/log/insertion.hpp"
#include "persistence/postgres/log/log.hpp"

#include <algorithm>
#include <thread>
#include <tuple>
#include <unordered_map>

// Appending events: one COPY per transaction, or few rows, by one appender at a time.

namespace carillon::postgres {

namespace {

/// Retries of an append that lost a race.
constexpr int most_races = 5;

/// Number of appends after a duplicate that look up ids before they copy.
constexpr unsigned suspicion = 64;

const std::vector<std::string>& columns() {
  static const std::vector<std::string> all{
    "seq",      "type",   "time",        "company_id",   "user_id",     "correlation_id",
    "id",       "source", "recorded_at", "causation_id", "traceparent", "audience",
    "metadata", "data",   "hops"};
  return all;
}

std::string array_of(std::span<const draft_ptr> xs, const std::string& (*member)(const event&)) {
  array_literal out;
  for (const auto& x : xs)
    out.add(member(*x));
  return out.text();
}

const std::string& id_of(const event& x) {
  return x.id;
}

const std::string& source_of(const event& x) {
  return x.source;
}

const std::string& company_of(const event& x) {
  return x.company_id;
}

/// Ids, sources and companies have no control characters.
std::string key_of(const event& x) {
  return x.id + '\n' + x.source + '\n' + x.company_id;
}

void forget(std::span<const draft_ptr> drafts) noexcept {
  for (const auto& x : drafts) {
    x->seq = 0;
    x->recorded_at = {};
  }
}

} // namespace

void log::tell_others(std::shared_ptr<std::atomic<position>> own_head) {
  own_head_ = std::move(own_head);
  notifier_ = std::make_unique<log_notifier>(db_.url(), db_.options());
}

expected<append_result> log::append(std::span<const draft_ptr> drafts, timestamp now) {
  if (!token_)
    return failure{ec::internal, "this side of the log reads", {}};
  auto result = guarded([&]() -> expected<append_result> {
    if (suspicious_ == 0) {
      try {
        if (may_append_few(drafts))
          if (auto done = append_few(drafts, now))
            return std::move(*done);
        return append_once(drafts, now, false);
      } catch (const std::exception& x) {
        if (!is_race(x))
          throw;
        db_.rollback();
        suspicious_ = suspicion;
      }
    }
    --suspicious_;
    return append_again(drafts, now);
  });
  if (!result) {
    known_head_.reset();
    forget(drafts);
  }
  return result;
}

/// The lock orders the appenders that take it. An appender without it, or a server that orders
/// otherwise, may still be first: an append that lost the race is repeated behind it.
append_result log::append_again(std::span<const draft_ptr> drafts, timestamp now) {
  for (int left = most_races;; --left) {
    try {
      return append_once(drafts, now, true);
    } catch (const std::exception& x) {
      if (left == 0 || !is_race(x))
        throw;
      db_.rollback();
    }
  }
}

append_result log::append_once(std::span<const draft_ptr> drafts, timestamp now, bool careful) {
  contended_ -= contended_ > 0 ? 1 : 0;
  auto next = begin_append() + 1;
  now = std::max(now, recorded_);
  sorted all;
  if (careful) {
    all = look_up(drafts);
  } else {
    all.items.resize(drafts.size());
    all.fresh.assign(drafts.begin(), drafts.end());
  }
  for (size_t i = 0; i < all.fresh.size(); ++i) {
    auto& draft = *all.fresh[i];
    draft.seq = next++;
    draft.recorded_at = now;
    all.items[careful ? all.places[i] : i]
      = {.seq = draft.seq, .duplicate = false, .conflicting_type = {}};
  }
  append_result out;
  if (all.fresh.empty()) {
    db_.rollback();
    make_safe(all.items);
    out.items = std::move(all.items);
    return out;
  }
  for (const auto& [place, first] : all.repeats)
    all.items[place] = first_event(all.fresh[first]->seq, all.fresh[first]->type, *drafts[place]);
  auto batch = std::make_shared<event_batch>();
  batch->events.assign(all.fresh.begin(), all.fresh.end());
  add_and_commit(batch->events);
  return appended(std::move(batch), std::move(all.items));
}

append_result log::appended(event_batch_ptr batch, receipts items) {
  known_head_ = batch->last();
  recorded_ = batch->events.back()->recorded_at;
  safe_ = {db_.generation(), batch->last()};
  if (notifier_) {
    *own_head_ = batch->last();
    notifier_->tell(batch->last());
  }
  append_result out;
  out.items = std::move(items);
  out.batch = std::move(batch);
  return out;
}

/// They may be events of another connection, whose commit only the crash of a server, or an end of
/// its wait for a standby, has made visible.
void log::make_safe(const receipts& xs) {
  position last = 0;
  for (const auto& x : xs)
    last = std::max(last, x.seq);
  if (safe_.generation == db_.generation() && last <= safe_.last)
    return;
  db_.confirm();
  safe_ = {db_.generation(), last};
}

expected<void> log::restore(const std::vector<event_ptr>& xs) {
  return guarded([&]() -> expected<void> {
    if (begin_append() + 1 != xs.front()->seq) {
      db_.rollback();
      return failure{ec::conflict, "these events do not follow those that are here", {}};
    }
    add_and_commit(xs);
    return {};
  });
}

std::string log::statements_to_prepare() {
  // The server would make a new plan for each array.
  return "SET plan_cache_mode = force_generic_plan; PREPARE lock_log AS "
         + statement_to_lock(advisory::log)
         + "PREPARE log_head AS SELECT coalesce((SELECT max(seq) FROM event_log), 0), epoch, "
           "coalesce((SELECT recorded_at FROM event_log ORDER BY seq DESC LIMIT 1), 0) "
           "FROM node_lease; "
         + statements_to_prepare_few();
}

position log::begin_append() {
  // Each statement has its own snapshot: the last one sees all appends before we got the lock.
  auto found = db_.begin("BEGIN; EXECUTE lock_log; EXECUTE log_head");
  const bool owns = lock_ && lock_->epoch() != 0;
  if (db_.generation() != generation_) {
    if (owns)
      lock_->keep();
    generation_ = db_.generation();
  }
  if (owns && found[0][1].as<int64_t>() != lock_->epoch())
    throw superseded{};
  recorded_ = from_micros(found[0][2].as<int64_t>());
  return found[0][0].as<position>();
}

log::sorted log::look_up(std::span<const draft_ptr> drafts) {
  auto ids = array_of(drafts, id_of);
  auto sources = array_of(drafts, source_of);
  auto companies = array_of(drafts, company_of);
  auto found
    = db_.run_once("SELECT u.n, e.seq, e.type FROM unnest($1::text[], $2::text[], $3::text[]) WITH "
                   "ORDINALITY AS u (id, source, company_id, n) JOIN event_log e "
                   "ON e.id = u.id COLLATE \"C\" AND e.source = u.source COLLATE \"C\" "
                   "AND e.company_id = u.company_id COLLATE \"C\"",
                   {ids.c_str(), sources.c_str(), companies.c_str()});
  sorted out;
  out.items.resize(drafts.size());
  for (const auto& row : found) {
    const auto place = row[0].as<size_t>() - 1;
    out.items.at(place) = first_event(row[1].as<position>(), row[2].c_str(), *drafts[place]);
  }
  std::unordered_map<std::string, size_t> seen;
  for (size_t i = 0; i < drafts.size(); ++i) {
    if (out.items[i].seq != 0)
      continue;
    auto [first, is_new] = seen.emplace(key_of(*drafts[i]), out.fresh.size());
    if (!is_new) {
      out.repeats.emplace_back(i, first->second);
      continue;
    }
    out.fresh.push_back(drafts[i]);
    out.places.push_back(i);
  }
  return out;
}

std::string log::copy(const std::vector<event_ptr>& xs) {
  std::string statements;
  db_.with_work([&](pqxx::nontransaction& work) {
    pqxx::stream_to to{work, "event_log", columns()};
    for (const auto& x : xs) {
      const auto time = to_micros(x->time);
      const auto recorded_at = to_micros(x->recorded_at);
      const auto audience = static_cast<int>(x->audience);
      const auto hops = static_cast<int>(x->hops);
      to << std::tie(x->seq, x->type, time, x->company_id, x->user_id, x->correlation_id, x->id,
                     x->source, recorded_at, x->causation_id, x->traceparent, audience, x->metadata,
                     x->data, hops);
    }
    // While the server works on the rows sent so far.
    statements = statements_to_end(xs);
    to.complete();
  });
  return statements;
}

/// Of few events all that is left is one text.
void log::add_and_commit(const std::vector<event_ptr>& xs) {
  const auto statements = xs.size() <= most_inserted ? statements_to_add(xs) : copy(xs);
  bool sure = false;
  try {
    db_.run(statements);
    sure = !db_.warned();
  } catch (const std::exception&) {
    if (!db_.is_lost() || !was_appended(xs))
      throw;
  }
  if (!sure)
    db_.confirm();
}

std::string log::statements_to_end(const std::vector<event_ptr>& xs) {
  return statement_to_close_blocks({xs.front()->seq, xs.back()->seq}) + "COMMIT";
}

bool log::was_appended(const std::vector<event_ptr>& xs) {
  const auto end = std::chrono::steady_clock::now() + db_.options().doubt_limit;
  const auto lost = db_.backend();
  for (;;) {
    try {
      // It may not even have begun with the statements it received.
      end_backend(db_, lost);
      // The lock is free when the earlier transaction has ended.
      begin_append();
      const auto both = has(*xs.front()) && has(*xs.back());
      db_.rollback();
      return both;
    } catch (const std::exception&) {
      db_.rollback();
      if (std::chrono::steady_clock::now() >= end)
        throw;
    }
    std::this_thread::sleep_for(db_.options().pause);
  }
}

/// Whether exactly this event is in the log: another appender may have stored one with the same id.
bool log::has(const event& x) {
  const auto seq = std::to_string(x.seq);
  const auto recorded_at = std::to_string(to_micros(x.recorded_at));
  return !db_
            .run_once("SELECT 1 FROM event_log WHERE seq = $1 AND id = $2 AND source = $3 "
                      "AND company_id = $4 AND recorded_at = $5",
                      {seq.c_str(), x.id.c_str(), x.source.c_str(), x.company_id.c_str(),
                       recorded_at.c_str()})
            .empty();
}

} // namespace carillon::postgres

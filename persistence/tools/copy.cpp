#include "persistence/tools/copy.hpp"

#include "persistence/postgres/copy_target.hpp"
#include "persistence/sqlite/data_directory.hpp"
#include "persistence/sqlite/guard.hpp"
#include "persistence/sqlite/state_export.hpp"
#include "persistence/tools/copy_files.hpp"

#include <algorithm>
#include <filesystem>

namespace carillon {

namespace {

using on_progress = std::function<void(const copy_progress&)>;

failure different(const std::string& what) {
  return {ec::store_corrupt, "the copy is not what was copied: " + what, {}};
}

class copier {
public:
  copier(const copy_request& x, const on_progress& report) : request_(x), report_(report) {
  }

  expected<copy_report> run() {
    for (auto step : {&copier::open, &copier::copy_events, &copier::copy_state, &copier::copy_files,
                      &copier::compare})
      if (auto done = (this->*step)(); !done)
        return done.error();
    return out_;
  }

private:
  expected<void> open();
  expected<void> check_source();
  expected<void> refuse_own_tables();
  expected<void> check_beginning(position head);
  expected<void> copy_events();
  expected<void> copy_state();
  expected<void> copy_files();
  expected<void> compare();
  expected<void> compare_log();
  expected<void> compare_audit();

  const copy_request& request_;
  const on_progress& report_;
  std::filesystem::path directory_;
  std::unique_ptr<storage> source_;
  std::unique_ptr<event_log> source_log_;
  std::unique_ptr<postgres::copy_target> target_;
  audit_check source_audit_;
  std::vector<state_table> tables_;
  copy_report out_;
};

expected<void> copier::open() {
  auto directory = sqlite::directory_of(request_.from);
  if (!directory)
    return failure{ec::invalid_argument, "copies are made from sqlite://…", "from"};
  if (!is_postgres(request_.to.url))
    return failure{ec::invalid_argument, "copies are made to postgresql://…", "to"};
  directory_ = *directory;
  // Reads first, so that nothing is created where no store exists.
  for (auto read_only : {true, false}) {
    auto opened = storage::open({.url = request_.from, .read_only = read_only});
    if (!opened
        && !(read_only && opened.error().code == ec::store_unavailable
             && std::filesystem::exists(directory_ / "events.db")))
      return opened.error();
    if (opened)
      source_ = std::move(*opened);
  }
  auto log = source_->open_log_reader();
  if (!log)
    return log.error();
  source_log_ = std::move(*log);
  if (auto sound = check_source(); !sound)
    return sound;
  auto target = postgres::copy_target::open(request_.to, request_.from, wall_clock_now());
  if (!target)
    return target.error();
  target_ = std::move(*target);
  return target_->adopt_history(source_->history());
}

expected<void> copier::check_source() {
  auto state = source_->open_state(false);
  if (!state)
    return state.error();
  auto audit = check_audit((*state)->audit());
  if (!audit)
    return audit.error();
  if (!audit->verdict.valid)
    return failure{ec::store_corrupt,
                   "the audit chain of the source is not valid from row "
                     + std::to_string(audit->verdict.first_bad.value_or(0)),
                   "from"};
  source_audit_ = std::move(*audit);
  return refuse_own_tables();
}

/// Their steps are in SQLite's dialect, and the target has none of them.
expected<void> copier::refuse_own_tables() {
  return sqlite::guarded([&]() -> expected<void> {
    const sqlite::state_export state{directory_ / "state.db"};
    for (const auto& x : state.tables())
      if (x.name.starts_with("app_"))
        return failure{ec::conflict,
                       "the source has tables of an application, such as " + x.name
                         + ", which are not copied",
                       "from"};
    return {};
  });
}

/// Checks that an earlier attempt copied this log.
expected<void> copier::check_beginning(position head) {
  if (out_.resumed_after == 0)
    return {};
  auto there = target_->log().find({.seq = out_.resumed_after});
  if (!there)
    return there.error();
  if (out_.resumed_after <= head)
    if (auto here = source_log_->find({.seq = out_.resumed_after});
        here && (*here)->id == (*there)->id && (*here)->source == (*there)->source)
      return {};
  return failure{ec::conflict,
                 "the database has a part of another store, whose copy has not finished", "to"};
}

expected<void> copier::copy_events() {
  auto head = source_log_->head();
  auto copied = target_->log().head();
  if (!head || !copied)
    return head ? copied.error() : head.error();
  out_.events = *head;
  out_.resumed_after = *copied;
  if (auto same = check_beginning(*head); !same)
    return same;
  for (auto at = *copied;;) {
    report_({copy_stage::events, at, *head});
    if (at >= *head)
      return {};
    auto page = source_log_->read({.after = at, .filter = {}, .limit = request_.events_at_a_time});
    if (!page)
      return page.error();
    if (page->events.empty())
      return failure{ec::store_corrupt, "the log has no event after position " + std::to_string(at),
                     "from"};
    if (auto added = target_->log().restore(page->events); !added)
      return added;
    at = page->events.back()->seq;
  }
}

expected<void> copier::copy_state() {
  return sqlite::guarded([&]() -> expected<void> {
    sqlite::state_export state{directory_ / "state.db"};
    tables_ = state.tables();
    uint64_t total = 0;
    for (const auto& x : tables_)
      total += x.rows;
    expected<void> done = target_->begin_state(tables_);
    for (const auto& x : tables_)
      state.read(x, [&](const std::string& rows, uint64_t count) {
        if (done)
          done = target_->add_rows(x, rows);
        out_.state_rows += count;
        report_({copy_stage::state, out_.state_rows, total});
      });
    return done ? target_->commit_state(tables_) : done;
  });
}

expected<void> copier::copy_files() {
  const auto to
    = request_.to.directory.empty() ? directory_ : std::filesystem::path{request_.to.directory};
  out_.directory = to.string();
  out_.key_is_elsewhere = !std::filesystem::exists(directory_ / "node.key");
  std::error_code error;
  if (std::filesystem::equivalent(directory_, to, error))
    return {};
  auto copied = carillon::copy_files(directory_, to, [&](uint64_t done, uint64_t total) {
    report_({copy_stage::files, done, total});
  });
  if (!copied)
    return copied.error();
  out_.files = *copied;
  return {};
}

expected<void> copier::compare() {
  report_({copy_stage::verification, 0, 0});
  if (auto same = compare_log(); !same)
    return same;
  for (const auto& x : tables_) {
    auto rows = target_->count(x.name);
    if (!rows)
      return rows.error();
    if (*rows != x.rows)
      return different("table " + x.name + " has " + std::to_string(*rows) + " rows, not "
                       + std::to_string(x.rows));
  }
  if (auto same = compare_audit(); !same)
    return same;
  return target_->finish(wall_clock_now());
}

expected<void> copier::compare_log() {
  auto events = target_->count("event_log");
  if (!events)
    return events.error();
  if (*events != out_.events)
    return different("it has " + std::to_string(*events) + " events, not "
                     + std::to_string(out_.events));
  // Both in total and by the hour: a store may keep both.
  for (auto bucket : {stats_bucket::none, stats_bucket::hour}) {
    stats_request request;
    request.bucket = bucket;
    auto here = source_log_->stats(request);
    auto there = target_->log().stats(request);
    if (!here || !there)
      return !here ? here.error() : there.error();
    auto same = [](const stats_row& a, const stats_row& b) {
      return a.begin == b.begin && a.counts == b.counts;
    };
    if (!std::equal(here->rows.begin(), here->rows.end(), there->rows.begin(), there->rows.end(),
                    same))
      return different("its counts of events per type are others");
  }
  return {};
}

expected<void> copier::compare_audit() {
  auto copied = target_->check_audit();
  if (!copied)
    return copied.error();
  if (!copied->verdict.valid || copied->hash != source_audit_.hash
      || copied->verdict.checked != source_audit_.verdict.checked)
    return different("its audit chain");
  out_.audit_rows = copied->verdict.checked;
  return {};
}

} // namespace

expected<copy_report> copy_installation(const copy_request& x, const on_progress& report) {
  return copier{x, report}.run();
}

} // namespace carillon

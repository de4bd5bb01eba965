#include "persistence/sqlite/move/log_move.hpp"

#include "base/file/private_files.hpp"
#include "persistence/segments/segment_store.hpp"
#include "persistence/sqlite/checks.hpp"
#include "persistence/sqlite/migrations.hpp"
#include "persistence/sqlite/move/event_row.hpp"
#include "persistence/sqlite/move/events_mark.hpp"
#include "persistence/sqlite/move/gathered_files.hpp"
#include "persistence/sqlite/sql.hpp"
#include "persistence/sqlite/statement_cache.hpp"

#include <atomic>
#include <chrono>
#include <system_error>
#include <vector>

namespace carillon::sqlite {

namespace {

namespace fs = std::filesystem;

/// A frame of the copy ends after so many events or bytes, or where the time of their append
/// changes.
constexpr size_t most_copied_events = 4'096;
constexpr size_t most_copied_bytes = 8UL * 1024 * 1024;

constexpr std::chrono::seconds progress_interval{5};

fs::path moved_file(const data_paths& x) {
  return x.events.string() + ".moved";
}

failure move_failed(const std::string& what) {
  return {ec::store_unavailable, "cannot move the log of an earlier version: " + what, {}};
}

/// Says how far it is, now and then.
class move_progress {
public:
  move_progress(const std::function<void(const std::string&)>& tell, std::string what,
                position head)
    : tell_(tell), what_(std::move(what)), head_(head) {
  }

  void reach(position at) {
    const auto now = std::chrono::steady_clock::now();
    if (!tell_ || (at < head_ && now - told_ < progress_interval))
      return;
    told_ = now;
    tell_(what_ + ": " + std::to_string(at) + " of " + std::to_string(head_) + " events");
  }

private:
  const std::function<void(const std::string&)>& tell_;
  std::string what_;
  position head_;
  std::chrono::steady_clock::time_point told_ = std::chrono::steady_clock::now();
};

class log_mover {
public:
  log_mover(const log_move& x, timestamp now) : move_(x), now_(now) {
  }

  expected<void> run() {
    for (auto step : {&log_mover::open_old, &log_mover::open_new, &log_mover::make_copy,
                      &log_mover::close_old, &log_mover::commit})
      if (auto done = (this->*step)(); !done)
        return done;
    return {};
  }

private:
  expected<void> refuse_two_logs() const;
  expected<void> open_old();
  expected<void> open_new();
  expected<void> open_copy();
  expected<void> make_copy();
  expected<void> copy();
  expected<void> copy_events();
  expected<void> compare();
  expected<void> close_old();
  expected<void> commit();
  expected<void> begin_anew();
  expected<void> write(std::vector<draft_ptr>& group);

  const log_move& move_;
  timestamp now_;
  std::unique_ptr<connection> old_;
  std::string history_;
  position head_ = 0;
  std::unique_ptr<segments::segment_store> copy_;
  /// Error of a sync of the copy; 0 if none failed.
  std::shared_ptr<std::atomic<int>> failed_sync_ = std::make_shared<std::atomic<int>>(0);
};

/// The directory of a log that was not begun by a move holds events that `events.db` lacks.
expected<void> log_mover::refuse_two_logs() const {
  std::error_code error;
  if (fs::exists(move_.paths.moving) || !fs::exists(move_.paths.log)
      || fs::is_empty(move_.paths.log, error))
    return {};
  return failure{ec::store_corrupt,
                 "there are two logs, " + move_.paths.events.string()
                   + " of an earlier version and " + move_.paths.log.string()
                   + "; move the one away that is not to be used",
                 {}};
}

expected<void> log_mover::open_old() {
  if (auto one = refuse_two_logs(); !one)
    return one;
  if (auto made = make_private_file(move_.paths.moving); !made)
    return made;
  if (auto synced = sync_directory(move_.paths.directory); !synced)
    return synced;
  old_ = std::make_unique<connection>(move_.events);
  if (auto migrated = migrate(*old_, events_schema(), now_); !migrated)
    return migrated;
  if (auto sound = check_events(*old_); !sound)
    return sound;
  statement_cache<events_query> sql{old_->handle()};
  if (auto row = sql.query(events_query::history); row.next())
    history_ = row->string(0);
  if (auto row = sql.query(events_query::head); row.next())
    head_ = row->number(0);
  std::error_code error;
  const auto needed = fs::file_size(move_.paths.events, error);
  const auto space = fs::space(move_.paths.directory, error);
  if (!error && space.available < needed && !fs::exists(move_.paths.log))
    return move_failed("it needs " + std::to_string(needed) + " bytes, and "
                       + std::to_string(space.available) + " are free");
  if (move_.tell)
    move_.tell("moving the log from " + move_.paths.events.string() + " to "
               + move_.paths.log.string() + ": " + std::to_string(head_)
               + " events; the node starts when it is done");
  return {};
}

expected<void> log_mover::open_copy() {
  segments::segment_options options;
  options.segment_bytes = move_.segment_bytes;
  options.history = history_;
  auto opened
    = segments::segment_store::open(gather_syncs(move_.files, failed_sync_), options, now_);
  if (!opened)
    return opened.error();
  copy_ = std::move(*opened);
  if (copy_->history() == history_ && copy_->writer().head() <= head_)
    return {};
  return failure{ec::store_corrupt, "the copy is of another log", {}};
}

expected<void> log_mover::open_new() {
  if (auto made = make_private_directory(move_.paths.log); !made)
    return made;
  auto opened = open_copy();
  if (opened || opened.error().code != ec::store_corrupt)
    return opened;
  // What a power cut left of a copy that was not finished: the events are all in the old file.
  if (auto emptied = begin_anew(); !emptied)
    return emptied;
  return open_copy();
}

expected<void> log_mover::begin_anew() {
  copy_.reset();
  std::vector<std::string> names;
  int error = move_.files->list(names);
  for (const auto& name : names)
    error = error != 0 ? error : move_.files->remove(name);
  if (error == 0)
    error = move_.files->sync_directory();
  if (error != 0)
    return move_failed(std::generic_category().message(error));
  return {};
}

expected<void> log_mover::write(std::vector<draft_ptr>& group) {
  if (group.empty())
    return {};
  auto written = copy_->writer().append(group, group.front()->recorded_at);
  if (!written)
    return written.error();
  if (*written != group.front()->seq)
    return failure{ec::internal, "a moved event got another position", {}};
  group.clear();
  if (*failed_sync_ != 0)
    return move_failed(std::generic_category().message(*failed_sync_));
  return copy_->maintain();
}

expected<void> log_mover::make_copy() {
  const bool is_resumed = copy_->writer().head() > 0;
  auto done = copy();
  if (done)
    done = compare();
  if (done || !is_resumed || done.error().code == ec::store_unavailable)
    return done;
  // A power cut may also have damaged what an earlier attempt copied.
  done = begin_anew();
  if (done)
    done = open_copy();
  if (done)
    done = copy();
  return done ? compare() : done;
}

/// Of a copy that could not be synced nobody knows what is on disk, though all of it can be read
/// from the system's cache, and no later sync would say so: it is removed.
expected<void> log_mover::copy() {
  auto done = copy_events();
  if (*failed_sync_ == 0)
    return done;
  if (auto emptied = begin_anew(); !emptied)
    return emptied;
  return move_failed(std::generic_category().message(*failed_sync_));
}

expected<void> log_mover::copy_events() {
  statement_cache<events_query> sql{old_->handle()};
  move_progress progress{move_.tell, "moving the log", head_};
  auto row = sql.query(events_query::scan_up, copy_->writer().head() + 1);
  std::vector<draft_ptr> group;
  size_t bytes = 0;
  auto expected_seq = copy_->writer().head();
  while (row.next()) {
    auto x = event_of(*row);
    if (x->seq != ++expected_seq)
      return failure{ec::store_corrupt,
                     move_.paths.events.string() + " has a gap: event "
                       + std::to_string(expected_seq) + " is missing; restore it from a backup",
                     {}};
    if (!group.empty()
        && (group.size() == most_copied_events || bytes >= most_copied_bytes
            || x->recorded_at != group.front()->recorded_at)) {
      progress.reach(group.back()->seq);
      if (auto written = write(group); !written)
        return written;
      bytes = 0;
    }
    bytes += footprint_bytes(*x);
    group.push_back(std::move(x));
  }
  if (auto written = write(group); !written)
    return written;
  if (auto finished = copy_->writer().finish(now_); !finished)
    return finished;
  copy_.reset();
  if (*failed_sync_ == 0)
    *failed_sync_ = sync_all(*move_.files);
  return {};
}

expected<void> log_mover::compare() {
  segments::segment_options options;
  options.how = segments::segment_options::access::read;
  auto opened = segments::segment_store::open(move_.files, options, now_);
  if (!opened)
    return opened.error();
  const auto differs = [](position at) {
    return failure{ec::store_corrupt,
                   "the moved log is not what was moved, at position " + std::to_string(at),
                   {}};
  };
  if ((*opened)->history() != history_ || (*opened)->log().head() != head_)
    return differs((*opened)->log().head());
  auto reader = (*opened)->reader();
  statement_cache<events_query> sql{old_->handle()};
  move_progress progress{move_.tell, "comparing the moved log", head_};
  auto row = sql.query(events_query::scan_up, position{1});
  position seen = 0;
  while (row.next()) {
    const auto record = reader.at(++seen);
    if (!record)
      return record.error();
    if (*record == nullptr || !is_same(*row, **record))
      return differs(seen);
    if (seen % most_copied_events == 0)
      progress.reach(seen);
  }
  return seen == head_ ? expected<void>{} : differs(seen);
}

/// Its write-ahead log would be taken for one of the mark.
expected<void> log_mover::close_old() {
  if (old_->database().execAndGet("PRAGMA journal_mode = DELETE").getString() != "delete")
    return move_failed("another process has " + move_.paths.events.string() + " open");
  old_.reset();
  return {};
}

expected<void> log_mover::commit() {
  const auto kept = moved_file(move_.paths);
  std::error_code error;
  if (!fs::exists(kept)) {
    fs::create_hard_link(move_.paths.events, kept, error);
    // Not every file system has links: between this and the mark `finish_move` carries on.
    if (error)
      fs::rename(move_.paths.events, kept, error);
    if (error)
      return move_failed(kept.string() + ": " + error.message());
  } else if (!fs::equivalent(move_.paths.events, kept, error)) {
    return move_failed(kept.string() + " exists, and is another file");
  }
  if (auto synced = sync_directory(move_.paths.directory); !synced)
    return synced;
  if (auto marked = finish_move(move_.paths, now_); !marked)
    return marked;
  if (move_.tell)
    move_.tell("the log was moved: " + std::to_string(head_) + " events, compared field by field; "
               + kept.string() + " is the old file, which is not used any more");
  return {};
}

} // namespace

expected<void> move_log(const log_move& x, timestamp now) {
  return log_mover{x, now}.run();
}

expected<void> finish_move(const data_paths& paths, timestamp now) {
  if (!fs::exists(paths.moving))
    return {};
  if (!fs::exists(moved_file(paths)))
    return failure{ec::store_corrupt,
                   "the log was being moved from " + paths.events.string()
                     + ", which is gone; put it back",
                   {}};
  if (auto marked = write_events_mark(paths.events, now); !marked)
    return marked;
  std::error_code error;
  fs::remove(paths.moving, error);
  return sync_directory(paths.directory);
}

} // namespace carillon::sqlite

#include "persistence/sqlite/sqlite_storage.hpp"

#include "base/file/durable_file.hpp"
#include "persistence/segments/histories.hpp"
#include "persistence/sqlite/checkpointer.hpp"
#include "persistence/sqlite/checks.hpp"
#include "persistence/sqlite/guard.hpp"
#include "persistence/sqlite/log/log_appender.hpp"
#include "persistence/sqlite/log/log_reader.hpp"
#include "persistence/sqlite/log_indexer.hpp"
#include "persistence/sqlite/migrations.hpp"
#include "persistence/sqlite/move/events_mark.hpp"
#include "persistence/sqlite/move/log_move.hpp"
#include "persistence/sqlite/state_session.hpp"
#include "persistence/sqlite/statement.hpp"
#include "persistence/state/sql_state_store.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <random>
#include <system_error>

namespace carillon::sqlite {

namespace {

/// Cache of a connection that only reads; the file system caches the rest.
constexpr size_t reader_cache_bytes = 16UL * 1024 * 1024;

/// Beyond this, a write-ahead log is forced to restart.
constexpr uint64_t wal_limit_bytes = 128ULL * 1024 * 1024;

failure taken(const char* what) {
  return {ec::conflict, std::string{what} + " is open already", {}};
}

failure read_only() {
  return {ec::invalid_argument, "the store is open for reading only", {}};
}

/// 16 hexadecimal digits.
std::string make_history() {
  std::random_device source;
  std::array<char, 17> text{};
  std::snprintf(text.data(), text.size(), "%08x%08x", source(), source());
  return text.data();
}

bool has_segments(segments::file_layer& files) {
  std::vector<std::string> names;
  return files.list(names) == 0 && std::any_of(names.begin(), names.end(), [](const auto& x) {
           return segments::segment_first(x).has_value();
         });
}

/// A failure to open the log, in a sentence for the operator.
failure of_log(const std::filesystem::path& log, failure x) {
  if (x.code == ec::store_corrupt)
    x.detail = "the log in " + log.string() + " is damaged: " + x.detail
               + "; put that file back from a backup, or see what `carillon log repair --data-dir "
               + log.parent_path().string() + "` would do";
  return x;
}

/// While a store is being opened, a failure concerns one file and is shown to the operator.
template <class F>
expected<void> opening(const std::filesystem::path& file, F&& f) {
  try {
    return f();
  } catch (const SQLite::Exception& x) {
    if (is_damage(x))
      return failure{ec::store_corrupt,
                     file.string() + " is damaged (" + x.getErrorStr()
                       + "); restore the data directory from a backup",
                     {}};
    return failure{ec::store_unavailable, file.string() + ": " + x.what(), {}};
  } catch (const std::exception& x) {
    return failure{ec::store_unavailable, file.string() + ": " + x.what(), {}};
  }
}

} // namespace

std::shared_ptr<void> exclusive_right::take() {
  if (taken_->exchange(true))
    return nullptr;
  return {taken_.get(), [taken = taken_](void*) { *taken = false; }};
}

sqlite_storage::sqlite_storage(storage_options options, const std::filesystem::path& directory,
                               std::shared_ptr<segments::file_layer> files)
  : options_(std::move(options)), paths_(directory), log_files_(std::move(files)),
    held_(paths_.log) {
  if (!log_files_)
    log_files_ = segments::files_in(paths_.log.string());
}

expected<std::unique_ptr<storage>>
sqlite_storage::open(const storage_options& options, std::shared_ptr<segments::file_layer> files) {
  const auto directory = directory_of(options.url);
  if (!directory)
    return directory.error();
  std::unique_ptr<sqlite_storage> x{new sqlite_storage{options, *directory, std::move(files)}};
  const auto prepared = options.read_only ? x->check_files() : x->prepare();
  if (!prepared)
    return prepared.error();
  return std::unique_ptr<storage>{std::move(x)};
}

expected<void> sqlite_storage::prepare() {
  if (auto made = make_private_directory(paths_.directory); !made)
    return made;
  auto lock = directory_lock::take(paths_.lock);
  if (!lock)
    return lock.error();
  lock_ = std::move(*lock);
  remove_abandoned_files(paths_.directory.string());
  if (auto restored = check_restored(paths_); !restored)
    return restored;
  if (auto made = make_files_private(paths_); !made)
    return made;
  auto prepared = prepare_files(wall_clock_now());
  if (!prepared)
    return prepared;
  for (const auto& file : {paths_.log, paths_.state})
    held_.hold(file);
  if (auto same = held_.check_log(log_->log()); !same)
    return same;
  return sync_directory(paths_.directory);
}

expected<void> sqlite_storage::check_hold() const {
  if (options_.read_only)
    return {};
  if (auto same = held_.check(log_->log()); !same)
    return same;
  return lock_.check();
}

expected<void> sqlite_storage::prepare_files(timestamp now) {
  std::unique_ptr<connection> state;
  auto done = opening(paths_.state, [&]() -> expected<void> {
    state = std::make_unique<connection>(state_options(access::write));
    return look_at_state(*state);
  });
  if (done)
    done = opening(paths_.events, [&] { return prepare_log(now); });
  // After the log: if that is refused, or cannot be moved, an earlier version can still go on.
  if (done)
    done = opening(paths_.state, [&]() -> expected<void> {
      if (auto migrated = migrate(*state, state_schema(), now); !migrated)
        return migrated;
      return check_cursors(*state, furthest_, log_->log().head());
    });
  if (!done)
    return done;
  return opening(paths_.index, [&] {
    log_cursor log{place_of_log()};
    return prepare_index(index_options(access::write), log, histories_.current, now);
  });
}

/// Before it has the schema of this version: checks it, and asks for the furthest consumer.
expected<void> sqlite_storage::look_at_state(connection& state) {
  if (state.database().execAndGet("SELECT count(*) FROM sqlite_schema").getInt64() == 0)
    return {};
  if (const auto version = version_of(state, state_schema()); !version)
    return version.error();
  const auto furthest = check_state(state);
  if (!furthest)
    return furthest.error();
  furthest_ = *furthest;
  return {};
}

/// `events.db` says where the log is: see `events_file`.
expected<void> sqlite_storage::prepare_log(timestamp now) {
  auto kind = examine_events(paths_.events);
  if (kind == events_file::log) {
    const log_move move{.paths = paths_,
                        .events = events_options(access::write),
                        .files = log_files_,
                        .segment_bytes = options_.log_segment_bytes,
                        .tell = options_.on_progress};
    if (auto moved = move_log(move, now); !moved)
      return moved;
    kind = events_file::mark;
  } else if (kind == events_file::none) {
    if (auto finished = finish_move(paths_, now); !finished)
      return finished;
    kind = examine_events(paths_.events);
  }
  if (auto opened = open_log(kind == events_file::none, now); !opened)
    return opened;
  if (kind == events_file::none)
    return write_events_mark(paths_.events, now);
  std::error_code error;
  std::filesystem::remove(paths_.moving, error);
  return {};
}

/// @param may_be_new a log is made if there is none
expected<void> sqlite_storage::open_log(bool may_be_new, timestamp now) {
  if (auto made = make_private_directory(paths_.log); !made)
    return made;
  const bool is_new = !has_segments(*log_files_);
  if (is_new && !may_be_new)
    return failure{ec::store_corrupt,
                   paths_.log.string()
                     + " has no segments: the log is gone; restore the data "
                       "directory from a backup",
                   {}};
  if (is_new && furthest_ > 0)
    return failure{ec::store_corrupt,
                   paths_.state.string() + " has a consumer at position "
                     + std::to_string(furthest_) + ", but there is no log in " + paths_.log.string()
                     + "; restore the data directory from a backup",
                   {}};
  segments::segment_options options;
  options.segment_bytes = options_.log_segment_bytes;
  options.compresses = options_.log_compress == log_compression::zstd;
  options.history = make_history();
  options.at_least = furthest_;
  auto opened = segments::segment_store::open(log_files_, options, now);
  if (!opened)
    return of_log(paths_.log, opened.error());
  log_ = std::move(*opened);
  histories_ = segments::histories_of(*log_files_, log_->log());
  const auto& found = log_->recovery();
  if (!found.cut_file.empty() && options_.on_trouble)
    options_.on_trouble("an unfinished end of the log was cut: " + std::to_string(found.cut_bytes)
                        + " bytes at " + std::to_string(found.cut_at) + " of " + found.cut_file
                        + ", of which no publisher was told");
  return {};
}

expected<void> sqlite_storage::check_files() {
  const auto check = [](const connection_options& options, const schema& x) {
    return opening(options.file, [&]() -> expected<void> {
      connection db{options};
      return check_schema(db, x);
    });
  };
  if (auto restored = check_restored(paths_); !restored)
    return restored;
  if (!std::filesystem::exists(paths_.state))
    return failure{ec::store_unavailable, "there is no store: " + paths_.state.string(), {}};
  auto done = check(state_options(access::read), state_schema());
  if (done)
    done = opening(paths_.events, [&] { return check_log(); });
  if (!done)
    return done;
  // Without a usable index, readers scan the log itself.
  log_cursor log{place_of_log()};
  expected<bool> usable = false;
  if (std::filesystem::exists(paths_.index))
    usable = is_index_of(index_options(access::read), log, histories_.current);
  if (!usable || !*usable)
    status_->generation = 0;
  return done;
}

expected<void> sqlite_storage::check_log() {
  if (examine_events(paths_.events) == events_file::log)
    return failure{ec::store_unavailable,
                   paths_.events.string()
                     + " is of an older version; start the node once to bring it up to date",
                   {}};
  segments::segment_options options;
  options.how = segments::segment_options::access::read;
  auto opened = segments::segment_store::open(log_files_, options, wall_clock_now());
  if (!opened)
    return opened.error().code == ec::not_found
             ? failure{ec::store_unavailable, "there is no store: " + paths_.log.string(), {}}
             : of_log(paths_.log, opened.error());
  log_ = std::move(*opened);
  histories_ = segments::histories_of(*log_files_, log_->log());
  return {};
}

log_place sqlite_storage::place_of_log() const {
  log_place out;
  out.tell = options_.on_trouble;
  out.open = [log = log_]() -> expected<segments::segment_reader> { return log->reader(); };
  if (options_.read_only)
    out.refresh = [log = log_] { return log->refresh(); };
  return out;
}

expected<std::unique_ptr<event_log>> sqlite_storage::make_reader() const {
  auto x = std::make_unique<log_reader>(log_reader_options{.log = place_of_log(),
                                                           .index = index_options(access::read),
                                                           .status = status_,
                                                           .budget = options_.query_budget});
  const auto connected = x->connect();
  if (!connected)
    return connected.error();
  return std::unique_ptr<event_log>{std::move(x)};
}

expected<std::unique_ptr<event_log>> sqlite_storage::open_log_reader() {
  return make_reader();
}

expected<std::unique_ptr<event_log>> sqlite_storage::open_log_writer() {
  if (options_.read_only)
    return read_only();
  auto token = log_writer_.take();
  if (!token)
    return taken("the log");
  return std::unique_ptr<event_log>{std::make_unique<log_appender>(
    log_, known_ids{index_options(access::read), status_, place_of_log()},
    [this] { return make_reader(); }, std::move(token))};
}

expected<std::unique_ptr<log_follower>> sqlite_storage::open_log_follower() {
  return std::unique_ptr<log_follower>{};
}

expected<std::unique_ptr<state_store>> sqlite_storage::open_state(bool writes) {
  std::shared_ptr<void> token;
  if (writes) {
    if (options_.read_only)
      return read_only();
    token = state_writer_.take();
    if (!token)
      return taken("the state");
  }
  auto x = std::make_unique<sql::sql_state_store>(
    std::make_shared<state_database>(state_options(writes ? access::write : access::read)),
    std::move(token));
  const auto connected = x->connect();
  if (!connected)
    return connected.error();
  return std::unique_ptr<state_store>{std::move(x)};
}

expected<std::unique_ptr<store_indexer>> sqlite_storage::open_indexer() {
  if (options_.read_only)
    return read_only();
  auto token = indexer_.take();
  if (!token)
    return taken("the indexer");
  return std::unique_ptr<store_indexer>{
    std::make_unique<log_indexer>(place_of_log(), index_options(access::write), status_,
                                  histories_.current, options_.index_batch, std::move(token))};
}

std::string sqlite_storage::data_directory() const {
  return paths_.directory.string();
}

std::string sqlite_storage::default_key_file() const {
  return (paths_.directory / "node.key").string();
}

expected<std::unique_ptr<store_checkpointer>> sqlite_storage::open_checkpointer() {
  if (options_.read_only)
    return read_only();
  return std::unique_ptr<store_checkpointer>{std::make_unique<background_checkpointer>(
    paths_, common(access::write), status_, log_, wal_limit_bytes)};
}

connection_options sqlite_storage::common(access a) const {
  return {.file = {},
          .access = a,
          .durability = durability::full,
          .cache_bytes = a == access::write ? options_.cache_bytes : reader_cache_bytes,
          .busy_timeout = options_.busy_timeout,
          .vfs = options_.vfs};
}

connection_options sqlite_storage::events_options(access a) const {
  auto x = common(a);
  x.file = paths_.events;
  return x;
}

connection_options sqlite_storage::index_options(access a) const {
  auto x = common(a);
  x.file = paths_.index;
  x.durability = durability::normal;
  return x;
}

connection_options sqlite_storage::state_options(access a) const {
  auto x = common(a);
  x.file = paths_.state;
  return x;
}

} // namespace carillon::sqlite

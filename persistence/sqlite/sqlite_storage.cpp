#include "persistence/sqlite/sqlite_storage.hpp"

#include "persistence/sqlite/checkpointer.hpp"
#include "persistence/sqlite/checks.hpp"
#include "persistence/sqlite/guard.hpp"
#include "persistence/sqlite/log/log_appender.hpp"
#include "persistence/sqlite/log/log_reader.hpp"
#include "persistence/sqlite/log_indexer.hpp"
#include "persistence/sqlite/migrations.hpp"
#include "persistence/sqlite/state_session.hpp"
#include "persistence/sqlite/statement.hpp"
#include "persistence/state/sql_state_store.hpp"

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

std::string read_history(connection& events) {
  statement x{events.handle(), "SELECT id FROM log_history"};
  return x.step() ? x.string(0) : std::string{};
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

sqlite_storage::sqlite_storage(storage_options options, const std::filesystem::path& directory)
  : options_(std::move(options)), paths_(directory) {
}

expected<std::unique_ptr<storage>> sqlite_storage::open(const storage_options& options) {
  const auto directory = directory_of(options.url);
  if (!directory)
    return directory.error();
  std::unique_ptr<sqlite_storage> x{new sqlite_storage{options, *directory}};
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
  if (auto made = make_files_private(); !made)
    return made;
  auto prepared = prepare_files(wall_clock_now());
  if (!prepared)
    return prepared;
  for (const auto& file : {paths_.events, paths_.state})
    files_.push_back(file_identity::of(file));
  return sync_directory(paths_.directory);
}

/// SQLite would create them with the umask's rights; files beside a database get the rights of the
/// database.
expected<void> sqlite_storage::make_files_private() const {
  for (const auto& database : {paths_.events, paths_.index, paths_.state}) {
    if (auto made = make_private_file(database); !made)
      return made;
    for (const char* suffix : {"-wal", "-shm"})
      close_to_others(database.string() + suffix);
  }
  return {};
}

expected<void> sqlite_storage::check_hold() const {
  if (options_.read_only)
    return {};
  for (const auto& x : files_)
    if (!x.is_same())
      return failure{
        ec::store_locked,
        x.path().string()
          + " was removed or replaced while the node ran: what it writes would be lost",
        {}};
  return lock_.check();
}

expected<void> sqlite_storage::prepare_files(timestamp now) {
  std::unique_ptr<connection> events;
  auto done = opening(paths_.events, [&]() -> expected<void> {
    events = std::make_unique<connection>(events_options(access::write));
    if (const auto migrated = migrate(*events, events_schema(), now); !migrated)
      return migrated;
    history_ = read_history(*events);
    return check_events(*events);
  });
  if (!done)
    return done;
  done = opening(paths_.state, [&]() -> expected<void> {
    connection state{state_options(access::write)};
    const auto migrated = migrate(state, state_schema(), now);
    return migrated ? check_state(state, *events) : migrated;
  });
  if (!done)
    return done;
  return opening(paths_.index,
                 [&] { return prepare_index(index_options(access::write), *events, now); });
}

expected<void> sqlite_storage::check_files() {
  const auto check = [](const connection_options& options, const schema& x) {
    return opening(options.file, [&]() -> expected<void> {
      connection db{options};
      return check_schema(db, x);
    });
  };
  for (const auto& file : {paths_.events, paths_.state})
    if (!std::filesystem::exists(file))
      return failure{ec::store_unavailable, "there is no store: " + file.string(), {}};
  auto done = check(events_options(access::read), events_schema());
  if (done)
    done = opening(paths_.events, [&]() -> expected<void> {
      connection events{events_options(access::read)};
      history_ = read_history(events);
      return {};
    });
  if (done)
    done = check(state_options(access::read), state_schema());
  // Without a usable index, readers scan the log itself.
  if (!std::filesystem::exists(paths_.index) || !check(index_options(access::read), index_schema()))
    status_->generation = 0;
  return done;
}

expected<std::unique_ptr<event_log>> sqlite_storage::make_reader() const {
  auto x = std::make_unique<log_reader>(log_reader_options{.events = events_options(access::read),
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
  auto x = std::make_unique<log_appender>(
    events_options(access::write), [this] { return make_reader(); }, std::move(token));
  const auto connected = x->connect();
  if (!connected)
    return connected.error();
  return std::unique_ptr<event_log>{std::move(x)};
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
    std::make_unique<log_indexer>(events_options(access::read), index_options(access::write),
                                  status_, options_.index_batch, std::move(token))};
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
    paths_, common(access::write), status_, wal_limit_bytes)};
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

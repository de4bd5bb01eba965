#include "persistence/sqlite/checkpointer.hpp"

#include "persistence/sqlite/guard.hpp"

#include <system_error>
#include <unistd.h>
#include <utility>

namespace carillon::sqlite {

namespace {

/// Tries to get the write lock, and the time between two of them. A busy writer releases its lock
/// for only a fraction of a millisecond; SQLite's own handler sleeps too long to catch it.
constexpr int most_tries = 2'000;
constexpr int try_interval_us = 250;

int try_again(void* /*context*/, int tries) {
  if (tries >= most_tries)
    return 0;
  usleep(try_interval_us);
  return 1;
}

/// Checkpoints copy between files and keep no pages.
constexpr size_t cache_bytes = 256UL * 1024;

/// Copies all pages that need no waiting; returns the length of the log in pages.
int copy(connection& db) {
  int in_log = 0;
  const int code
    = sqlite3_wal_checkpoint_v2(db.handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, nullptr);
  // Busy is not a fault: the next round continues.
  if (code != SQLITE_OK && code != SQLITE_BUSY && code != SQLITE_LOCKED)
    raise(db.handle(), code);
  return in_log;
}

/// Writes the database file through to the disk. SQLite does it only when it has copied the whole
/// log, and then with the write lock held; pages already on disk shorten that. It must be SQLite's
/// own file: closing another descriptor would drop its locks.
void sync_database(connection& db) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(db.handle(), "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK
      && file != nullptr && file->pMethods != nullptr)
    file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
}

uint64_t size_of(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return error ? 0 : size;
}

} // namespace

background_checkpointer::background_checkpointer(data_paths paths, connection_options common,
                                                 std::shared_ptr<index_status> status,
                                                 std::shared_ptr<segments::segment_store> log,
                                                 uint64_t wal_limit)
  : paths_(std::move(paths)), common_(std::move(common)), status_(std::move(status)),
    log_(std::move(log)), wal_limit_(wal_limit) {
  common_.access = access::write;
  common_.cache_bytes = cache_bytes;
}

expected<checkpoint_result> background_checkpointer::run() {
  expected<void> first_failure;
  if (log_)
    first_failure = log_->maintain();
  for (const auto which : {state, index}) {
    auto done = guarded([&]() -> expected<void> {
      checkpoint(which);
      return {};
    });
    if (!done && first_failure)
      first_failure = std::move(done);
  }
  if (!first_failure)
    return first_failure.error();
  return checkpoint_result{bytes_on_disk(paths_)};
}

background_checkpointer::link& background_checkpointer::open(database which) {
  if (which == index && index_generation_ != status_->generation) {
    index_generation_ = status_->generation;
    links_[index].reset();
  }
  auto& x = links_.at(which);
  if (!x) {
    auto options = common_;
    options.file = which == state ? paths_.state : paths_.index;
    options.durability = which == index ? durability::normal : durability::full;
    x = std::make_unique<link>(options);
    sqlite3_busy_handler(x->gate.handle(), try_again, nullptr);
  }
  return *x;
}

void background_checkpointer::checkpoint(database which) {
  try {
    auto& [copier, gate] = open(which);
    const auto frames = copy(copier);
    if (frames == std::exchange(frames_.at(which), frames))
      return; // Nothing was committed since the last round.
    // A little every round, rather than much at the end, while commits wait for the same disk.
    sync_database(copier);
    // A log that restarts is truncated to the kept size, so a larger one has not restarted.
    if (size_of(wal_of(copier.database().getFilename())) < wal_limit_)
      return;
    copy(copier);
    sync_database(copier);
    const transaction held{gate, transaction::kind::write};
    copy(copier);
  } catch (const SQLite::Exception& x) {
    if (x.getErrorCode() == SQLITE_BUSY)
      return; // The next round finds a better moment.
    links_.at(which).reset();
    if (which == index && is_damage(x)) {
      status_->damaged = true;
      return;
    }
    throw;
  }
}

} // namespace carillon::sqlite

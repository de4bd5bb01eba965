#pragma once

#include "base/failure.hpp"
#include "base/file/descriptor.hpp"
#include "base/file/private_files.hpp"

#include <array>
#include <filesystem>
#include <string_view>

namespace carillon::sqlite {

/// Paths of the files of a data directory.
struct data_paths {
  explicit data_paths(const std::filesystem::path& where)
    : directory(where), log(where / "log"), events(where / "events.db"), index(where / "index.db"),
      state(where / "state.db"), lock(where / "LOCK"), moving(where / "log.moving"),
      restoring(where / "RESTORING") {
  }

  std::filesystem::path directory;
  std::filesystem::path log;
  /// The log of earlier versions, or the mark that keeps these out.
  std::filesystem::path events;
  std::filesystem::path index;
  std::filesystem::path state;
  std::filesystem::path lock;
  /// Is there while the log of an earlier version is moved.
  std::filesystem::path moving;
  /// Is there while a backup is put into the directory: nothing else counts then.
  std::filesystem::path restoring;
};

/// Extracts the directory from `sqlite://dir` or `sqlite:///dir`. Errors: `invalid_argument`.
expected<std::filesystem::path> directory_of(std::string_view url);

/// Path of the write-ahead log beside a database.
std::filesystem::path wal_of(const std::filesystem::path& database);

/// Size on disk of all files of the store, in bytes.
uint64_t bytes_on_disk(const data_paths& x);

/// Number of files of the log, each of which a node keeps open.
size_t count_segments(const data_paths& x);

/// Fails if a backup is being put into the directory, or that was not finished. Errors:
/// `store_unavailable`.
expected<void> check_restored(const data_paths& x);

/// Removes a database with its write-ahead log. Errors: `store_unavailable`.
expected<void> remove_database(const std::filesystem::path& database);

/// Makes the databases, and closes them and the files of the log to others: SQLite would create
/// them with the umask's rights, and files beside a database get the rights of the database.
/// Errors: `store_unavailable`.
expected<void> make_files_private(const data_paths& x);

/// Makes the names of new files durable.
expected<void> sync_directory(const std::filesystem::path& directory);

/// Whether a process has the lock of a data directory now. Makes and changes nothing.
bool is_in_use(const std::filesystem::path& directory);

/// Locks a data directory against every other `directory_lock`, in this process or another. The
/// kernel releases it when the process ends in any way. Both the file and its directory are locked:
/// without the latter, removing the file would let a second process in.
class directory_lock {
public:
  /// Errors: `store_locked`, `store_unavailable`.
  static expected<directory_lock> take(const std::filesystem::path& file);

  /// Errors: `store_locked` if the file is no longer the one that is locked.
  expected<void> check() const;

  directory_lock() = default;

private:
  /// Also open where the file system locks no directories.
  descriptor directory_;
  /// Closed before the directory.
  descriptor lock_;
  file_identity file_;
};

} // namespace carillon::sqlite

#pragma once

#include "base/file/shared_files.hpp"
#include "messages/events/log_history.hpp"
#include "messages/state/postgres_options.hpp"
#include "messages/state/storage_options.hpp"
#include "persistence/event_log.hpp"
#include "persistence/log_follower.hpp"
#include "persistence/node_view.hpp"
#include "persistence/outbox/source.hpp"
#include "persistence/state/state_store.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace carillon {

/// True for a PostgreSQL URL.
bool is_postgres(std::string_view url) noexcept;

/// Result of one step of an indexer.
struct index_progress {
  /// Everything up to here is indexed.
  position indexed = 0;
  /// Last position of the log when the step began.
  position head = 0;
  /// Events up to `indexed` that the index lacks, since the log is damaged there, and the first of
  /// their positions; 0 if it lacks none.
  uint64_t missing = 0;
  position first_missing = 0;
};

/// Brings derived data up to the log. One thread.
class store_indexer {
public:
  virtual ~store_indexer() = default;

  /// Indexes at most one batch, in one transaction.
  virtual expected<index_progress> step() = 0;
};

/// Result of a checkpoint.
struct checkpoint_result {
  /// Bytes on disk, all files.
  uint64_t store_bytes = 0;
};

/// Moves committed data from write-ahead logs to the databases. One thread.
class store_checkpointer {
public:
  virtual ~store_checkpointer() = default;

  /// Does one round; never delays commits for long.
  virtual expected<checkpoint_result> run() = 0;
};

/// An open store: locked against other processes, checked and migrated. Thread-safe; outlives the
/// objects that it returns.
class storage {
public:
  virtual ~storage() = default;

  /// Opens by URL. Errors: `invalid_argument` (URL), `store_locked`, `store_corrupt`,
  /// `store_too_new`, `store_unavailable`; the detail is for the operator.
  static expected<std::unique_ptr<storage>> open(const storage_options& options);

  /// The writing side of the log; at most one at a time.
  virtual expected<std::unique_ptr<event_log>> open_log_writer() = 0;

  /// A reading side of the log.
  virtual expected<std::unique_ptr<event_log>> open_log_reader() = 0;

  /// Null if no other process can append.
  virtual expected<std::unique_ptr<log_follower>> open_log_follower() = 0;

  /// A connection to the state; `writes` at most once at a time.
  virtual expected<std::unique_ptr<state_store>> open_state(bool writes) = 0;

  /// Null if the store indexes as it appends.
  virtual expected<std::unique_ptr<store_indexer>> open_indexer() = 0;

  /// Null if the store needs none.
  virtual expected<std::unique_ptr<store_checkpointer>> open_checkpointer() = 0;

  /// The outbox beside the log, see docs/outbox.md; null if the store has none.
  virtual std::unique_ptr<outbox_source> open_outbox() {
    return nullptr;
  }

  /// Checks whether this process still holds the store exclusively. Called about every half second;
  /// does not wait for other threads. Errors: `store_locked`, with the cause for the operator: the
  /// node must end.
  virtual expected<void> check_hold() const {
    return {};
  }

  /// This node among those of the store; null if the store knows of none.
  virtual std::shared_ptr<node_view> view_of_nodes() const {
    return nullptr;
  }

  /// Which history of the log this is: 1 to 32 letters and digits, made with the store. Positions
  /// are good within one history.
  virtual const std::string& history() const noexcept = 0;

  /// Directory of files outside the store, such as keys.
  virtual std::string data_directory() const = 0;

  /// Documents and the like, for the owner of the store; null if they lie in files of the data
  /// directory.
  virtual std::shared_ptr<shared_files> files() {
    return nullptr;
  }

  /// Default path of the node's key file.
  virtual std::string default_key_file() const = 0;

  /// Which history of the log this is, and those that the log had before.
  virtual log_histories histories() const {
    return {history(), {}};
  }
};

} // namespace carillon

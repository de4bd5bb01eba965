#pragma once

#include "messages/state/nodes.hpp"
#include "messages/state/postgres_options.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace carillon {

/// How finished files of the embedded log are kept.
enum class log_compression : uint8_t { none, zstd };

/// Options for opening a store.
struct storage_options {
  /// `sqlite:///absolute/dir` or `sqlite://relative/dir`: a data directory, made if missing.
  /// `postgresql://user:password@host:port/database?sslmode=…`: as libpq accepts it.
  std::string url = "sqlite://data";
  /// Opens without the lock and without any change, e.g. for `carillon audit verify`
  /// beside a running node.
  bool read_only = false;
  /// Page cache of each connection that writes.
  size_t cache_bytes = 64UL * 1024 * 1024;
  /// Length of a file of the embedded log, 64 KiB – 1 GiB. A larger commit gets a file of its own.
  uint64_t log_segment_bytes = 64UL * 1024 * 1024;
  /// Compressed ones are read in any case.
  log_compression log_compress = log_compression::none;
  /// Events that the indexer processes in one transaction.
  size_t index_batch = 50'000;
  /// Candidates that one query examines before it returns a short page.
  size_t query_budget = 15'000;
  /// How long a statement waits for another connection's lock.
  std::chrono::milliseconds busy_timeout{5'000};
  /// SQLite only: name of a registered VFS, for tests that inject faults; empty = default.
  std::string vfs;
  /// PostgreSQL only: directory of files outside the store; made if missing.
  std::string directory = "data";
  postgres_options postgres;
  /// PostgreSQL only: who opens the store to have it for itself, as others see it in the database,
  /// see docs/cluster.md. Without a name nobody sees it.
  node_identity node = {};
  /// Receives, on any thread, messages that the operator should see at once, such as who blocks
  /// writes. May be empty.
  std::function<void(const std::string&)> on_trouble;
  /// Receives, while the store is opened, what takes long: the log of an earlier version is moved.
  /// May be empty.
  std::function<void(const std::string&)> on_progress;
};

} // namespace carillon

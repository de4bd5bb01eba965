#pragma once

#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/data_directory.hpp"
#include "persistence/sqlite/index/index_file.hpp"
#include "persistence/storage.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace carillon::sqlite {

/// A right with one holder at a time; released with its token.
class exclusive_right {
public:
  /// Null if it is taken.
  std::shared_ptr<void> take();

private:
  std::shared_ptr<std::atomic<bool>> taken_ = std::make_shared<std::atomic<bool>>(false);
};

/// A data directory with events.db, index.db and state.db.
class sqlite_storage : public storage {
public:
  /// See `storage::open`.
  static expected<std::unique_ptr<storage>> open(const storage_options& options);

  expected<std::unique_ptr<event_log>> open_log_writer() override;
  expected<std::unique_ptr<event_log>> open_log_reader() override;
  expected<std::unique_ptr<log_follower>> open_log_follower() override;
  expected<std::unique_ptr<state_store>> open_state(bool writes) override;
  expected<std::unique_ptr<store_indexer>> open_indexer() override;
  expected<std::unique_ptr<store_checkpointer>> open_checkpointer() override;
  expected<void> check_hold() const override;
  const std::string& history() const noexcept override {
    return history_;
  }
  std::string data_directory() const override;
  std::string default_key_file() const override;

private:
  sqlite_storage(storage_options options, const std::filesystem::path& directory);

  expected<void> prepare();
  expected<void> make_files_private() const;
  expected<void> prepare_files(timestamp now);
  expected<void> check_files();
  expected<std::unique_ptr<event_log>> make_reader() const;
  connection_options events_options(access a) const;
  connection_options index_options(access a) const;
  connection_options state_options(access a) const;
  connection_options common(access a) const;

  storage_options options_;
  data_paths paths_;
  directory_lock lock_;
  std::string history_;
  /// Those that may not be replaced.
  std::vector<file_identity> files_;
  std::shared_ptr<index_status> status_ = std::make_shared<index_status>();
  exclusive_right log_writer_;
  exclusive_right state_writer_;
  exclusive_right indexer_;
};

} // namespace carillon::sqlite

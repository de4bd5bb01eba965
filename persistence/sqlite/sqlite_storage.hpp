#pragma once

#include "persistence/segments/segment_store.hpp"
#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/data_directory.hpp"
#include "persistence/sqlite/held_files.hpp"
#include "persistence/sqlite/index/index_file.hpp"
#include "persistence/sqlite/log_cursor.hpp"
#include "persistence/storage.hpp"

#include <atomic>
#include <memory>

namespace carillon::sqlite {

/// A right with one holder at a time; released with its token.
class exclusive_right {
public:
  /// Null if it is taken.
  std::shared_ptr<void> take();

private:
  std::shared_ptr<std::atomic<bool>> taken_ = std::make_shared<std::atomic<bool>>(false);
};

/// A data directory: the log as segments, index.db and state.db.
class sqlite_storage : public storage {
public:
  /// See `storage::open`.
  /// @param files in the directory of the log; null = those of the system
  static expected<std::unique_ptr<storage>>
  open(const storage_options& options, std::shared_ptr<segments::file_layer> files = nullptr);

  expected<std::unique_ptr<event_log>> open_log_writer() override;
  expected<std::unique_ptr<event_log>> open_log_reader() override;
  expected<std::unique_ptr<log_follower>> open_log_follower() override;
  expected<std::unique_ptr<state_store>> open_state(bool writes) override;
  expected<std::unique_ptr<store_indexer>> open_indexer() override;
  expected<std::unique_ptr<store_checkpointer>> open_checkpointer() override;
  expected<void> check_hold() const override;
  const std::string& history() const noexcept override {
    return histories_.current;
  }
  log_histories histories() const override {
    return histories_;
  }
  std::string data_directory() const override;
  std::string default_key_file() const override;

private:
  sqlite_storage(storage_options options, const std::filesystem::path& directory,
                 std::shared_ptr<segments::file_layer> files);

  expected<void> prepare();
  expected<void> prepare_files(timestamp now);
  expected<void> look_at_state(connection& state);
  expected<void> prepare_log(timestamp now);
  expected<void> open_log(bool may_be_new, timestamp now);
  expected<void> check_files();
  expected<void> check_log();
  expected<std::unique_ptr<event_log>> make_reader() const;
  log_place place_of_log() const;
  connection_options events_options(access a) const;
  connection_options index_options(access a) const;
  connection_options state_options(access a) const;
  connection_options common(access a) const;

  storage_options options_;
  data_paths paths_;
  std::shared_ptr<segments::file_layer> log_files_;
  directory_lock lock_;
  std::shared_ptr<segments::segment_store> log_;
  log_histories histories_;
  /// Position of the consumer that is furthest, when the store was opened.
  position furthest_ = 0;
  held_files held_;
  std::shared_ptr<index_status> status_ = std::make_shared<index_status>();
  exclusive_right log_writer_;
  exclusive_right state_writer_;
  exclusive_right indexer_;
};

} // namespace carillon::sqlite

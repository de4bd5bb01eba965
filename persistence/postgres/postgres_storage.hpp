#pragma once

#include "persistence/postgres/node_lock.hpp"
#include "persistence/postgres/nodes/node_beat.hpp"
#include "persistence/storage.hpp"

#include <atomic>
#include <memory>

namespace carillon::postgres {

/// A store in a PostgreSQL database.
class postgres_storage : public storage {
public:
  /// Errors: see `storage::open`.
  static expected<std::unique_ptr<storage>> open(const storage_options& options);

  /// Gives up the lock, and tells other nodes so.
  ~postgres_storage() override;

  expected<std::unique_ptr<event_log>> open_log_writer() override;
  expected<std::unique_ptr<event_log>> open_log_reader() override;
  expected<std::unique_ptr<log_follower>> open_log_follower() override;
  expected<std::unique_ptr<state_store>> open_state(bool writes) override;
  expected<std::unique_ptr<store_indexer>> open_indexer() override;
  expected<std::unique_ptr<store_checkpointer>> open_checkpointer() override;
  std::unique_ptr<outbox_source> open_outbox() override;
  expected<void> check_hold() const override;
  std::shared_ptr<node_view> view_of_nodes() const override;
  const std::string& history() const noexcept override {
    return history_;
  }
  std::string data_directory() const override;
  std::shared_ptr<shared_files> files() override;
  std::string default_key_file() const override;

private:
  explicit postgres_storage(storage_options options);

  expected<void> prepare();
  expected<void> refuse_to_write() const;
  static std::shared_ptr<void> take(const std::shared_ptr<std::atomic<bool>>& right);

  storage_options options_;
  std::shared_ptr<node_lock> lock_;
  /// Null if nobody is to see that this process has the store.
  std::shared_ptr<node_beat> beat_;
  std::string history_;
  std::shared_ptr<std::atomic<bool>> log_writer_ = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<std::atomic<bool>> state_writer_ = std::make_shared<std::atomic<bool>>(false);
  /// Head of the log when this process last appended.
  std::shared_ptr<std::atomic<position>> own_head_ = std::make_shared<std::atomic<position>>(0);
};

} // namespace carillon::postgres

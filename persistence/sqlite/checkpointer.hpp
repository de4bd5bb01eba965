#pragma once

#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/data_directory.hpp"
#include "persistence/sqlite/index_file.hpp"
#include "persistence/storage.hpp"

#include <array>
#include <memory>

namespace carillon::sqlite {

/// Copies committed pages from the write-ahead logs into the databases, so that no
/// commit has to. Normally beside the writers; a log past its limit is emptied with
/// a short hold of the write lock, after everything slow was done without it.
class background_checkpointer : public checkpointer {
public:
  /// @param wal_limit bytes past which a write-ahead log is made to start again
  background_checkpointer(data_paths paths, connection_options common,
                          std::shared_ptr<index_status> status, uint64_t wal_limit);

  expected<checkpoint_result> run() override;

private:
  enum database : size_t { events, state, index };

  connection& open(database which);
  void checkpoint(database which);

  data_paths paths_;
  connection_options common_;
  std::shared_ptr<index_status> status_;
  uint64_t wal_limit_;
  std::array<std::unique_ptr<connection>, 3> connections_;
  uint64_t index_generation_ = 0;
};

} // namespace carillon::sqlite

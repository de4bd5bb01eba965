#pragma once

#include "persistence/segments/segment_store.hpp"
#include "persistence/sqlite/connection.hpp"
#include "persistence/sqlite/data_directory.hpp"
#include "persistence/sqlite/index/index_file.hpp"
#include "persistence/storage.hpp"

#include <array>
#include <memory>

namespace carillon::sqlite {

/// Copies committed pages from the write-ahead logs into the databases, so that no commit has to.
/// Normally concurrent with the writers. Under load that never catches up, and a log would grow
/// without bound. Beyond its limit, writers are blocked for the last pages, after all slow work was
/// done without blocking them.
class background_checkpointer : public store_checkpointer {
public:
  /// @param log whose maintenance is done in the same rounds; may be null
  /// @param wal_limit bytes beyond which a write-ahead log is forced to restart
  background_checkpointer(data_paths paths, connection_options common,
                          std::shared_ptr<index_status> status,
                          std::shared_ptr<segments::segment_store> log, uint64_t wal_limit);

  expected<checkpoint_result> run() override;

private:
  enum database : size_t { state, index };

  /// Two connections to one file: one copies while the other blocks writers.
  struct link {
    explicit link(const connection_options& x) : copier(x), gate(x) {
    }

    connection copier;
    connection gate;
  };

  link& open(database which);
  void checkpoint(database which);

  data_paths paths_;
  connection_options common_;
  std::shared_ptr<index_status> status_;
  std::shared_ptr<segments::segment_store> log_;
  uint64_t wal_limit_;
  std::array<std::unique_ptr<link>, 2> links_;
  /// Length of each log at the last round, in pages.
  std::array<int, 2> frames_{};
  uint64_t index_generation_ = 0;
};

} // namespace carillon::sqlite

#pragma once

#include "persistence/sqlite/index/id_batch.hpp"
#include "persistence/sqlite/index/index_file.hpp"
#include "persistence/sqlite/index/posting_batch.hpp"
#include "persistence/sqlite/log/log_snapshot.hpp"
#include "persistence/storage.hpp"

#include <map>
#include <memory>
#include <tuple>

namespace carillon::sqlite {

/// The consumer of the log that maintains index.db. A batch's entries and the cursor are written in
/// one transaction; a batch lost in a power cut is simply indexed again.
class log_indexer : public store_indexer {
public:
  /// @param token held while this is the only indexer
  /// @param history of the log
  log_indexer(log_place log, connection_options index, std::shared_ptr<index_status> status,
              std::string history, size_t batch, std::shared_ptr<void> token);

  /// Damage of index.db is repaired by starting anew, in this call or the next. Events that are
  /// damaged in the log are left out, and remembered (`index_progress::missing`): no event behind
  /// them has to wait.
  expected<index_progress> step() override;

private:
  struct link {
    explicit link(const connection_options& x) : db(x), sql(db.handle()), names(name_key_of(db)) {
    }

    connection db;
    statement_cache<index_query> sql;
    /// Of hashes of companies and sources.
    sip_key names;
  };

  struct zone {
    int64_t min;
    int64_t max;
  };

  void connect();
  expected<void> replace_index();
  /// Reads the events after the cursor, at most one batch of one segment.
  void collect();
  void add(const segments::record_view& row);
  void leave_out(position seq);
  void write();
  void write_counts();
  void clear();

  log_cursor log_;
  connection_options index_options_;
  std::shared_ptr<index_status> status_;
  std::string history_;
  size_t batch_;
  std::shared_ptr<void> token_;
  std::unique_ptr<link> index_;
  position cursor_ = 0;
  /// How many events the index lacks up to its cursor, and the first of their positions.
  uint64_t missing_ = 0;
  position first_missing_ = 0;

  // The current batch.
  position last_ = 0;
  std::string last_id_;
  std::pmr::monotonic_buffer_resource texts_;
  posting_batch types_{texts_};
  posting_batch companies_{texts_};
  posting_batch users_{texts_};
  posting_batch correlations_{texts_};
  id_batch ids_{texts_};
  /// Company and type by their number in the batch; "no company" has the greatest.
  std::vector<std::tuple<uint32_t, int64_t, uint32_t>> hours_;
  std::map<std::pair<unsigned, position>, zone> zones_;
  /// Runs of positions that cannot be read, first and last.
  std::vector<std::pair<position, position>> left_out_;
};

} // namespace carillon::sqlite

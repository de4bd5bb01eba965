#pragma once

#include "persistence/postgres/connection.hpp"
#include "persistence/storage.hpp"

#include <chrono>

namespace carillon::postgres {

/// The server moves its own write-ahead log; what is left to do is to look how large the tables
/// are, with their indexes: all of the schema that ours are in. It looks seldom, since each look
/// is one at every file.
class size_meter : public checkpointer {
public:
  /// Between two looks; a round in between tells what the last one saw.
  static constexpr std::chrono::seconds interval{10};

  size_meter(const std::string& url, const postgres_options& options) : db_(url, options, true) {
  }

  /// Errors: `store_unavailable`.
  expected<checkpoint_result> run() override;

private:
  using clock = std::chrono::steady_clock;

  connection db_;
  checkpoint_result seen_;
  clock::time_point next_look_;
};

} // namespace carillon::postgres

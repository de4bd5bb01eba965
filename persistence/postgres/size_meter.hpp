#pragma once

#include "persistence/postgres/connection.hpp"
#include "persistence/storage.hpp"

#include <chrono>

namespace carillon::postgres {

/// The server checkpoints its own write-ahead log. This only measures the tables with their
/// indexes, of the whole schema that ours are in. It measures seldom, since each time the server
/// examines every file.
class size_meter : public store_checkpointer {
public:
  /// Time between two measurements; a round in between reports the last one.
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

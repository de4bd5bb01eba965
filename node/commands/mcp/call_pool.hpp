#pragma once

#include "base/failure.hpp"
#include "node/commands/mcp/tool_table.hpp"
#include "node/commands/support/api_client.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace carillon::commands::mcp {

/// Calls of an agent under way, a few at a time, each with the id of its request. Thread-safe.
class call_pool {
public:
  /// Calls that run at a time, each on a connection of its own.
  static constexpr size_t threads = 4;
  /// Calls that run or wait.
  static constexpr size_t most_calls = 64;

  struct result {
    expected<api_answer> answer;
    /// The rest of the body was not read.
    bool is_cut = false;
  };

  /// Runs once per call that was not cancelled, on a thread of the pool.
  using callback = std::function<void(const std::string& id, const result& x)>;

  /// @param most_bytes read of an answer
  /// Errors: as `api_client::make`.
  static expected<std::unique_ptr<call_pool>> make(const connection_options& options,
                                                   size_t most_bytes, callback done);

  /// Cancels what is under way.
  ~call_pool();

  call_pool(const call_pool&) = delete;
  call_pool& operator=(const call_pool&) = delete;

  /// False if there is no room, or a call of this id is under way.
  bool begin(const std::string& id, tool_call call);

  /// Ends a call without an answer, also one that runs. Others are ignored.
  void cancel(const std::string& id);

  /// Waits for the ends of all calls; each has the deadline of its connection.
  void finish();

private:
  struct entry {
    tool_call what;
    /// The client that runs it; null while it waits.
    api_client* by = nullptr;
    bool cancelled = false;
  };

  call_pool(size_t most_bytes, callback done);
  void run(api_client& client);

  const size_t most_bytes_;
  const callback done_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, entry> calls_;
  /// The ids of those that wait.
  std::deque<std::string> waiting_;
  /// Ended calls whose answers are being written.
  size_t answering_ = 0;
  bool stopped_ = false;
  /// One for each thread.
  std::vector<api_client> clients_;
  std::vector<std::thread> threads_;
};

} // namespace carillon::commands::mcp

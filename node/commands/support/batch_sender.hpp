#pragma once

#include "base/failure.hpp"
#include "node/commands/support/api_client.hpp"
#include "node/commands/support/json_splitter.hpp"

#include <chrono>
#include <functional>
#include <span>
#include <string>

namespace carillon::commands {

/// What became of the items so far.
struct publish_totals {
  uint64_t published = 0;
  /// Were there already; a part of `published`.
  uint64_t duplicates = 0;
  uint64_t refused = 0;
  uint64_t last_seq = 0;
};

/// Checks that an item is a JSON object in UTF-8 and gives it a UUIDv7 as `id` if it has none, so
/// that sending it again is safe. Errors: `malformed_json`, `schema_violation`.
expected<std::string> with_id(const std::string& item);

/// Publishes items in requests of many, one request at a time, and goes on until each has a
/// verdict. What the node can't take at the moment is sent again, after the pause that
/// it demands. One thread.
class batch_sender {
public:
  using call = std::function<expected<api_answer>(const std::string& body)>;
  using refusal = std::function<void(size_t line, const failure& why)>;
  using pause = std::function<void(std::chrono::milliseconds)>;

  struct settings {
    /// Sends an array of events.
    call post;
    /// Told of each item that is refused for good.
    refusal on_refused;
    /// Waits.
    pause sleep;
    /// For how long the same request is tried.
    std::chrono::milliseconds retry_for{60'000};
  };

  explicit batch_sender(settings x) : settings_(std::move(x)) {
  }

  /// Errors: what makes going on senseless: no answer or no room within `retry_for`, a key
  /// that is not valid. The items of this call may be stored or not; with their ids they may
  /// be sent again.
  expected<void> send(std::span<const input_item> items);

  const publish_totals& totals() const noexcept {
    return totals_;
  }

private:
  expected<api_answer> post(const std::string& body);
  expected<void> take_verdicts(std::span<const input_item> items, const api_answer& answer);
  void refuse(const input_item& item, const failure& why);

  settings settings_;
  publish_totals totals_;
};

} // namespace carillon::commands

#pragma once

#include "base/failure.hpp"
#include "node/commands/support/api_client.hpp"
#include "node/commands/support/json_splitter.hpp"

#include <chrono>
#include <functional>
#include <span>
#include <string>

namespace carillon::commands {

/// Results of the items so far.
struct publish_totals {
  uint64_t published = 0;
  /// Items that were stored already; a part of `published`.
  uint64_t duplicates = 0;
  uint64_t refused = 0;
  uint64_t last_seq = 0;
};

/// Checks that an item is a JSON object in UTF-8 and gives it a UUIDv7 as `id` if it has none, so
/// that sending it again is safe. Errors: `malformed_json`, `schema_violation`.
expected<std::string> with_id(const std::string& item);

/// Publishes items in batches, one request at a time, until each has a result. Items that the node
/// is too busy for are sent again, after the pause that it demands. One thread.
class batch_sender {
public:
  using call = std::function<expected<api_answer>(const std::string& body)>;
  using refusal = std::function<void(size_t line, const failure& why)>;
  using pause = std::function<void(std::chrono::milliseconds)>;

  struct settings {
    /// Sends an array of events.
    call post;
    /// Told of each item that is finally rejected.
    refusal on_refused;
    /// Waits.
    pause sleep;
    /// How long the same request is retried.
    std::chrono::milliseconds retry_for{60'000};
  };

  explicit batch_sender(settings x) : settings_(std::move(x)) {
  }

  /// Errors that make continuing useless: no answer or no room within `retry_for`, or an invalid
  /// key. The items of this call may be stored or not; their ids make it safe to send them again.
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

#pragma once

#include "tests/e2e/webhook_api.hpp"

#include <functional>
#include <map>
#include <string>

namespace carillon::test {

/// Jobs, contacts, notifications and documents of a node, by its operators' API. For one thread.
class recipient_api {
public:
  /// @param key empty for a node in `--dev`
  explicit recipient_api(const node_process& node, const std::string& key = {}) : api_(node, key) {
  }

  void put_contact(const std::string& user, const std::string& more = {});

  /// Calls a function for each entry of all pages.
  void each(const std::string& path, const char* member,
            const std::function<void(const rapidjson::Value&)>& fn);

  /// Waiting, running and dead jobs of a queue.
  uint64_t jobs_left(const std::string& queue);

  /// By type, of all companies and hours.
  std::map<std::string, uint64_t> counters();

  /// Lag of the consumer.
  uint64_t lag(const std::string& consumer);

  webhook_api& api() {
    return api_;
  }

private:
  webhook_api api_;
};

} // namespace carillon::test

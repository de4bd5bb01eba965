#pragma once

#include "base/time.hpp"
#include "messages/inbound/source.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon {

/// A secret that proves requests.
struct inbound_secret {
  std::string text;
  /// Empty = it does not end.
  std::optional<timestamp> expires_at;
};

/// A source with what proves its requests; never logged or shown.
struct live_source {
  inbound_source source;
  /// The newest first; at most two. Empty if the node cannot open them.
  std::vector<inbound_secret> secrets;
};

using live_source_ptr = std::shared_ptr<const live_source>;

/// The sources that the data port serves. A change replaces all of them. Thread-safe.
class inbound_book {
public:
  using sources = std::map<std::string, live_source_ptr, std::less<>>;

  /// Takes the place of those from before.
  void set(sources x) {
    auto next = std::make_shared<const sources>(std::move(x));
    const std::lock_guard lock{mutex_};
    current_ = std::move(next);
  }

  /// Null if no source has this name.
  live_source_ptr find(std::string_view name) const {
    std::shared_ptr<const sources> all;
    {
      const std::lock_guard lock{mutex_};
      all = current_;
    }
    const auto found = all->find(name);
    return found == all->end() ? nullptr : found->second;
  }

private:
  mutable std::mutex mutex_;
  std::shared_ptr<const sources> current_ = std::make_shared<const sources>();
};

} // namespace carillon

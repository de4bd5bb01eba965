#pragma once

#include "net/data/publish_bundle.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <vector>

namespace carillon::data {

/// The connections of a loop that have been idle for longest. To look at all of them for each that
/// makes room would cost a flood of connections little and the loop much; so one look gives many.
class idle_candidates {
public:
  using time_point = std::chrono::steady_clock::time_point;

  struct candidate {
    time_point since;
    connection_ref connection;
  };

  bool empty() const noexcept {
    return all_.empty();
  }

  /// False shortly after a look that gave little.
  bool may_look(time_point now) const noexcept {
    return now >= next_look_;
  }

  void add(const candidate& x) {
    all_.push_back(x);
  }

  /// Ends a look at so many connections: the oldest that were added stay.
  void looked(time_point now, size_t connections) {
    constexpr size_t cheap = 64;
    next_look_ = all_.size() * cheap < connections ? now + std::chrono::milliseconds{10} : now;
    auto later = [](const candidate& a, const candidate& b) { return a.since > b.since; };
    std::sort(all_.begin(), all_.end(), later);
    if (std::ssize(all_) > most)
      all_.erase(all_.begin(), all_.end() - most);
  }

  /// Takes the oldest; there has to be one.
  candidate take() {
    auto out = all_.back();
    all_.pop_back();
    return out;
  }

private:
  static constexpr ptrdiff_t most = 256;

  std::vector<candidate> all_;
  time_point next_look_{};
};

} // namespace carillon::data

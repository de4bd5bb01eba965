#pragma once

#include "net/data/publishing/publish_bundle.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <vector>

namespace carillon::data {

/// The longest idle connections of a loop. Scanning all of them for each one closed would let a
/// cheap flood of connections cost the loop much; so one scan yields many.
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

  /// False shortly after a scan with few results.
  bool may_look(time_point now) const noexcept {
    return now >= next_look_;
  }

  void add(const candidate& x) {
    all_.push_back(x);
  }

  /// Ends a scan of so many connections: the oldest added ones stay.
  void looked(time_point now, size_t connections) {
    constexpr size_t cheap = 64;
    next_look_ = all_.size() * cheap < connections ? now + std::chrono::milliseconds{10} : now;
    auto later = [](const candidate& a, const candidate& b) { return a.since > b.since; };
    std::sort(all_.begin(), all_.end(), later);
    if (std::ssize(all_) > most)
      all_.erase(all_.begin(), all_.end() - most);
  }

  /// Takes the oldest; there must be one.
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

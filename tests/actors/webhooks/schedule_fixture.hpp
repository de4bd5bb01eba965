#pragma once

#include "tests/actors/webhooks/webhook_world.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::test {

/// A started hub, and when its endpoints call their receivers.
struct schedule_fixture : webhook_world {
  schedule_fixture() {
    start();
  }

  /// Seconds from the first call of a delivery to each.
  std::vector<double> offsets(uint64_t id, position seq) const {
    std::vector<double> out;
    std::optional<timestamp> first;
    for (const auto& x : calls) {
      if (x.webhook_id != id || x.seq != seq)
        continue;
      first = first.value_or(x.at);
      out.push_back(std::chrono::duration<double>(x.at - *first).count());
    }
    return out;
  }

  /// Each call is within a tick of its expected time, and never early.
  void check_offsets(const std::vector<double>& seen, const std::vector<double>& planned) const {
    REQUIRE(seen.size() == planned.size());
    for (size_t i = 0; i < seen.size(); ++i) {
      CAPTURE(i);
      CHECK(seen[i] >= planned[i] - 1e-6);
      CHECK(seen[i] <= planned[i] + 1.1);
    }
  }

  size_t published(std::string_view type) const {
    return static_cast<size_t>(std::count_if(log.published.begin(), log.published.end(),
                                             [&](const auto& x) { return x->type == type; }));
  }

  std::string header(const received& x, std::string_view name) const {
    for (const auto& [key, value] : x.request.headers)
      if (key == name)
        return value;
    return {};
  }
};

} // namespace carillon::test

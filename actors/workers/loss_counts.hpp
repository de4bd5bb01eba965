#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

namespace carillon {

/// How often in a row the workers that had a delivery were lost. Plain logic.
class loss_counts {
public:
  /// A delivery whose workers were lost so often in a row has failed: it may be what ends them.
  static constexpr uint32_t most_lost = 3;
  /// Deliveries that are remembered: those that never come again would stay for ever.
  static constexpr size_t most_remembered = 10'000;

  /// A worker that had it was lost.
  /// @returns true if that was the last time: it has failed, and begins anew
  bool add(const std::string& id);

  /// It ended otherwise.
  void forget(const std::string& id) {
    losses_.erase(id);
  }

private:
  /// Only of deliveries that were lost. Begins anew at `most_remembered`.
  std::unordered_map<std::string, uint32_t> losses_;
};

} // namespace carillon

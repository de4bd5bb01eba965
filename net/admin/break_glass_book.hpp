#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

namespace carillon::admin {

/// Which uses of break-glass keys were told. Thread-safe.
class break_glass_book {
public:
  using clock = std::chrono::steady_clock;

  /// A use of the same key from the same address is told again after this time.
  static constexpr std::chrono::minutes pause{10};

  /// True if this use has to be told.
  bool opens(const std::string& use, clock::time_point now);

  /// It could not be told: the next one is.
  void forget(const std::string& use);

private:
  std::mutex mutex_;
  std::unordered_map<std::string, clock::time_point> told_;
};

} // namespace carillon::admin

#pragma once

#include "messages/measures/definition.hpp"
#include "messages/measures/measurer.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace carillon {

/// All definitions, and the cursor of the consumer that measures live, as one transaction of the
/// store saw them.
struct measure_list {
  measure_records records;
  position cursor = 0;
};

using measure_list_ptr = std::shared_ptr<const measure_list>;

/// Measures by the definitions of a list.
inline measurer measurer_of(const measure_list& x) {
  return measurer{x.records};
}

/// The current definitions, shared by who changes them and who measures. Thread-safe.
class measure_book {
public:
  /// Takes the place of those from before.
  void set(measure_list_ptr x) {
    const std::lock_guard lock{mutex_};
    current_ = std::move(x);
    version_.fetch_add(1, std::memory_order_release);
  }

  /// Never null.
  measure_list_ptr get() const {
    const std::lock_guard lock{mutex_};
    return current_;
  }

  /// Changes with each `set`; cheap, for a look at each event.
  uint64_t version() const noexcept {
    return version_.load(std::memory_order_acquire);
  }

private:
  mutable std::mutex mutex_;
  measure_list_ptr current_ = std::make_shared<const measure_list>();
  std::atomic<uint64_t> version_{1};
};

} // namespace carillon

#pragma once

#include "messages/consumers/handler.hpp"

#include <caf/typed_response_promise.hpp>

#include <cstdint>
#include <unordered_map>
#include <utility>

namespace carillon {

/// The deliveries of a consumer that are with workers and wait for an outcome, by the numbers of
/// their hand-overs. The book bounds them.
class open_deliveries {
public:
  using promise = caf::typed_response_promise<delivery_outcome_ptr>;

  void add(uint64_t number, promise to) {
    promises_.emplace(number, std::move(to));
  }

  /// Ignores numbers that are not there.
  void answer(uint64_t number, delivery_outcome x);

  /// None of them began.
  void return_all();

  /// Nobody waits for an answer any more.
  void clear() {
    promises_.clear();
  }

private:
  std::unordered_map<uint64_t, promise> promises_;
};

/// The outcome of a delivery that did not begin.
delivery_outcome_ptr returned_outcome();

} // namespace carillon

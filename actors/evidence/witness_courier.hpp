#pragma once

#include "actors/evidence/witness.hpp"
#include "messages/evidence/requests.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace carillon {

/// Brings the newest checkpoint to a witness: one at a time, so that a slow witness leaves some
/// out, and again after a failure, 1 s later at first and 60 s at most. Times are of a clock that
/// never goes back. One thread.
class witness_courier {
public:
  using time_point = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds first_pause{1};
  static constexpr std::chrono::seconds longest_pause{60};

  /// @param patience after it a witness that has not answered counts as failing
  witness_courier(std::shared_ptr<witness> to, std::chrono::milliseconds patience)
    : to_(std::move(to)), patience_(patience) {
  }

  /// Takes a head in place of one that waits.
  void offer(const signed_head& x);

  /// Hands the head that waits over, unless the witness has one in hand or failed a moment ago.
  void work(time_point now, const witness::callback& done);

  /// Takes the answer. True if it begins or ends a trouble.
  bool settle(time_point now, const std::string& trouble);

  /// True if it has just become clear that the witness does not answer.
  bool overdue(time_point now);

  /// True while an answer may come soon.
  bool is_busy() const noexcept {
    return in_hand_.has_value() && !late_;
  }

  witness_status status() const;

  /// One line about the trouble, or its end, for the log.
  std::string line() const;

private:
  std::shared_ptr<witness> to_;
  std::chrono::milliseconds patience_;
  std::optional<signed_head> waiting_;
  std::optional<signed_head> in_hand_;
  /// When the one in hand was handed over.
  time_point given_;
  /// It was not answered in time.
  bool late_ = false;
  time_point not_before_ = time_point::min();
  std::chrono::seconds pause_{0};
  std::string trouble_;
  signed_head has_;
  uint64_t failures_ = 0;
};

} // namespace carillon

#pragma once

#include "base/time.hpp"
#include "tests/support/own_postgres.hpp"

#include <cstdint>

namespace carillon::test {

/// A log of very many events, made by the server itself: the position determines the event.
struct many_events {
  uint64_t count;

  static constexpr timestamp begin = from_micros(1'800'000'000'000'000);

  /// Fills the tables of a log that is empty, as appending would have. The indexes are made last.
  void fill(const own_postgres& server) const;

  /// One event a second; those of 30 minutes are mixed with each other.
  timestamp time_of(uint64_t position) const {
    return begin + std::chrono::seconds{position};
  }
};

} // namespace carillon::test

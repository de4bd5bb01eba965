#pragma once

#include "messages/consumers/handler.hpp"
#include "messages/jobs/job.hpp"
#include "messages/traces/open_span.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace carillon {

/// The spans of what the workers of a desk have, from the hand-over to its end, by the numbers of
/// the hand-overs. Plain logic; the book bounds it.
class desk_spans {
public:
  desk_spans() = default;

  /// @param to null = it makes none
  explicit desk_spans(tracer_ptr to) : to_(std::move(to)) {
  }

  /// A hand-over begins; returns the `traceparent` that goes with it, empty if there is none.
  /// @{
  std::string begin(uint64_t number, const delivery& x, timestamp now);
  std::string begin(uint64_t number, const job& x, timestamp now);
  /// @}

  /// It has ended. Ignores numbers that are not there.
  void end(uint64_t number, const delivery_outcome& how, timestamp now);

  /// None of them has an end.
  void clear() {
    open_.clear();
  }

private:
  struct entry {
    open_span opened;
    /// Without the name of the consumer, which a company may have chosen.
    const char* name;
    std::vector<span_attribute> attributes;
  };

  tracer_ptr to_;
  std::unordered_map<uint64_t, entry> open_;
};

} // namespace carillon

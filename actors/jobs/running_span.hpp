#pragma once

#include "messages/jobs/job.hpp"
#include "messages/traces/open_span.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// The span of a job that a worker of the node runs. Plain data.
struct running_span {
  open_span opened;
  std::string name;
  std::vector<span_attribute> attributes;

  /// Empty if it is not recorded.
  /// @param to null = nothing is
  static std::optional<running_span> begin(const tracer_ptr& to, const job& x, timestamp now);

  /// @param error empty = it did not fail
  span ended(timestamp now, std::string error) &&;
};

} // namespace carillon

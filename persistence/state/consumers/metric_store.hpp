#pragma once

#include "base/failure.hpp"
#include "messages/consumers/metric_requests.hpp"

namespace carillon {

/// The part of the state store for counts of events; see `state_store`.
class metric_store {
public:
  virtual ~metric_store() = default;

  virtual expected<metric_rows> query(const query_metrics& x) = 0;
};

} // namespace carillon

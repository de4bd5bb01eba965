#pragma once

#include "messages/telemetry.hpp"
#include "net/admin/calls/metrics/metric_families.hpp"

namespace carillon::admin {

/// Adds the series of what the parts of the engine count.
void add_telemetry(metric_families& out, const telemetry& x);

} // namespace carillon::admin

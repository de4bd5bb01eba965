#pragma once

#include "net/admin/call.hpp"

// The handlers of the routes of metrics and measures, by file; see resources.hpp.

namespace carillon::admin {

// metrics.cpp
expected<answer> show_metrics(call& c);

// measures.cpp
expected<answer> show_definitions(call& c);
expected<answer> show_definition(call& c);
expected<answer> put_definition(call& c);
expected<answer> delete_definition(call& c);
expected<answer> backfill_definition(call& c);
expected<answer> show_measures(call& c);

// prometheus.cpp
expected<answer> show_prometheus(call& c);

} // namespace carillon::admin

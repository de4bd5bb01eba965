#pragma once

#include "messages/jobs/job.hpp"
#include "messages/traces/span.hpp"

#include <vector>

namespace carillon {

/// What every span about a job says of it: kind, number, attempt and company. Nothing of its
/// payload.
std::vector<span_attribute> attributes_of(const job& x);

} // namespace carillon

#pragma once

#include "net/webhooks/job.hpp"
#include "net/webhooks/target.hpp"

#include <optional>
#include <string>

namespace carillon::http {

struct refusal {
  http_fault fault = http_fault::url;
  std::string error;
};

/// Says why a request may not be sent, or fills in `origin` and `tls`, and the URL as it is called.
/// The URL is one of `parse_target` and `judge_target`; header names are tokens, values hold no
/// control characters, and none is one by which HTTP frames messages.
std::optional<refusal> check_request(job& x, const target_rules& rules);

} // namespace carillon::http

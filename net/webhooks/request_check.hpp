#pragma once

#include "net/webhooks/pending_request.hpp"
#include "net/webhooks/target.hpp"

#include <optional>
#include <string>

namespace carillon::http {

struct refusal {
  http_fault fault = http_fault::url;
  std::string error;
};

/// Returns why a request may not be sent, or fills in `origin`, `tls`, and the URL as it is called.
/// `parse_target` and `judge_target` must accept the URL; header names are tokens, values hold no
/// control characters, and headers that frame HTTP messages are rejected.
std::optional<refusal> check_request(pending_request& x, const target_rules& rules);

} // namespace carillon::http

#pragma once

#include "net/address_guard.hpp"
#include "net/http/job.hpp"

#include <optional>
#include <string>

namespace carillon::http {

struct request_rules {
  const address_guard* guard = nullptr;
  bool allow_http = false;
};

struct refusal {
  http_fault fault = http_fault::url;
  std::string error;
};

/// Says why a request may not be sent, or fills in `origin` and `tls`. The URL is absolute,
/// ASCII, at most 8 KiB and without credentials; header names are tokens, values hold no control
/// characters, and none is one by which HTTP frames messages. Literal addresses, in the
/// spellings that a resolver would take, and names of loopback are judged here already: a proxy
/// would not.
std::optional<refusal> check_request(job& x, const request_rules& rules);

} // namespace carillon::http

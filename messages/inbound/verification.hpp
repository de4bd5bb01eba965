#pragma once

#include "base/failure.hpp"
#include "base/time.hpp"
#include "messages/inbound/live_source.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon {

/// Headers of a request, each with its name in lower case. No name occurs twice.
using inbound_headers = std::vector<std::pair<std::string, std::string>>;

/// Empty if it is missing.
std::string_view header_in(const inbound_headers& all, std::string_view name) noexcept;

/// Names of the headers that prove a request of the source, lower case.
std::vector<std::string> proving_headers(const inbound_source& x);

/// Names of the headers that are kept with an event: those that its values come from, and a
/// signature with its time, so that the proof can be repeated. Never one with a secret.
std::vector<std::string> kept_headers(const inbound_source& x);

/// What the headers alone show, before any of the body is read: that they are there, that the time
/// is within the tolerance, and for `basic` and `bearer` the whole proof. Errors:
/// `unauthenticated`, the field names the header; `store_unavailable` if the node cannot open the
/// secrets of the source; `internal` if OpenSSL fails.
expected<void> check_inbound_head(const live_source& of, const inbound_headers& headers,
                                  timestamp now);

/// Succeeds if one of the secrets that are valid now proves the request. The body is taken byte for
/// byte. The time does not depend on how much of a signature is right. Errors: as above.
expected<void> verify_inbound(const live_source& of, const inbound_headers& headers,
                              std::string_view body, timestamp now);

} // namespace carillon

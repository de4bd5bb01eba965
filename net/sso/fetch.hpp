#pragma once

#include "base/failure.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <string>

namespace carillon::sso {

/// A request to the provider: GET, or POST with a form.
struct fetch_request {
  std::string url;
  /// `application/x-www-form-urlencoded`; empty = GET.
  std::string form = {};
  /// Value of `Authorization`; empty = none.
  std::string authorization = {};
};

struct fetch_answer {
  int status = 0;
  std::string body = {};
};

struct fetch_limits {
  /// From the look-up of the name to the last byte.
  std::chrono::milliseconds deadline{5'000};
  /// Of an answer; a longer one is an error.
  size_t body_bytes = size_t{1024} * 1024;
  /// PEM; empty = the system's authorities.
  std::string ca_file = {};
};

/// Sends a request and waits for its answer, over HTTP/1.1 or HTTP/2, with TLS 1.2 or newer where
/// the URL says https. Redirects are answers. Blocks; any thread. Errors, for operators:
/// `overloaded` if the provider does not answer in time, or not as HTTP; `too_large`; `internal`.
/// @param ends ends it before its time once it is true
expected<fetch_answer> fetch(const fetch_request& x, const fetch_limits& limits,
                             const std::atomic<bool>& ends);

/// How requests are sent: `fetch`, or a double of it.
using fetcher = std::function<expected<fetch_answer>(const fetch_request&)>;

/// True for a URL that may be called: `https`, or `http` on a loopback address; without user,
/// password and fragment.
/// @param may_be_plain `http` may be
bool is_provider_url(const std::string& url, bool may_be_plain);

} // namespace carillon::sso

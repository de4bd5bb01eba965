#include "actors/evidence/witness_url.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace carillon {

namespace {

/// Of one attempt, for the connection.
constexpr std::chrono::milliseconds most_connecting{5'000};

std::string origin_in(const std::string& url) {
  const auto scheme = url.find("://");
  const auto host = scheme == std::string::npos ? 0 : scheme + 3;
  return url.substr(0, url.find_first_of("/?#", host));
}

std::string trouble_in(const http_response& x) {
  if (x.fault != http_fault::none)
    return std::string{to_string(x.fault)} + (x.error.empty() ? "" : ": " + x.error);
  if (x.status >= 200 && x.status < 300)
    return {};
  return "it answered " + std::to_string(x.status);
}

} // namespace

witness_url::witness_url(std::string url, std::chrono::milliseconds timeout, http_call call)
  : url_(std::move(url)), origin_(origin_in(url_)), timeout_(timeout), call_(std::move(call)) {
}

void witness_url::give(const std::string& note, callback done) {
  http_request request;
  request.url = url_;
  request.headers = {{"Content-Type", "text/plain; charset=utf-8"}};
  request.body = std::make_shared<const std::string>(note);
  request.total_deadline = timeout_;
  request.connect_deadline = std::min(timeout_, most_connecting);
  // The operator chose the URL: it may be private.
  request.private_targets = true;
  call_(std::move(request),
        [done = std::move(done)](const http_response_ptr& x) { done(trouble_in(*x)); });
}

} // namespace carillon

#include "actors/webhooks/endpoints/attempt_span.hpp"

#include "actors/consumers/runners/delivery_spans.hpp"
#include "actors/webhooks/endpoints/endpoint.hpp"

#include <string>
#include <string_view>

namespace carillon {

namespace {

/// Host and port, as the URL has them.
std::string authority_in(std::string_view url) {
  const auto scheme = url.find("://");
  url.remove_prefix(scheme == std::string_view::npos ? 0 : scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  const auto user = url.rfind('@');
  return std::string{user == std::string_view::npos ? url : url.substr(user + 1)};
}

} // namespace

span attempt_span(const open_span& x, const delivery& of, const webhook& to,
                  const http_response& response, timestamp now) {
  auto out = x.ended("deliver webhook", span_kind::client, now, error_of(response));
  out.attributes = attributes_of(of);
  out.attributes.push_back({"http.request.method", std::string{"POST"}});
  out.attributes.push_back({"server.address", authority_in(to.settings.url)});
  if (response.status != 0)
    out.attributes.push_back({"http.response.status_code", int64_t{response.status}});
  if (response.fault != http_fault::none)
    out.attributes.push_back(
      {"error.type",
       std::string{tells_of_network(response.fault) ? unreachable : to_string(response.fault)}});
  out.attributes.push_back({"carillon.webhook", std::to_string(to.id)});
  return out;
}

} // namespace carillon

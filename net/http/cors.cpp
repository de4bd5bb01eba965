#include "net/http/cors.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace carillon::data {

bool is_listed(const std::vector<std::string>& origins, std::string_view origin) noexcept {
  return std::find(origins.begin(), origins.end(), "*") != origins.end()
         || is_named(origins, origin);
}

bool is_named(const std::vector<std::string>& origins, std::string_view origin) noexcept {
  return std::any_of(origins.begin(), origins.end(),
                     [&](const auto& x) { return boost::beast::iequals(x, origin); });
}

bool is_preflight(const request_head& head) noexcept {
  return head.method == boost::beast::http::verb::options && !head.origin.empty()
         && !head.asks_method.empty();
}

std::string cors_fields(std::string_view origin) {
  std::string out = "Access-Control-Allow-Origin: ";
  out += origin;
  // The page's own code sends credentials in Authorization; cookies are not used here.
  out += "\r\nVary: Origin\r\n"
         "Access-Control-Expose-Headers: Location, Retry-After, WWW-Authenticate, ETag\r\n";
  return out;
}

whole_answer options_answer(const request_head& head, std::string_view methods, bool allowed) {
  whole_answer out{.status = 204};
  out.fields = "Allow: " + std::string{methods} + "\r\n";
  if (!allowed || !is_preflight(head))
    return out;
  out.fields += "Access-Control-Allow-Methods: " + std::string{methods} + "\r\n";
  // Echoed, since `*` does not include Authorization.
  if (!head.asks_fields.empty())
    out.fields += "Access-Control-Allow-Headers: " + std::string{head.asks_fields} + "\r\n";
  out.fields += "Access-Control-Max-Age: 600\r\n";
  return out;
}

} // namespace carillon::data

#include "base/problem.hpp"

#include "base/json/appender.hpp"

namespace carillon {

int http_status_of(ec code) noexcept {
  switch (code) {
  case ec::none:
    return 200;
  case ec::invalid_argument:
  case ec::malformed_json:
    return 400;
  case ec::unauthenticated:
    return 401;
  case ec::forbidden:
    return 403;
  case ec::not_found:
    return 404;
  case ec::method_not_allowed:
    return 405;
  case ec::conflict:
    return 409;
  case ec::too_large:
    return 413;
  case ec::unsupported_media_type:
    return 415;
  case ec::schema_violation:
  case ec::unknown_type:
    return 422;
  case ec::quota_exceeded:
    return 429;
  case ec::overloaded:
  case ec::store_unavailable:
  case ec::shutting_down:
    return 503;
  case ec::timeout:
    return 504;
  case ec::store_corrupt:
  case ec::store_too_new:
  case ec::store_locked:
  case ec::handler_failed:
  case ec::internal:
  case ec::store_refused:
  case ec::count_:
    break;
  }
  return 500;
}

std::string problem_json(const failure& x, int status) {
  std::string out;
  out.reserve(192 + x.detail.size() + x.field.size());
  json_appender{out}
    .begin_object()
    .member("type", "urn:carillon:problem:" + std::string{name_of(x.code)})
    .member("title", sentence_of(x.code))
    .member("status", int64_t{status})
    .member_unless_empty("detail", x.detail)
    .member("code", name_of(x.code))
    .member_unless_empty("field", x.field)
    .end_object();
  return out;
}

std::string problem_json(const failure& x) {
  return problem_json(x, http_status_of(x.code));
}

int retry_after_seconds(ec code) noexcept {
  switch (code) {
  case ec::overloaded:
  case ec::quota_exceeded:
    return 1;
  case ec::store_unavailable:
  case ec::shutting_down:
    return 5;
  default:
    return 0;
  }
}

} // namespace carillon

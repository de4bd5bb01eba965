#include "net/admin/dispatch.hpp"

#include "base/json/object_reader.hpp"
#include "base/text/ascii.hpp"
#include "net/admin/break_glass.hpp"
#include "net/admin/preconditions.hpp"

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace carillon::admin {

namespace {

using boost::beast::iequals;

/// Errors: `unsupported_media_type` unless the body is JSON in UTF-8; for PATCH also as JSON Merge
/// Patch (RFC 7396). This also keeps out web pages of other origins: they may not send this type
/// without a preflight.
expected<void> check_media_type(const incoming& request) {
  std::string_view rest = request.content_type;
  auto end = std::min(rest.find(';'), rest.size());
  auto parameter = trimmed(rest.substr(std::min(end + 1, rest.size())));
  auto utf8 = parameter.empty() || iequals(parameter, "charset=utf-8")
              || iequals(parameter, "charset=\"utf-8\"");
  auto type = trimmed(rest.substr(0, end));
  auto patches = request.method == "PATCH";
  if (utf8
      && (iequals(type, "application/json")
          || (patches && iequals(type, "application/merge-patch+json"))))
    return {};
  return failure{ec::unsupported_media_type,
                 patches ? "send application/merge-patch+json or application/json in UTF-8"
                         : "send application/json in UTF-8",
                 "Content-Type"};
}

expected<void> check_query(const operation& at, const parameters& query) {
  if (at.any_query)
    return {};
  for (const auto& [name, value] : query)
    if (std::find(at.query.begin(), at.query.end(), name) == at.query.end())
      return failure{ec::invalid_argument, "the parameter is not known here", name.substr(0, 64)};
  return {};
}

/// An action accepts no body, or an object without members.
expected<void> check_no_body(const incoming& x) {
  if (x.body.empty())
    return {};
  if (x.method != "POST")
    return failure{ec::invalid_argument, "this call takes no body", {}};
  auto object = parse_object(x.body);
  if (!object)
    return object.error();
  if (auto fault = object_reader{*object}.finish())
    return *fault;
  return {};
}

answer run(context& ctx, const incoming& request, destination to, principal who,
           std::chrono::steady_clock::time_point deadline) {
  const auto& at = *to.at;
  auto takes_body = at.has_body && !(at.body_is_optional && request.body.empty());
  if (takes_body && !request.has_length)
    return problem({ec::invalid_argument, "send the body with its length, or chunked", {}}, 411);
  auto valid = check_query(at, to.query);
  if (valid)
    valid = takes_body ? check_media_type(request) : check_no_body(request);
  if (!valid)
    return problem(valid.error());
  call c{.ctx = ctx,
         .request = request,
         .at = at,
         .arguments = std::move(to.arguments),
         .query = std::move(to.query),
         .who = std::move(who),
         .deadline = deadline};
  if (auto fault = check_change(request))
    return *fault;
  if (c.who.break_glass)
    if (auto told = tell_break_glass(c); !told)
      return problem(told.error());
  auto out = at.run(c);
  if (out)
    return as_asked(request, std::move(*out));
  // A bound key that requests another company.
  if (out.error().code == ec::forbidden && ctx.backend.on_refused)
    ctx.backend.on_refused({.why = out.error(),
                            .who = c.caller_name(),
                            .action = action_of(request.method, at),
                            .ip = request.remote_addr,
                            .source = request.pass ? "/data" : "/admin"});
  return problem(out.error());
}

} // namespace

answer dispatch(context& ctx, const incoming& request, destination to, principal who,
                std::chrono::steady_clock::time_point deadline) noexcept {
  try {
    return run(ctx, request, std::move(to), std::move(who), deadline);
  } catch (...) {
    return problem({ec::internal, "an internal error occurred", {}});
  }
}

} // namespace carillon::admin

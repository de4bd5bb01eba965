#include "messages/webhooks/settings.hpp"

#include "base/text/ascii.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace carillon {

namespace {

/// Headers that frame the message, belong to the connection, or are the engine's own.
constexpr auto reserved = std::to_array<std::string_view>(
  {"host", "connection", "keep-alive", "proxy-connection", "transfer-encoding", "te", "trailer",
   "upgrade", "expect", "accept-encoding", "user-agent", "date", "forwarded"});

/// Prefixes of reserved headers.
constexpr auto reserved_prefixes
  = std::to_array<std::string_view>({"webhook-", "carillon-", "content-", "proxy-", "svix-"});

bool is_visible(std::string_view x) {
  return std::all_of(x.begin(), x.end(), [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x7f;
  });
}

failure bad(std::string detail, std::string field) {
  return {ec::invalid_argument, std::move(detail), std::move(field)};
}

expected<void> check_header(const std::string& name, const std::string& value) {
  auto field = "headers." + (is_http_token(name) ? name.substr(0, 64) : std::string{"?"});
  if (!is_http_token(name) || name.size() > 128)
    return bad("the name is not a header's", field);
  auto key = ascii_lower(name);
  auto begins = [&](std::string_view prefix) { return key.starts_with(prefix); };
  if (std::find(reserved.begin(), reserved.end(), key) != reserved.end()
      || std::any_of(reserved_prefixes.begin(), reserved_prefixes.end(), begins))
    return bad("the header is reserved", field);
  if (value.size() > webhook_limits::header_bytes)
    return bad("the value is longer than 2048 bytes", field);
  if (!is_visible(value) || value.starts_with(' ') || value.ends_with(' '))
    return bad("the value is not visible ASCII", field);
  return {};
}

expected<void> check_headers(const webhook_settings& x) {
  if (x.headers.size() > webhook_limits::headers)
    return bad("there are more than 20 headers", "headers");
  for (auto i = x.headers.begin(); i != x.headers.end(); ++i) {
    if (auto fit = check_header(i->first, i->second); !fit)
      return fit;
    auto same = [&](const auto& y) { return equals_ignoring_case(y.first, i->first); };
    if (std::any_of(x.headers.begin(), i, same))
      return bad("the header is given twice", "headers." + i->first);
  }
  return {};
}

expected<void> check_url(std::string_view url) {
  constexpr const char* field = "url";
  if (url.size() > webhook_limits::url_bytes)
    return bad("the URL is longer than 2048 bytes", field);
  if (!is_visible(url) || url.find_first_of(" \"<>\\^`{|}") != std::string_view::npos)
    return bad("the URL holds characters that have to be percent-encoded", field);
  auto key = ascii_lower(url.substr(0, 8));
  auto scheme = key.starts_with("https://") ? 8U : key.starts_with("http://") ? 7U : 0U;
  if (scheme == 0)
    return bad("the URL is not an https one", field);
  auto authority = url.substr(scheme);
  authority = authority.substr(0, std::min(authority.find_first_of("/?#"), authority.size()));
  if (authority.empty() || authority.starts_with(':'))
    return bad("the URL names no host", field);
  if (authority.find('@') != std::string_view::npos)
    return bad("the URL holds credentials; send them in a header", field);
  if (url.find('#') != std::string_view::npos)
    return bad("the URL holds a fragment, which is never sent", field);
  return {};
}

expected<void> check_retries(const webhook_retry_policy& x) {
  if (x.schedule.size() > webhook_limits::retries)
    return bad("there are more than 20 pauses", "retrySchedule");
  for (auto pause : x.schedule)
    if (pause < std::chrono::seconds{1} || pause > webhook_limits::retry_pause)
      return bad("a pause is not within 1 to 86400 seconds", "retrySchedule");
  return {};
}

} // namespace

expected<void> check_webhook(const webhook_settings& x) {
  if (!x.company_id.empty() && !is_identifier(x.company_id))
    return bad("the value is not a company's id", "companyId");
  if (auto fit = check_url(x.url); !fit)
    return fit;
  if (x.types.size() > webhook_limits::types)
    return bad("there are more than 100 patterns", "types");
  if (x.max_in_flight < 1 || x.max_in_flight > webhook_limits::in_flight)
    return bad("the value is not within 1 to 64", "maxInFlight");
  if (!std::isfinite(x.rate_per_second) || x.rate_per_second < 0.0
      || (x.rate_per_second > 0.0 && x.rate_per_second < 0.001)
      || x.rate_per_second > webhook_limits::rate)
    return bad("the value is neither 0 nor within 0.001 to 10000", "ratePerSecond");
  if (auto fit = check_retries(x.retry); !fit)
    return fit;
  if (x.description.size() > webhook_limits::description_bytes || !is_utf8(x.description))
    return bad("the text is longer than 512 bytes, or not UTF-8", "description");
  return check_headers(x);
}

bool uses_tls(std::string_view url) {
  return equals_ignoring_case(url.substr(0, 6), "https:");
}

webhook_settings changed(webhook_settings x, const webhook_change& by) {
  auto set = [](auto& to, const auto& from) {
    if (from)
      to = *from;
  };
  set(x.url, by.url);
  set(x.types, by.types);
  set(x.ordered, by.ordered);
  set(x.max_in_flight, by.max_in_flight);
  set(x.rate_per_second, by.rate_per_second);
  set(x.retry, by.retry);
  set(x.headers, by.headers);
  set(x.description, by.description);
  set(x.private_targets, by.private_targets);
  set(x.filter, by.filter);
  set(x.message, by.message);
  return x;
}

expected<void> check_change(const webhook_change& x) {
  webhook_settings alone;
  alone.url = "https://unchanged.example";
  return check_webhook(changed(std::move(alone), x));
}

expected<void> check_grant(bool private_targets, const std::optional<std::string>& company_id) {
  if (private_targets && company_id)
    return failure{ec::forbidden, "only an admin of the node gives private targets",
                   "privateTargets"};
  return {};
}

webhook_settings changed_by(const webhook_settings& was, const webhook_change& change,
                            const std::optional<std::string>& company_id) {
  auto out = changed(was, change);
  if (company_id)
    out.private_targets = was.private_targets && out.private_targets && out.url == was.url;
  return out;
}

} // namespace carillon

#include "net/admin/calls/webhooks/webhook_text.hpp"

#include "base/json/appender.hpp"
#include "base/text/utf8.hpp"
#include "messages/telemetry.hpp"
#include "net/admin/calls/consumers/consumer_text.hpp"

#include <algorithm>

namespace carillon::admin {

namespace {

std::string json_of_types(const webhook_settings& x) {
  std::string out;
  json_appender json{out};
  json.begin_array();
  for (const auto& pattern : x.types)
    json.item(pattern.text());
  json.end_array();
  return out;
}

std::string json_of_schedule(const webhook_settings& x) {
  std::string out = "[";
  for (auto pause : x.retry.schedule)
    out += (out.size() > 1 ? "," : "") + std::to_string(pause.count());
  return out + ']';
}

std::string json_of_headers(const webhook_settings& x) {
  std::string out;
  json_appender json{out};
  json.begin_object();
  for (const auto& [name, value] : x.headers)
    json.member(name, hidden_value);
  json.end_object();
  return out;
}

std::optional<uint64_t> unless_zero(uint64_t x) {
  return x == 0 ? std::nullopt : std::optional{x};
}

std::optional<double> unless_negative(double x) {
  return x < 0.0 ? std::nullopt : std::optional{x};
}

/// Length of the character at the begin, or 0 if it is invalid.
size_t character_at(std::string_view x) {
  for (size_t n = 1; n <= std::min<size_t>(4, x.size()); ++n)
    if (is_utf8(x.substr(0, n)))
      return n;
  return 0;
}

} // namespace

looker looker_of(const call& c) {
  return c.bound_company() ? looker::tenant : looker::node_operator;
}

std::string shown(std::string_view received) {
  if (is_utf8(received))
    return std::string{received};
  std::string out;
  while (!received.empty()) {
    auto n = character_at(received);
    out += n > 0 ? received.substr(0, n) : "\xEF\xBF\xBD";
    received.remove_prefix(std::max<size_t>(n, 1));
  }
  return out;
}

void put_webhook_members(json_writer& out, const webhook& x) {
  const auto& s = x.settings;
  out.member("id", x.id)
    .member_or_null("companyId", s.company_id)
    .member("url", std::string_view{s.url})
    .raw("types", json_of_types(s))
    .member("enabled", x.enabled)
    .member_or_null("disabledReason", x.disabled_reason)
    .member("failingSince", x.failing_since)
    .member("ordered", s.ordered)
    .member("maxInFlight", static_cast<uint64_t>(s.max_in_flight))
    .member("ratePerSecond", s.rate_per_second)
    .raw("retrySchedule", json_of_schedule(s))
    .raw("headers", json_of_headers(s))
    .member("description", std::string_view{s.description})
    .member("privateTargets", s.private_targets)
    .raw("filter", s.filter.is_everything() ? "null" : std::string_view{s.filter.text()})
    .raw("message", s.message.is_standard() ? "null" : std::string_view{s.message.text()})
    .member("createdAt", x.created_at)
    .member("updatedAt", x.updated_at);
}

void put_secret_times(json_writer& out, const webhook_with_secrets& x) {
  out.begin_array("secrets");
  for (const auto& secret : x.secrets) {
    json_writer one;
    one.begin_object()
      .member("createdAt", secret.created_at)
      .member("expiresAt", secret.expires_at)
      .end_object();
    out.raw(one.take());
  }
  out.end_array();
}

void put_webhook_status(json_writer& out, const consumer_status& x, bool running) {
  out.begin_object("status").member("running", running);
  put_progress(out, x);
  out.end_object();
}

namespace {

/// The answer as a tenant may see it.
http_response without_network(const http_response& x) {
  http_response out;
  out.fault = x.fault;
  out.error = unreachable_text;
  out.phases.total_ms = -1.0;
  return out;
}

/// The members before and after the attempts.
void put_delivery_head(json_writer& out, const webhook_delivery& x) {
  out.member("id", std::string_view{to_text(x.key)})
    .member("webhookId", x.key.webhook_id)
    .member("seq", x.key.seq)
    .member("replayId", unless_zero(x.key.replay_id))
    .member("eventId", std::string_view{x.event_id})
    .member("eventType", std::string_view{x.event_type})
    .member_or_null("companyId", x.company_id)
    .member("state", name_of(x.state));
}

void put_delivery_tail(json_writer& out, const webhook_delivery& x, looker who) {
  const bool hidden = who == looker::tenant && tells_of_network(x.last_fault);
  const auto fault = hidden ? unreachable : to_string(x.last_fault);
  out.member("lastStatus", unless_zero(static_cast<uint64_t>(std::max(0, x.last_status))))
    .member_or_null("lastFault", fault)
    .member("nextAttemptAt", x.next_at)
    .member("createdAt", x.created_at)
    .member("updatedAt", x.updated_at);
}

} // namespace

void put_delivery_members(json_writer& out, const webhook_delivery& x, looker who) {
  put_delivery_head(out, x);
  out.member("attempts", static_cast<uint64_t>(x.attempts));
  put_delivery_tail(out, x, who);
}

void put_delivery_history(json_writer& out, const webhook_delivery_history& x, looker who) {
  out.begin_object();
  put_delivery_head(out, x.delivery);
  out.begin_array("attempts");
  for (const auto& attempt : x.attempts)
    put_attempt(out, attempt, who);
  out.end_array();
  put_delivery_tail(out, x.delivery, who);
  out.end_object();
}

void put_attempt(json_writer& out, const webhook_attempt& x, looker who) {
  static const http_response none;
  const auto& known = x.response ? *x.response : none;
  const bool hidden = who == looker::tenant && tells_of_network(known.fault);
  const auto r = hidden ? without_network(known) : known;
  out.begin_object()
    .member("number", static_cast<uint64_t>(x.number))
    .member("at", x.at)
    .member("trigger", name_of(x.trigger))
    .member("url", std::string_view{x.url})
    .member("status", unless_zero(static_cast<uint64_t>(std::max(0, r.status))))
    .member("outcome", hidden ? unreachable : webhook_outcomes.at(webhook_outcome(r)))
    .member_or_null("error", shown(r.error))
    .member_or_null("remoteAddress", r.remote_address)
    .begin_object("phases")
    .member("dnsMs", unless_negative(r.phases.dns_ms))
    .member("connectMs", unless_negative(r.phases.connect_ms))
    .member("tlsMs", unless_negative(r.phases.tls_ms))
    .member("firstByteMs", unless_negative(r.phases.first_byte_ms))
    .member("totalMs", unless_negative(r.phases.total_ms))
    .end_object()
    .member("responseBody", std::string_view{shown(r.body)})
    .member("nextAttemptAt", x.next_at)
    .member("nextReason", std::string_view{x.next_reason})
    .end_object();
}

} // namespace carillon::admin

#include "net/admin/operations.hpp"

#include "net/admin/calls/resources.hpp"
#include "net/admin/target.hpp"

#include <algorithm>

namespace carillon::admin {

namespace {

/// Literal patterns precede those with a variable in the same place.
const std::vector<operation>& table() {
  using enum permission;
  static const std::vector<operation> all{
    {"GET", "/healthz", open, nullptr},
    {"GET", "/readyz", open, nullptr},
    {"GET", "/openapi.yaml", open, show_openapi},
    {"GET", "/", open, show_console},
    {"GET", "/console/{file}", open, show_console_file},
    {"GET", "/sso/login", open, begin_sign_in},
    {"GET",
     "/sso/callback",
     open,
     finish_sign_in,
     {"code", "state", "iss", "error"},
     false,
     false,
     true},
    {"GET", "/api/sso", open, show_sign_in},
    {"POST", "/api/sso/logout", open, sign_out},
    {"GET", "/metrics", read_node, show_prometheus},
    {"GET",
     "/api/events",
     read,
     show_events,
     {"types", "companyId", "userId", "correlationId", "startDate", "endDate", "order", "limit",
      "cursor", "after", "id", "filter"}},
    {"POST", "/api/publish", administer, publish_event, {"publishAt"}, true},
    {"GET", "/api/events/stats", read, show_stats, {"startDate", "endDate", "companyId", "bucket"}},
    {"GET", "/api/events/replay", read_node, show_replays, {"order", "limit", "cursor"}},
    {"POST", "/api/events/replay", administer_node, start_replay, {}, true},
    {"GET", "/api/events/replay/{id}", read_node, show_replay},
    {"GET", "/api/events/types", read, show_types},
    {"GET", "/api/events/types/{type}", read, show_type},
    {"PUT", "/api/events/types/{type}", administer_node, put_type, {}, true},
    {"DELETE", "/api/events/types/{type}", administer_node, delete_type},
    {"GET", "/api/events/webhooks", read, show_webhooks, {"companyId", "order", "limit", "cursor"}},
    {"POST", "/api/events/webhooks", administer, register_webhook, {}, true},
    {"GET", "/api/events/webhooks/{id}", read, show_webhook},
    {"PATCH", "/api/events/webhooks/{id}", administer, change_webhook, {}, true},
    {"DELETE", "/api/events/webhooks/{id}", administer, unregister_webhook},
    {"POST", "/api/events/webhooks/{id}/rotate-secret", administer, rotate_secret, {}, true, true},
    {"POST", "/api/events/webhooks/{id}/test", administer, send_test},
    {"POST", "/api/events/webhooks/{id}/enable", administer, enable_delivery},
    {"POST", "/api/events/webhooks/{id}/disable", administer, disable_delivery},
    {"POST", "/api/events/webhooks/{id}/match", read, match_events, {}, true, true},
    {"POST", "/api/events/webhooks/{id}/recover", administer, recover_deliveries, {}, true},
    {"GET",
     "/api/events/webhooks/{id}/deliveries",
     read,
     show_deliveries,
     {"state", "limit", "cursor"}},
    {"GET", "/api/events/deliveries/{id}", read, show_delivery},
    {"POST", "/api/events/deliveries/{id}/retry", administer, retry_delivery},
    {"GET", "/api/events/websocket/stats", read, show_session_stats, {"companyId"}},
    {"GET",
     "/api/events/websocket/sessions",
     read,
     show_sessions,
     {"companyId", "userId", "limit", "cursor"}},
    {"DELETE", "/api/events/websocket/sessions/{id}", administer, disconnect_session},
    {"DELETE", "/api/events/websocket/users/{userId}", administer, disconnect_user},
    {"GET",
     "/api/events/{id}",
     read,
     show_event,
     {"source", "expand", "companyId", "until", "timeoutMs"}},
    {"GET", "/api/consumers", read_node, show_consumers},
    {"GET", "/api/consumers/{name}", read_node, show_consumer},
    {"POST", "/api/consumers/{name}/pause", administer_node, pause_delivery},
    {"POST", "/api/consumers/{name}/resume", administer_node, resume_delivery},
    {"GET",
     "/api/dead-letters",
     read,
     show_dead_letters,
     {"companyId", "consumer", "order", "limit", "cursor"}},
    {"POST", "/api/dead-letters/retry", administer, retry_dead_letters, {}, true},
    {"POST", "/api/dead-letters/discard", administer, discard_dead_letters, {}, true},
    {"POST", "/api/dead-letters/{id}/retry", administer, retry_dead_letter},
    {"POST", "/api/dead-letters/{id}/discard", administer, discard_dead_letter},
    {"GET", "/api/jobs", read, show_jobs, {"state", "kind", "companyId", "limit", "cursor"}},
    {"GET", "/api/jobs/queues", read_node, show_job_queues},
    {"POST", "/api/jobs/queues/{queue}/pause", administer_node, pause_queue},
    {"POST", "/api/jobs/queues/{queue}/resume", administer_node, resume_queue},
    {"POST", "/api/jobs/retry", administer, retry_dead_jobs, {}, true},
    {"GET", "/api/jobs/{id}", read, show_job},
    {"POST", "/api/jobs/{id}/retry", administer, retry_one_job},
    {"POST", "/api/jobs/{id}/cancel", administer, cancel_one_job},
    {"GET", "/api/contacts", read, show_contacts, {"companyId", "role", "limit", "cursor"}},
    {"GET", "/api/contacts/{userId}", read, show_contact, {"companyId"}},
    {"PUT", "/api/contacts/{userId}", administer, change_contact, {"companyId"}, true},
    {"DELETE", "/api/contacts/{userId}", administer, remove_contact, {"companyId"}},
    {"GET",
     "/api/notifications",
     read,
     show_notifications,
     {"userId", "companyId", "unread", "limit", "cursor"}},
    {"POST", "/api/notifications/read", administer, read_all_notifications, {}, true},
    {"GET", "/api/notifications/{id}", read, show_notification, {"userId"}},
    {"POST", "/api/notifications/{id}/read", administer, read_notification, {"userId"}, true, true},
    {"GET", "/api/documents", read, show_documents, {"companyId", "limit", "cursor"}},
    {"DELETE", "/api/documents", administer, delete_documents, {"before", "companyId"}},
    {"GET", "/api/documents/{id}", read, show_document, {"metadata"}},
    {"DELETE", "/api/documents/{id}", administer, delete_document},
    {"GET",
     "/api/audit",
     read,
     show_audit,
     {"companyId", "action", "actor", "subject", "origin", "startDate", "endDate", "order", "limit",
      "cursor", "format"}},
    {"GET", "/api/audit/verify", read_node, verify_chain, {"expect", "after", "limit"}},
    {"GET", "/api/audit/checkpoint", read, show_checkpoint, {"format"}},
    {"GET", "/api/audit/consistency", read, show_consistency, {"from", "to"}},
    {"GET", "/api/audit/events/{seq}/proof", read, show_proof},
    {"GET",
     "/api/metrics",
     read,
     show_metrics,
     {"companyId", "type", "startDate", "endDate", "bucket", "cursor"}},
    {"GET", "/api/metrics/definitions", read, show_definitions, {"companyId"}},
    {"GET", "/api/metrics/definitions/{name}", read, show_definition, {"companyId"}},
    {"PUT", "/api/metrics/definitions/{name}", administer, put_definition, {"companyId"}, true},
    {"DELETE", "/api/metrics/definitions/{name}", administer, delete_definition, {"companyId"}},
    {"POST",
     "/api/metrics/definitions/{name}/backfill",
     administer,
     backfill_definition,
     {"companyId"},
     true,
     true},
    {"GET",
     "/api/metrics/measures",
     read,
     show_measures,
     {"name", "companyId", "startDate", "endDate", "bucket", "cursor"}},
    {"GET", "/api/inbound", read, show_inbound_sources, {"companyId"}},
    {"GET", "/api/inbound/{source}", read, show_inbound_source},
    {"PUT", "/api/inbound/{source}", administer, put_inbound_source_call, {}, true},
    {"DELETE", "/api/inbound/{source}", administer, delete_inbound_source},
    {"POST",
     "/api/inbound/{source}/rotate-secret",
     administer,
     rotate_inbound_source,
     {},
     true,
     true},
    {"GET", "/api/schedules", read, show_schedules, {"companyId", "limit", "cursor"}},
    {"GET", "/api/schedules/{name}", read, show_schedule, {"companyId"}},
    {"PUT", "/api/schedules/{name}", administer, change_schedule, {"companyId"}, true},
    {"DELETE", "/api/schedules/{name}", administer, remove_schedule, {"companyId"}},
    {"POST", "/api/schedules/{name}/pause", administer, pause_one_schedule, {"companyId"}},
    {"POST", "/api/schedules/{name}/resume", administer, resume_one_schedule, {"companyId"}},
    {"POST", "/api/schedules/{name}/run", administer, run_schedule, {"companyId"}},
    {"GET", "/api/occurrences", read, show_occurrences, {"cron", "timeZone", "every", "at"}},
    {"GET", "/api/delayed-events", read, show_delayed_events, {"companyId", "limit", "cursor"}},
    {"GET", "/api/delayed-events/{id}", read, show_delayed_event},
    {"DELETE", "/api/delayed-events/{id}", administer, cancel_delayed_event},
    {"GET", "/api/outboxes", read_node, show_outboxes},
    {"GET", "/api/outboxes/{name}/refused", read_node, show_refused_rows, {"limit", "cursor"}},
    {"POST", "/api/outboxes/{name}/refused/{seq}/retry", administer_node, retry_refused_row},
    {"POST", "/api/outboxes/{name}/refused/{seq}/discard", administer_node, discard_refused_row},
    {"GET", "/api/limits", read, show_limits, {"companyId"}},
    {"GET", "/api/me", read, show_caller},
    {"GET", "/api/node", read_node, show_node},
    {"GET", "/api/nodes", read_node, show_nodes},
    {"POST", "/api/portal-tokens", administer, create_portal_token, {}, true},
    {"GET", "/api/keys", administer_node, show_keys},
    {"POST", "/api/keys", administer_node, create_key, {}, true},
    {"DELETE", "/api/keys/{id}", administer_node, delete_key},
  };
  return all;
}

/// The values of the pattern's variables, empty if it does not match.
std::optional<std::vector<std::string>> match(std::string_view pattern,
                                              const std::vector<std::string>& segments) {
  std::vector<std::string> out;
  if (pattern == "/" && segments.size() == 1 && segments.front().empty())
    return out;
  for (const auto& segment : segments) {
    if (!pattern.starts_with('/'))
      return std::nullopt;
    pattern.remove_prefix(1);
    auto part = pattern.substr(0, std::min(pattern.find('/'), pattern.size()));
    pattern.remove_prefix(part.size());
    if (part.starts_with('{') && !segment.empty())
      out.push_back(segment);
    else if (part != segment || part.empty())
      return std::nullopt;
  }
  if (!pattern.empty())
    return std::nullopt;
  return out;
}

/// The methods of a pattern, for `Allow`.
std::string methods_of(std::string_view pattern) {
  std::string out;
  for (const auto& x : table())
    if (x.pattern == pattern) {
      out += x.method;
      out += x.method == "GET" ? ", HEAD, " : ", ";
    }
  return out + "OPTIONS";
}

} // namespace

std::span<const operation> operations() {
  return table();
}

std::string action_of(std::string_view method, const operation& at) {
  return std::string{method} + ' ' + std::string{at.pattern};
}

expected<destination> find(std::string_view method, std::string_view target) {
  auto parsed = parse_target(target);
  if (!parsed)
    return parsed.error();
  if (method == "HEAD")
    method = "GET";
  destination out;
  std::string_view found;
  for (const auto& x : table()) {
    if (!found.empty() && x.pattern != found)
      continue;
    auto arguments = match(x.pattern, parsed->segments);
    if (!arguments)
      continue;
    found = x.pattern;
    if (x.method != method)
      continue;
    out.at = &x;
    out.arguments = std::move(*arguments);
    out.query = std::move(parsed->query);
    break;
  }
  if (!found.empty())
    out.allow = methods_of(found);
  return out;
}

} // namespace carillon::admin

#include "net/admin/calls/metrics/telemetry_metrics.hpp"

#include "messages/traces/tracer.hpp"

#include <array>
#include <string>
#include <utility>

namespace carillon::admin {

namespace {

using prometheus::MetricType;

void add_engine_telemetry(metric_families& out, const telemetry& x) {
  struct entry {
    const telemetry::counter& value;
    MetricType type;
    const char* name;
    const char* help;
  };
  using enum MetricType;
  const std::array entries{
    entry{x.published_events, Counter, "carillon_published_events_total", "Events appended"},
    entry{x.duplicate_events, Counter, "carillon_duplicate_events_total",
          "Events that were there already"},
    entry{x.handler_restarts, Counter, "carillon_handler_restarts_total",
          "Handlers that crashed and were started again"},
    entry{x.conflicting_events, Counter, "carillon_conflicting_events_total",
          "Events refused as their id is that of another event"},
    entry{x.refused_quota, Counter, "carillon_refused_quota_total",
          "Events refused as their company had its share of what is in flight"},
    entry{x.refused_overloaded, Counter, "carillon_refused_overloaded_total",
          "Events refused as too many were in flight"},
    entry{x.refused_unavailable, Counter, "carillon_refused_unavailable_total",
          "Events refused as the store was not available"},
    entry{x.refused_timeout, Counter, "carillon_refused_timeout_total",
          "Events whose deadline passed"},
    entry{x.commits, Counter, "carillon_commits_total", "Commits of the log"},
    entry{x.commit_failures, Counter, "carillon_commit_failures_total", "Commits that failed"},
    entry{x.in_flight_events, Gauge, "carillon_in_flight_events", "Events admitted, not answered"},
    entry{x.in_flight_bytes, Gauge, "carillon_in_flight_bytes", "Their size"},
    entry{x.head, Gauge, "carillon_log_head", "Last position of the log"},
    entry{x.indexed, Gauge, "carillon_log_indexed", "Last position of the index"},
    entry{x.log_damaged_events, Gauge, "carillon_log_damaged_events",
          "Events that the index lacks as the log is damaged there"},
    entry{x.store_bytes, Gauge, "carillon_store_bytes", "Size of the data on disk"},
    entry{x.connections, Gauge, "carillon_connections", "Open connections of the data port"},
    entry{x.http_requests, Counter, "carillon_http_requests_total", "Requests of the data port"},
    entry{x.http_refused, Counter, "carillon_http_refused_total", "Requests that it refused"},
    entry{x.connections_refused, Counter, "carillon_connections_refused_total",
          "Connections that it refused"},
    entry{x.connections_evicted, Counter, "carillon_connections_evicted_total",
          "Idle connections that made room for others"},
    entry{x.logins_failed, Counter, "carillon_logins_failed_total",
          "Requests of both ports without a valid key or token"},
    entry{x.bytes_in, Counter, "carillon_received_bytes_total", "Bytes that it received"},
    entry{x.bytes_out, Counter, "carillon_sent_bytes_total", "Bytes that it sent"},
  };
  for (const auto& y : entries)
    add_metric(out, y.type, y.name, y.help, value_of(y.value));
  add_histogram(out, "carillon_commit_seconds", "Duration of commits", x.commit_latency);
  add_histogram(out, "carillon_publish_seconds", "From admission to the answer", x.publish_latency);
}

/// Bounds that companies share, never by company.
void add_bounds(metric_families& out, const bounds& all) {
  struct entry {
    MetricType type;
    const char* name;
    const char* help;
    double (*value)(const bound_status&);
  };
  using enum MetricType;
  const std::array entries{
    entry{Gauge, "carillon_limit_capacity", "Units that companies share",
          [](const bound_status& x) { return real(x.capacity); }},
    entry{Gauge, "carillon_limit_used", "Units that are in use",
          [](const bound_status& x) { return real(x.used); }},
    entry{Gauge, "carillon_limit_companies", "Companies that hold units",
          [](const bound_status& x) { return real(x.holders); }},
    entry{Counter, "carillon_limit_over_share_total", "Requests of companies that had their share",
          [](const bound_status& x) { return real(x.over_share); }},
    entry{Counter, "carillon_limit_full_total", "Requests refused as the limit was reached",
          [](const bound_status& x) { return real(x.full); }},
  };
  const auto list = all.list({});
  for (const auto& y : entries) {
    auto& family = add_family(out, y.type, y.name, y.help);
    for (const auto& x : list) {
      auto metric = sample(y.type, y.value(x));
      metric.label.push_back({.name = "limit", .value = x.name});
      family.metric.push_back(std::move(metric));
    }
  }
}

void add_inbound_telemetry(metric_families& out, const telemetry& x) {
  auto& requests = add_family(out, MetricType::Counter, "carillon_inbound_requests_total",
                              "Requests of providers of webhooks, by what came of them");
  for (size_t i = 0; i < inbound_outcomes.size(); ++i) {
    auto metric = sample(MetricType::Counter, value_of(x.inbound_requests.at(i)));
    metric.label.push_back({.name = "outcome", .value = std::string{inbound_outcomes.at(i)}});
    requests.metric.push_back(std::move(metric));
  }
}

void add_webhook_telemetry(metric_families& out, const telemetry& x) {
  using enum MetricType;
  auto& attempts = add_family(out, Counter, "carillon_webhook_attempts_total",
                              "Attempts to call receivers, by what came of them");
  for (size_t i = 0; i < webhook_outcomes.size(); ++i) {
    auto metric = sample(Counter, value_of(x.webhook_attempts.at(i)));
    metric.label.push_back({.name = "outcome", .value = std::string{webhook_outcomes.at(i)}});
    attempts.metric.push_back(std::move(metric));
  }
  add_histogram(out, "carillon_webhook_attempt_seconds", "Duration of attempts that were answered",
                x.webhook_attempt_latency);
  add_histogram(out, "carillon_webhook_delivery_seconds",
                "From the append of an event to the success of its first attempt",
                x.webhook_delivery_latency);
  add_metric(out, Gauge, "carillon_webhook_in_flight",
             "Attempts under way or waiting for a connection", value_of(x.webhook_in_flight));
  add_metric(out, Counter, "carillon_webhooks_disabled_total", "Webhooks that the engine disabled",
             value_of(x.webhooks_disabled));
}

void add_filter_telemetry(metric_families& out, const telemetry& x) {
  auto& all = add_family(out, MetricType::Counter, "carillon_filtered_events_total",
                         "Events that a payload filter excluded, by what it is a filter of");
  const auto add_one = [&](const char* by, const telemetry::counter& value) {
    auto metric = sample(MetricType::Counter, value_of(value));
    metric.label.push_back({.name = "by", .value = by});
    all.metric.push_back(std::move(metric));
  };
  add_one("webhook", x.filtered_by_webhooks);
  add_one("consumer", x.filtered_by_consumers);
  add_one("session", x.filtered_by_sessions);
}

void add_session_telemetry(metric_families& out, const telemetry& x) {
  using enum MetricType;
  add_metric(out, Gauge, "carillon_sessions", "Open sessions", value_of(x.sessions));
  add_metric(out, Counter, "carillon_sessions_opened_total", "Sessions that were opened",
             value_of(x.sessions_opened));
  auto& closed = add_family(out, Counter, "carillon_sessions_closed_total",
                            "Sessions that ended, by the close code that the node sent; none = the "
                            "client went away");
  for (size_t i = 0; i < session_close_codes.size(); ++i) {
    auto code = session_close_codes.at(i);
    auto metric = sample(Counter, value_of(x.sessions_closed.at(i)));
    metric.label.push_back({.name = "code", .value = code == 0 ? "none" : std::to_string(code)});
    closed.metric.push_back(std::move(metric));
  }
  add_metric(out, Counter, "carillon_sessions_refused_total",
             "Requests for a session that were refused", value_of(x.sessions_refused));
  add_metric(out, Counter, "carillon_session_resumes_total",
             "Sessions that were opened with a position to go on from",
             value_of(x.session_resumes));
  add_metric(out, Counter, "carillon_session_catch_ups_total",
             "Times that a session was behind and read what it missed",
             value_of(x.session_catch_ups));
  add_metric(out, Counter, "carillon_session_events_total", "Events sent to sessions",
             value_of(x.session_events));
  add_metric(out, Counter, "carillon_session_frames_total",
             "Text frames, or messages of streams, sent to sessions", value_of(x.session_frames));
  add_metric(out, Counter, "carillon_session_sent_bytes_total", "Bytes sent to sessions",
             value_of(x.session_bytes_out));
}

void add_job_telemetry(metric_families& out, const telemetry& x) {
  auto& attempts = add_family(out, MetricType::Counter, "carillon_job_attempts_total",
                              "Attempts of jobs that ended, by how");
  x.job_attempts.each([&](const std::string& queue, const job_counters::row& counts) {
    for (size_t i = 0; i < job_ends.size(); ++i) {
      auto metric = sample(MetricType::Counter, value_of(counts.at(i)));
      metric.label.push_back({.name = "queue", .value = queue});
      metric.label.push_back({.name = "outcome", .value = std::string{job_ends.at(i)}});
      attempts.metric.push_back(std::move(metric));
    }
  });
  add_histogram(out, "carillon_job_seconds", "Duration of attempts of jobs", x.job_latency);
}

void add_trace_telemetry(metric_families& out, const tracer* x) {
  using enum MetricType;
  add_metric(out, Counter, "carillon_spans_sent_total", "Spans that the collector of traces has",
             x != nullptr ? real(x->sent()) : 0.0);
  add_metric(out, Counter, "carillon_spans_dropped_total",
             "Spans that were lost: too many waited, or the collector did not take them",
             x != nullptr ? real(x->dropped()) : 0.0);
  add_metric(out, Counter, "carillon_span_requests_failed_total",
             "Requests that the collector of traces did not accept",
             x != nullptr ? real(x->failed_requests()) : 0.0);
}

void add_remote_telemetry(metric_families& out, const telemetry& x) {
  using enum MetricType;
  const auto& remote = x.remote;
  add_metric(out, Gauge, "carillon_caf_connections", "Open connections of other CAF processes",
             value_of(remote.connections));
  add_metric(out, Gauge, "carillon_caf_sessions", "Their sessions", value_of(remote.sessions));
  add_metric(out, Counter, "carillon_caf_requests_total", "Their requests",
             value_of(remote.requests));
  add_metric(out, Counter, "carillon_caf_events_total", "Events sent to their subscribers",
             value_of(remote.events));
  auto& refused = add_family(out, Counter, "carillon_caf_refused_total",
                             "CAF processes that were refused or disconnected, by reason");
  for (size_t i = 0; i < remote_refusals.size(); ++i) {
    auto metric = sample(Counter, value_of(remote.refused.at(i)));
    metric.label.push_back({.name = "reason", .value = std::string{remote_refusals.at(i)}});
    refused.metric.push_back(std::move(metric));
  }
}

void add_evidence_telemetry(metric_families& out, const telemetry& x) {
  using enum MetricType;
  const auto& counts = x.evidence;
  add_metric(out, Gauge, "carillon_evidence_signed_events",
             "Events that the newest checkpoint covers", value_of(counts.signed_size));
  add_metric(out, Gauge, "carillon_evidence_signed_timestamp_seconds", "When it was signed",
             value_of(counts.signed_at_us) / 1e6);
  add_metric(out, Counter, "carillon_evidence_failures_total",
             "Checkpoints that could not be signed or stored", value_of(counts.failures));
  add_metric(out, Gauge, "carillon_evidence_refused",
             "1 if nothing is signed, as the tree is not what was signed before",
             value_of(counts.refused));
  add_metric(out, Gauge, "carillon_witness_events", "Events that every witness has a checkpoint of",
             value_of(counts.witnessed_size));
  add_metric(out, Counter, "carillon_witness_failures_total", "Attempts at witnesses that failed",
             value_of(counts.witness_failures));
}

} // namespace

void add_telemetry(metric_families& out, const telemetry& x) {
  add_engine_telemetry(out, x);
  add_bounds(out, x.bounds);
  add_webhook_telemetry(out, x);
  add_inbound_telemetry(out, x);
  add_filter_telemetry(out, x);
  add_session_telemetry(out, x);
  add_job_telemetry(out, x);
  add_remote_telemetry(out, x);
  add_evidence_telemetry(out, x);
  add_trace_telemetry(out, x.traces.get());
}

} // namespace carillon::admin

#include "messages/traces/tracer.hpp"
#include "messages/workers/remote_queue.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/resources.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace carillon::admin {

namespace {

using families = std::vector<prometheus::MetricFamily>;
using prometheus::ClientMetric;
using prometheus::MetricType;

/// Most consumers, and queues, with their own series, which bounds a scrape.
constexpr size_t max_consumers = 100;
constexpr size_t max_queues = 100;
/// Longest wait of a scrape for the supervisor.
constexpr std::chrono::seconds status_deadline{2};

ClientMetric sample(MetricType type, double value) {
  ClientMetric out;
  if (type == MetricType::Counter)
    out.counter.value = value;
  else
    out.gauge.value = value;
  return out;
}

prometheus::MetricFamily& add_family(families& out, MetricType type, std::string name,
                                     std::string help) {
  out.push_back({.name = std::move(name), .help = std::move(help), .type = type, .metric = {}});
  return out.back();
}

void add(families& out, MetricType type, std::string name, std::string help, double value) {
  add_family(out, type, std::move(name), std::move(help)).metric.push_back(sample(type, value));
}

double real(uint64_t x) noexcept {
  return static_cast<double>(x);
}

double value_of(const telemetry::counter& x) {
  return real(x.load(std::memory_order_relaxed));
}

void add_histogram(families& out, std::string name, std::string help, const latency_histogram& x) {
  ClientMetric metric;
  uint64_t total = 0;
  for (size_t i = 0; i < x.counts.size(); ++i) {
    total += x.counts.at(i).load(std::memory_order_relaxed);
    auto bound = i < latency_histogram::bounds_us.size()
                   ? static_cast<double>(latency_histogram::bounds_us.at(i)) / 1e6
                   : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({.cumulative_count = total, .upper_bound = bound});
  }
  metric.histogram.sample_count = total;
  metric.histogram.sample_sum = value_of(x.sum_us) / 1e6;
  add_family(out, MetricType::Histogram, std::move(name), std::move(help))
    .metric.push_back(std::move(metric));
}

void add_telemetry(families& out, const telemetry& x) {
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
    add(out, y.type, y.name, y.help, value_of(y.value));
  add_histogram(out, "carillon_commit_seconds", "Duration of commits", x.commit_latency);
  add_histogram(out, "carillon_publish_seconds", "From admission to the answer", x.publish_latency);
}

/// Bounds that companies share, never by company.
void add_bounds(families& out, const bounds& all) {
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

void add_consumers(families& out, const consumer_statuses& all) {
  struct entry {
    MetricType type;
    const char* name;
    const char* help;
    double (*value)(const consumer_status&);
  };
  using enum MetricType;
  using status = const consumer_status&;
  const std::array entries{
    entry{Gauge, "carillon_consumer_cursor", "Position of the consumer",
          [](status x) { return real(x.cursor); }},
    entry{Gauge, "carillon_consumer_lag_events", "Events between cursor and head",
          [](status x) { return real(x.lag); }},
    entry{Gauge, "carillon_consumer_lag_seconds", "Age of the first event after the cursor",
          [](status x) { return x.lag_seconds; }},
    entry{Gauge, "carillon_consumer_paused", "1 if it is paused",
          [](status x) { return x.paused ? 1.0 : 0.0; }},
    entry{Gauge, "carillon_consumer_retrying_events", "Events that are due again",
          [](status x) { return real(x.retrying); }},
    entry{Gauge, "carillon_consumer_dead_letters", "Events that were given up",
          [](status x) { return real(x.dead_letters); }},
    entry{Counter, "carillon_consumer_delivered_total", "Deliveries that succeeded",
          [](status x) { return real(x.delivered); }},
    entry{Counter, "carillon_consumer_failed_total", "Deliveries that failed",
          [](status x) { return real(x.failed); }},
  };
  for (const auto& y : entries) {
    auto& family = add_family(out, y.type, y.name, y.help);
    for (size_t i = 0; i < std::min(all.size(), max_consumers); ++i) {
      auto metric = sample(y.type, y.value(all[i]));
      metric.label.push_back({.name = "consumer", .value = all[i].name});
      family.metric.push_back(std::move(metric));
    }
  }
}

void add_inbound_telemetry(families& out, const telemetry& x) {
  auto& requests = add_family(out, MetricType::Counter, "carillon_inbound_requests_total",
                              "Requests of providers of webhooks, by what came of them");
  for (size_t i = 0; i < inbound_outcomes.size(); ++i) {
    auto metric = sample(MetricType::Counter, value_of(x.inbound_requests.at(i)));
    metric.label.push_back({.name = "outcome", .value = std::string{inbound_outcomes.at(i)}});
    requests.metric.push_back(std::move(metric));
  }
}

void add_webhook_telemetry(families& out, const telemetry& x) {
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
  add(out, Gauge, "carillon_webhook_in_flight", "Attempts under way or waiting for a connection",
      value_of(x.webhook_in_flight));
  add(out, Counter, "carillon_webhooks_disabled_total", "Webhooks that the engine disabled",
      value_of(x.webhooks_disabled));
}

void add_filter_telemetry(families& out, const telemetry& x) {
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

void add_session_telemetry(families& out, const telemetry& x) {
  using enum MetricType;
  add(out, Gauge, "carillon_sessions", "Open sessions", value_of(x.sessions));
  add(out, Counter, "carillon_sessions_opened_total", "Sessions that were opened",
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
  add(out, Counter, "carillon_sessions_refused_total", "Requests for a session that were refused",
      value_of(x.sessions_refused));
  add(out, Counter, "carillon_session_resumes_total",
      "Sessions that were opened with a position to go on from", value_of(x.session_resumes));
  add(out, Counter, "carillon_session_catch_ups_total",
      "Times that a session was behind and read what it missed", value_of(x.session_catch_ups));
  add(out, Counter, "carillon_session_events_total", "Events sent to sessions",
      value_of(x.session_events));
  add(out, Counter, "carillon_session_frames_total",
      "Text frames, or messages of streams, sent to sessions", value_of(x.session_frames));
  add(out, Counter, "carillon_session_sent_bytes_total", "Bytes sent to sessions",
      value_of(x.session_bytes_out));
}

void add_job_telemetry(families& out, const telemetry& x) {
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

void add_trace_telemetry(families& out, const tracer* x) {
  using enum MetricType;
  add(out, Counter, "carillon_spans_sent_total", "Spans that the collector of traces has",
      x != nullptr ? real(x->sent()) : 0.0);
  add(out, Counter, "carillon_spans_dropped_total",
      "Spans that were lost: too many waited, or the collector did not take them",
      x != nullptr ? real(x->dropped()) : 0.0);
  add(out, Counter, "carillon_span_requests_failed_total",
      "Requests that the collector of traces did not accept",
      x != nullptr ? real(x->failed_requests()) : 0.0);
}

void add_remote_telemetry(families& out, const telemetry& x) {
  using enum MetricType;
  const auto& remote = x.remote;
  add(out, Gauge, "carillon_caf_connections", "Open connections of other CAF processes",
      value_of(remote.connections));
  add(out, Gauge, "carillon_caf_sessions", "Their sessions", value_of(remote.sessions));
  add(out, Counter, "carillon_caf_requests_total", "Their requests", value_of(remote.requests));
  add(out, Counter, "carillon_caf_events_total", "Events sent to their subscribers",
      value_of(remote.events));
  auto& refused = add_family(out, Counter, "carillon_caf_refused_total",
                             "CAF processes that were refused or disconnected, by reason");
  for (size_t i = 0; i < remote_refusals.size(); ++i) {
    auto metric = sample(Counter, value_of(remote.refused.at(i)));
    metric.label.push_back({.name = "reason", .value = std::string{remote_refusals.at(i)}});
    refused.metric.push_back(std::move(metric));
  }
}

void add_evidence_telemetry(families& out, const telemetry& x) {
  using enum MetricType;
  const auto& counts = x.evidence;
  add(out, Gauge, "carillon_evidence_signed_events", "Events that the newest checkpoint covers",
      value_of(counts.signed_size));
  add(out, Gauge, "carillon_evidence_signed_timestamp_seconds", "When it was signed",
      value_of(counts.signed_at_us) / 1e6);
  add(out, Counter, "carillon_evidence_failures_total",
      "Checkpoints that could not be signed or stored", value_of(counts.failures));
  add(out, Gauge, "carillon_evidence_refused",
      "1 if nothing is signed, as the tree is not what was signed before",
      value_of(counts.refused));
  add(out, Gauge, "carillon_witness_events", "Events that every witness has a checkpoint of",
      value_of(counts.witnessed_size));
  add(out, Counter, "carillon_witness_failures_total", "Attempts at witnesses that failed",
      value_of(counts.witness_failures));
}

/// Of the outboxes that this node moves.
void add_outboxes(families& out, const outbox_counts& all) {
  struct entry {
    MetricType type;
    const char* name;
    const char* help;
    relay_counts::counter relay_counts::*value;
  };
  using enum MetricType;
  const std::array entries{
    entry{Gauge, "carillon_outbox_up", "1 if the database of the outbox answered",
          &relay_counts::up},
    entry{Gauge, "carillon_outbox_waiting_rows", "Rows that wait, counted up to 100000",
          &relay_counts::waiting},
    entry{Gauge, "carillon_outbox_oldest_seconds", "Age of the first of them",
          &relay_counts::oldest_seconds},
    entry{Gauge, "carillon_outbox_set_aside_rows",
          "Rows that were put aside and are still there, counted up to 100000",
          &relay_counts::set_aside},
    entry{Counter, "carillon_outbox_moved_total", "Rows that became events",
          &relay_counts::published},
    entry{Counter, "carillon_outbox_refused_total", "Rows that were put aside",
          &relay_counts::refused},
    entry{Counter, "carillon_outbox_failures_total",
          "Errors of the database or of the log that held rows back", &relay_counts::failures},
  };
  if (std::none_of(all.begin(), all.end(), [](const auto& x) { return x != nullptr; }))
    return;
  for (const auto& y : entries) {
    auto& family = add_family(out, y.type, y.name, y.help);
    for (size_t i = 0; i < outbox_names.size(); ++i) {
      if (all.at(i) == nullptr)
        continue;
      auto metric = sample(y.type, value_of((*all.at(i)).*y.value));
      metric.label.push_back({.name = "outbox", .value = std::string{outbox_names.at(i)}});
      family.metric.push_back(std::move(metric));
    }
  }
}

void add_nodes(families& out, const std::vector<node_record>& all) {
  auto& states = add_family(out, MetricType::Gauge, "carillon_nodes",
                            "Nodes of the store that live, by what they do");
  for (auto state : {node_state::active, node_state::standby}) {
    const auto count = std::count_if(all.begin(), all.end(), [&](const node_record& x) {
      return x.state == state && x.silent < node_dead_after;
    });
    auto metric = sample(MetricType::Gauge, static_cast<double>(count));
    metric.label.push_back({.name = "state", .value = name_of(state)});
    states.metric.push_back(std::move(metric));
  }
}

/// The first ones by name, since any publisher may name one. The built-in ones always have series.
void add_job_queues(families& out, job_queue_records all) {
  std::stable_partition(all.begin(), all.end(),
                        [](const auto& x) { return is_built_in_queue(x.queue); });
  all.resize(std::min(all.size(), max_queues));
  using record = const job_queue_record&;
  auto add_sample = [](prometheus::MetricFamily& to, record x, const char* state, double value) {
    auto metric = sample(MetricType::Gauge, value);
    metric.label.push_back({.name = "queue", .value = x.queue});
    if (state != nullptr)
      metric.label.push_back({.name = "state", .value = state});
    to.metric.push_back(std::move(metric));
  };
  auto& states
    = add_family(out, MetricType::Gauge, "carillon_jobs", "Jobs that have not ended well");
  for (record x : all) {
    add_sample(states, x, "queued", real(x.queued));
    add_sample(states, x, "running", real(x.running));
    add_sample(states, x, "dead", real(x.dead));
  }
  auto& paused
    = add_family(out, MetricType::Gauge, "carillon_job_queue_paused", "1 if the queue is paused");
  for (record x : all)
    add_sample(paused, x, nullptr, x.paused ? 1.0 : 0.0);
  auto& oldest = add_family(out, MetricType::Gauge, "carillon_jobs_oldest_due_seconds",
                            "For how long the job that waits longest has been due");
  auto now = wall_clock_now();
  for (record x : all) {
    auto late = now - x.oldest_due.value_or(now);
    add_sample(oldest, x, nullptr, std::max(0.0, std::chrono::duration<double>(late).count()));
  }
}

void add_webhooks(families& out, const webhook_overview& x) {
  auto& states = add_family(out, MetricType::Gauge, "carillon_webhooks", "Webhooks by state");
  auto add_state = [&](const char* name, uint64_t count) {
    auto metric = sample(MetricType::Gauge, real(count));
    metric.label.push_back({.name = "state", .value = name});
    states.metric.push_back(std::move(metric));
  };
  add_state("registered", x.registered);
  add_state("disabled", x.disabled);
  add_state("running", x.running);
  add_state("waiting", x.waiting);
  auto& lag = add_family(out, MetricType::Gauge, "carillon_webhook_lag_events",
                         "Events between cursor and head, of the webhooks furthest behind");
  for (const auto& y : x.furthest_behind) {
    auto metric = sample(MetricType::Gauge, real(y.consumer.lag));
    metric.label.push_back({.name = "webhook", .value = std::to_string(y.id)});
    lag.metric.push_back(std::move(metric));
  }
}

} // namespace

expected<answer> show_prometheus(call& c) {
  families out;
  if (c.ctx.backend.stats) {
    add_telemetry(out, *c.ctx.backend.stats);
    add_bounds(out, c.ctx.backend.stats->bounds);
    add_webhook_telemetry(out, *c.ctx.backend.stats);
    add_inbound_telemetry(out, *c.ctx.backend.stats);
    add_filter_telemetry(out, *c.ctx.backend.stats);
    add_session_telemetry(out, *c.ctx.backend.stats);
    add_job_telemetry(out, *c.ctx.backend.stats);
    add_remote_telemetry(out, *c.ctx.backend.stats);
    add_evidence_telemetry(out, *c.ctx.backend.stats);
    add_trace_telemetry(out, c.ctx.backend.stats->traces.get());
  }
  add_outboxes(out, c.ctx.backend.outboxes);
  if (c.ctx.backend.nodes)
    add_nodes(out, c.ctx.backend.nodes());
  c.deadline = std::min(c.deadline, std::chrono::steady_clock::now() + status_deadline);
  // A node that is not the owner has none.
  if (c.ctx.backend.supervisor != nullptr) {
    auto all = ask<consumer_statuses>(c, c.ctx.backend.supervisor, list_consumers{});
    // The other series are useful even if the supervisor does not answer.
    add(out, MetricType::Gauge, "carillon_consumers_up", "1 if the consumers could be asked",
        all ? 1.0 : 0.0);
    if (all)
      add_consumers(out, *all);
  }
  if (c.ctx.backend.webhooks != nullptr)
    if (auto webhooks = ask<webhook_overview>(c, c.ctx.backend.webhooks, get_webhook_overview{}))
      add_webhooks(out, *webhooks);
  if (c.ctx.backend.jobs != nullptr)
    if (auto queues = ask<job_queue_records>(c, c.ctx.backend.jobs, list_job_queues{}))
      add_job_queues(out, std::move(*queues));
  return answer{.body = prometheus::TextSerializer{}.Serialize(out),
                .media_type = "text/plain; version=0.0.4; charset=utf-8"};
}

} // namespace carillon::admin

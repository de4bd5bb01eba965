#include "messages/workers/remote_queue.hpp"
#include "net/admin/ask.hpp"
#include "net/admin/calls/metrics/metric_calls.hpp"
#include "net/admin/calls/metrics/telemetry_metrics.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <utility>

namespace carillon::admin {

namespace {

using prometheus::MetricType;

/// Most consumers, and queues, with their own series, which bounds a scrape.
constexpr size_t max_consumers = 100;
constexpr size_t max_queues = 100;
/// Longest wait of a scrape for the supervisor.
constexpr std::chrono::seconds status_deadline{2};

void add_consumers(metric_families& out, const consumer_statuses& all) {
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

/// Of the outboxes that this node moves.
void add_outboxes(metric_families& out, const outbox_counts& all) {
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

void add_nodes(metric_families& out, const std::vector<node_record>& all) {
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
void add_job_queues(metric_families& out, job_queue_records all) {
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

void add_webhooks(metric_families& out, const webhook_overview& x) {
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
  metric_families out;
  if (c.ctx.backend.stats)
    add_telemetry(out, *c.ctx.backend.stats);
  add_outboxes(out, c.ctx.backend.outboxes);
  if (c.ctx.backend.nodes)
    add_nodes(out, c.ctx.backend.nodes());
  c.deadline = std::min(c.deadline, std::chrono::steady_clock::now() + status_deadline);
  // A node that is not the owner has none.
  if (c.ctx.backend.supervisor != nullptr) {
    auto all = ask<consumer_statuses>(c, c.ctx.backend.supervisor, list_consumers{});
    // The other series are useful even if the supervisor does not answer.
    add_metric(out, MetricType::Gauge, "carillon_consumers_up", "1 if the consumers could be asked",
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

#include "net/admin/calls/metrics/metric_families.hpp"

#include <limits>
#include <utility>

namespace carillon::admin {

prometheus::ClientMetric sample(prometheus::MetricType type, double value) {
  prometheus::ClientMetric out;
  if (type == prometheus::MetricType::Counter)
    out.counter.value = value;
  else
    out.gauge.value = value;
  return out;
}

prometheus::MetricFamily& add_family(metric_families& out, prometheus::MetricType type,
                                     std::string name, std::string help) {
  out.push_back({.name = std::move(name), .help = std::move(help), .type = type, .metric = {}});
  return out.back();
}

void add_metric(metric_families& out, prometheus::MetricType type, std::string name,
                std::string help, double value) {
  add_family(out, type, std::move(name), std::move(help)).metric.push_back(sample(type, value));
}

double real(uint64_t x) noexcept {
  return static_cast<double>(x);
}

double value_of(const telemetry::counter& x) {
  return real(x.load(std::memory_order_relaxed));
}

void add_histogram(metric_families& out, std::string name, std::string help,
                   const latency_histogram& x) {
  prometheus::ClientMetric metric;
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
  add_family(out, prometheus::MetricType::Histogram, std::move(name), std::move(help))
    .metric.push_back(std::move(metric));
}

} // namespace carillon::admin

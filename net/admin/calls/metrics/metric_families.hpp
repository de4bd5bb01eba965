#pragma once

#include "messages/telemetry.hpp"

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>

#include <cstdint>
#include <string>
#include <vector>

namespace carillon::admin {

// Series of `/metrics`, in families of one name each.

using metric_families = std::vector<prometheus::MetricFamily>;

/// A value without labels.
/// @param type counter or gauge
prometheus::ClientMetric sample(prometheus::MetricType type, double value);

/// Adds a family without series. The reference is valid until the next family is added.
prometheus::MetricFamily& add_family(metric_families& out, prometheus::MetricType type,
                                     std::string name, std::string help);

/// Adds a family with one series, which has no labels.
void add_metric(metric_families& out, prometheus::MetricType type, std::string name,
                std::string help, double value);

/// Adds a family with one histogram, in seconds.
void add_histogram(metric_families& out, std::string name, std::string help,
                   const latency_histogram& x);

double real(uint64_t x) noexcept;

double value_of(const telemetry::counter& x);

} // namespace carillon::admin

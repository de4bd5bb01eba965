#pragma once

#include "base/failure.hpp"
#include "messages/traces/tracer.hpp"
#include "messages/webhooks/http_exchange.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace carillon {

/// What an exporter needs.
struct trace_exporter_env {
  tracer_ptr from;
  trace_options options;
  /// Of the node, see `otlp_json`.
  std::string instance;
  /// PEM file with the authorities to trust; empty: the system's.
  std::string ca_file;
  /// Tells the operator that spans are lost, and that they are not any more: at most once a minute
  /// each. On the exporter's thread; may be empty.
  std::function<void(const std::string&)> tell;
  /// Pause before the first repetition; it doubles.
  std::chrono::milliseconds first_pause{1'000};
};

/// Sends spans to a collector by OTLP over HTTP, on threads of its own. Nobody waits for it: while
/// the collector is away, spans wait up to the tracer's bound, and further ones are dropped.
///
/// A request is repeated after 429, 502, 503, 504, and when there was no answer, with growing
/// pauses or as `Retry-After` says, for two minutes at most. Every other answer loses the batch.
class trace_exporter {
public:
  /// Errors: `invalid_argument` for an endpoint or header that cannot be called, with the field;
  /// `internal` if the system lacks resources.
  static expected<std::unique_ptr<trace_exporter>> make(trace_exporter_env env);

  /// Stops without sending.
  ~trace_exporter();

  trace_exporter(const trace_exporter&) = delete;
  trace_exporter& operator=(const trace_exporter&) = delete;

  /// Sends what waits, until then at most, and ends the threads.
  void stop(std::chrono::milliseconds at_most);

private:
  class impl;
  explicit trace_exporter(std::unique_ptr<impl> x);

  std::unique_ptr<impl> impl_;
};

/// The URL of the traces of an endpoint: `/v1/traces` behind it, unless it ends so.
std::string traces_url(std::string endpoint);

/// The header fields of the options. Errors: `invalid_argument`.
expected<std::vector<std::pair<std::string, std::string>>>
header_fields_of(const std::vector<std::string>& headers);

} // namespace carillon

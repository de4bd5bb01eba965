#include "node/engine/engine_parts.hpp"

#include "base/uuid.hpp"

// The spans of a node, and where they go.

namespace carillon {

expected<void> engine::parts::start_traces() {
  if (options.traces.endpoint.empty())
    return {};
  stats->traces = std::make_shared<tracer>(options.traces, history);
  trace_exporter_env env;
  env.from = stats->traces;
  env.options = options.traces;
  // Another one with each start, as OpenTelemetry wants it.
  env.instance = make_uuid_v7(wall_clock_now());
  env.ca_file = options.webhooks.client.ca_file;
  env.tell = options.storage.on_trouble;
  auto made = trace_exporter::make(std::move(env));
  if (!made)
    return made.error();
  traces = std::move(*made);
  return {};
}

} // namespace carillon

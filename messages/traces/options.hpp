#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace carillon {

/// Where spans go, and how many of them; see docs/traces.md.
struct trace_options {
  /// `http://HOST:PORT` or `https://…` of a collector that takes OTLP over HTTP, to which
  /// `/v1/traces` is added; empty = there are no spans.
  std::string endpoint;
  /// Header fields of each request, `Name=value`, the value percent-encoded where it needs to be.
  /// They may hold secrets.
  std::vector<std::string> headers;
  /// Part of the events without a caller's trace that are recorded: 0–1. A caller's own trace is
  /// recorded if the caller says so.
  double ratio = 0.01;
  /// The name of the node among the collector's services.
  std::string service = "carillon";
  /// Spans that wait for the collector; one more is dropped.
  size_t queue = 10'000;
  /// Most spans in a request.
  size_t batch = 512;
  /// Longest wait of a span for others.
  std::chrono::milliseconds interval{1'000};
  /// Of one request.
  std::chrono::milliseconds timeout{10'000};
};

} // namespace carillon

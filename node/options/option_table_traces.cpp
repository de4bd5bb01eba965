#include "node/options/option_table_traces.hpp"

#include "net/traces/trace_exporter.hpp"
#include "net/webhooks/target.hpp"
#include "node/options/list_kinds.hpp"
#include "node/options/number_kinds.hpp"
#include "node/options/option_kinds.hpp"
#include "node/options/option_member.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <string>

namespace carillon {

namespace {

expected<double> parse_ratio(std::string_view text) {
  double out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size() || !(out >= 0.0 && out <= 1.0))
    return failure{ec::invalid_argument,
                   "'" + std::string{text} + "' is not a part from 0 to 1, such as 0.01",
                   {}};
  return out;
}

std::string ratio_text(double x) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), x).ptr;
  return {digits.begin(), end};
}

expected<std::string> parse_endpoint(std::string_view text) {
  auto out = parse_text(text);
  if (!out || out->empty())
    return out;
  if (auto to = http::parse_target(traces_url(*out)); !to)
    return failure{to.error().code, to.error().detail, {}};
  return out;
}

option_spec header_option() {
  auto read = [](std::string_view text) -> expected<std::vector<std::string>> {
    auto out = parse_texts(text);
    if (!out)
      return out.error();
    if (auto fields = header_fields_of(*out); !fields)
      return failure{fields.error().code, fields.error().detail, {}};
    return out;
  };
  auto out = a_list(
    "otlp-headers", "Traces", "NAME=VALUE",
    "Header fields for the collector, values percent-encoded; better in the environment than in a "
    "flag",
    [](serve_options & x) -> auto& { return x.node.engine.traces.headers; }, read);
  out.is_secret = true;
  return out;
}

} // namespace

std::vector<option_spec> trace_table() {
  const char* group = "Traces";
  using std::chrono::milliseconds;
  return {
    an_option(
      "otlp-endpoint", group, "URL",
      "Collector that takes OTLP over HTTP, e.g. http://127.0.0.1:4318; empty = no traces",
      MEMBER(node.engine.traces.endpoint), [](const std::string& x) { return x; }, parse_endpoint),
    header_option(),
    an_option(
      "otlp-sample-ratio", group, "RATIO",
      "Part of the events that come without a trace which are recorded, 0 to 1; a caller's own "
      "trace is recorded if the caller says so",
      MEMBER(node.engine.traces.ratio), ratio_text, parse_ratio),
    a_text("otlp-service", group, "NAME", "Name of the node among the collector's services",
           MEMBER(node.engine.traces.service)),
    a_count("otlp-queue", group, "SPANS", "Spans that wait for the collector; one more is dropped",
            MEMBER(node.engine.traces.queue), 1, 1'000'000),
    a_count("otlp-batch", group, "SPANS", "Spans in a request", MEMBER(node.engine.traces.batch), 1,
            10'000),
    a_duration("otlp-interval", group, "Longest wait of a span for others",
               MEMBER(node.engine.traces.interval), milliseconds{10}, milliseconds{60'000}),
    a_duration("otlp-timeout", group, "One request to the collector",
               MEMBER(node.engine.traces.timeout), milliseconds{10}, milliseconds{600'000}),
  };
}

} // namespace carillon

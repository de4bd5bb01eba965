// Nanoseconds per event of payload filters: on an event of 4 KiB none may take more than 10 µs. The
// filters and events are the worst that the bounds allow, and one of everyday.

#include "messages/events/payload_filter.hpp"

#include <benchmark/benchmark.h>

#include <string>

using namespace carillon;

namespace {

constexpr size_t event_bytes = 4'096;

/// An order with items, until it has 4 KiB.
std::string everyday() {
  std::string out
    = R"({"orderId":"o-4711","currency":"EUR","total":129.50,"customer":{"id":"u-17","name":"Zoë"},"items":[)";
  for (int i = 0; out.size() < event_bytes - 100; ++i)
    out += (i == 0 ? R"({"sku":"sku-)" : R"(,{"sku":"sku-)") + std::to_string(i)
           + R"(","quantity":2,"price":12.50})";
  return out + R"(],"status":"new"})";
}

/// As many members as fit, each of which the filter may ask for.
std::string many_members() {
  std::string out = "{";
  for (int i = 0; out.size() < event_bytes - 20; ++i)
    out += (i == 0 ? "\"m" : ",\"m") + std::to_string(i) + "\":" + std::to_string(i % 10);
  return out + "}";
}

/// One string of escapes.
std::string escapes() {
  std::string out = R"({"m0":")";
  while (out.size() < event_bytes - 10)
    out += "\\u00e4";
  return out + "\"}";
}

/// Lists within lists.
std::string nested() {
  std::string out = R"({"m0":)";
  std::string end;
  for (int i = 0; i < 14; ++i) {
    out += "[";
    end += "]";
  }
  while (out.size() < event_bytes - 40)
    out += "[],";
  return out + "1" + end + "}";
}

/// 64 operators on members that come last, or not at all.
std::string many_operators() {
  std::string out = "{";
  for (int i = 0; i < 64; ++i)
    out += (i == 0 ? "\"data.m" : ",\"data.m") + std::to_string(i < 63 ? 330 + i : 9'999)
           + R"(":{"$nin":[1.5,"x"]})";
  return out + "}";
}

/// 64 operators with long texts and many values on one member.
std::string heavy_operators() {
  std::string out = R"({"$and":[)";
  for (int i = 0; i < 31; ++i)
    out += (i == 0 ? "" : ",") + std::string{R"({"data.m0":{"$not":{"$startsWith":")"}
           + std::string(200, 'x') + "\"}}}";
  return out + "]}";
}

void run(benchmark::State& state, const std::string& filter, const std::string& data) {
  const auto x = payload_filter::parse(filter);
  if (!x) {
    state.SkipWithError(x.error().detail.c_str());
    return;
  }
  const filter_subject subject{.type = "order.created", .data = data};
  for (auto _ : state)
    benchmark::DoNotOptimize(x->matches(subject));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * data.size()));
}

} // namespace

BENCHMARK_CAPTURE(run, everyday, R"({"data.total":{"$gt":100},"data.status":"new"})", everyday());
BENCHMARK_CAPTURE(run, envelope_only, R"({"type":{"$startsWith":"order."}})", everyday());
BENCHMARK_CAPTURE(run, first_members, R"({"data.orderId":{"$startsWith":"o-"}})", everyday());
BENCHMARK_CAPTURE(run, missing_member, R"({"data.none":1})", everyday());
BENCHMARK_CAPTURE(run, item_of_a_list, R"({"data.items.59.price":{"$lt":1}})", everyday());
BENCHMARK_CAPTURE(run, many_operators, many_operators(), many_members());
BENCHMARK_CAPTURE(run, heavy_operators, heavy_operators(), escapes());
BENCHMARK_CAPTURE(run, nested_lists, R"({"data.m0.0.0.0.0.0.0.0.0.0.0.0.0.0":1,"data.m0.1":1})",
                  nested());
BENCHMARK_MAIN();

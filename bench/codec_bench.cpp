// Nanoseconds per event of the codec and the filter.

#include "messages/codec/codec.hpp"
#include "messages/events/filter.hpp"

#include <benchmark/benchmark.h>

using namespace carillon;

namespace {

constexpr std::string_view text
  = R"({"type":"order.created","companyId":"c-1","userId":"u-17","data":{"orderId":"o-4711","total":129.5,"items":[{"sku":"sku-1","quantity":2},{"sku":"sku-2","quantity":1}],"status":"new"}})";

const type_registry& types() {
  static const type_registry all;
  return all;
}

void parse(benchmark::State& state) {
  parse_context ctx;
  ctx.types = &types();
  ctx.now = wall_clock_now();
  for (auto _ : state)
    benchmark::DoNotOptimize(parse_event(text, ctx));
}

void encode(benchmark::State& state) {
  parse_context ctx;
  ctx.types = &types();
  ctx.now = wall_clock_now();
  auto draft = *parse_event(text, ctx);
  for (auto _ : state) {
    event copy{*draft}; // a copy has no cached text
    benchmark::DoNotOptimize(json_of(copy).size());
  }
}

void match(benchmark::State& state) {
  parse_context ctx;
  ctx.types = &types();
  auto draft = *parse_event(text, ctx);
  event_filter filter;
  filter.types = {*type_pattern::parse("payment.*"), *type_pattern::parse("order.*")};
  filter.company_id = "c-1";
  for (auto _ : state)
    benchmark::DoNotOptimize(matches(filter, *draft));
}

} // namespace

BENCHMARK(parse);
BENCHMARK(encode);
BENCHMARK(match);
BENCHMARK_MAIN();

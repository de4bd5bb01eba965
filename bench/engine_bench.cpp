// The engine's rates in one process, beside SQLite alone, in the same run.
//
//   engine_bench publish  [--seconds 3] [--rounds 5]     durable publish at batch 1, 64, 512
//   engine_bench history  [--events 5000000]             indexer, history queries, catch-up, start,
//                                                        RSS
//   engine_bench sustained [--seconds 20]                latency of commits under load
//   engine_bench handlers [--events 200000] [--rounds 3] the built-in handlers, with effects
//
// Every figure is printed as one JSON line. DIR comes from $CARILLON_BENCH_DIR, default /var/tmp.

#include "bench/engine_system.hpp"
#include "bench/handlers_rate.hpp"
#include "bench/publish_rate.hpp"
#include "bench/support.hpp"

#include "base/heap.hpp"
#include "messages/codec/catalogue/order.hpp"
#include "node/engine/engine.hpp"
#include "persistence/storage.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <random>
#include <string_view>

using namespace carillon;
using namespace carillon::bench;
using namespace std::chrono_literals;

namespace {

/// Without the work of handlers and the index: only the log is measured.
engine_options log_only(const std::string& dir, size_t batch) {
  engine_options out;
  out.storage.url = "sqlite://" + dir;
  out.audit_types = {};
  out.evidence.enabled = false;
  out.metrics_types = {};
  out.email_types = {};
  out.notification_types = {};
  out.writer.max_batch_events = batch;
  return out;
}

void bench_publish(double seconds, int rounds) {
  for (size_t batch : {size_t{1}, size_t{64}, size_t{512}}) {
    std::vector<double> ours;
    std::vector<double> bare;
    std::vector<double> ratios;
    for (int i = 0; i < rounds; ++i) {
      {
        scratch_directory dir;
        system_config cfg;
        caf::actor_system system{cfg};
        auto node = engine::start(system, log_only(dir.path(), batch));
        if (!node)
          fail(node.error().detail);
        ours.push_back(publish_rate(*node, batch, seconds, nullptr));
        node->stop();
      }
      scratch_directory dir;
      bare.push_back(bare_sqlite_rate(dir.path(), batch, seconds));
      ratios.push_back(ours.back() / bare.back());
    }
    std::printf(R"({"bench":"publish","batch":%zu,"engine":%s,"bare_sqlite":%s,"ratio":%s})"
                "\n",
                batch, spread(ours).c_str(), spread(bare).c_str(), spread(ratios).c_str());
  }
}

void bench_sustained(double seconds) {
  scratch_directory dir;
  system_config cfg;
  caf::actor_system system{cfg};
  engine_options options;
  options.storage.url = "sqlite://" + dir.path();
  options.email_types = {};
  options.notification_types = {};
  auto node = engine::start(system, options);
  if (!node)
    fail(node.error().detail);
  std::vector<double> latencies;
  auto rate = publish_rate(*node, 64, seconds, &latencies);
  std::printf(R"({"bench":"sustained","events_per_s":%.0f,"commit_ms":%s,"rss_mib":%.0f})"
              "\n",
              rate, percentiles(latencies).c_str(), rss_mib());
  node->stop();
}

/// Events between two turns of the indexer: fewer than a log remembers the ids of.
constexpr uint64_t events_per_turn = 409'600;

/// Indexes what there is and answers how long that took, in seconds.
double index_rest(storage& store) {
  auto index = store.open_indexer();
  stopwatch watch;
  for (;;) {
    auto step = (*index)->step();
    if (!step)
      fail(step.error().detail);
    if (step->indexed == step->head)
      return watch.seconds();
  }
}

/// Fills a log in turns with its index, of which the time is measured apart.
void fill_and_index(const std::string& dir, uint64_t events) {
  storage_options options;
  options.url = "sqlite://" + dir;
  auto store = storage::open(options);
  if (!store)
    fail(store.error().detail);
  auto log = (*store)->open_log_writer();
  auto checkpointer = (*store)->open_checkpointer();
  uint64_t n = 0;
  double seconds = 0;
  while (n < events) {
    for (auto end = std::min(events, n + events_per_turn); n < end;) {
      auto drafts = make_drafts(4'096, n);
      if (auto done = (*log)->append(drafts, wall_clock_now()); !done)
        fail(done.error().detail);
    }
    seconds += index_rest(**store);
    // As the node does: without it SQLite's log grows, and the next start has to read it.
    if (auto done = (*checkpointer)->run(); !done)
      fail(done.error().detail);
  }
  std::printf(R"({"bench":"indexer","events":%llu,"events_per_s":%.0f})"
              "\n",
              static_cast<unsigned long long>(n), static_cast<double>(n) / seconds);
}

/// Random queries as operators send them, first pages and pages deep in the past.
void bench_queries(const std::string& dir, uint64_t events) {
  storage_options options;
  options.url = "sqlite://" + dir;
  options.read_only = true;
  auto store = storage::open(options);
  auto log = (*store)->open_log_reader();
  std::mt19937_64 rng{42};
  constexpr std::array kinds{"company", "type", "user", "company and type", "time", "all"};
  std::vector<double> ms;
  std::array<std::vector<double>, kinds.size()> ms_of;
  for (int i = 0; i < 3'000; ++i) {
    query_request x;
    x.limit = 100;
    auto kind = rng() % kinds.size();
    if (kind == 0 || kind == 3)
      x.filter.company_id = "c-" + std::to_string(rng() % 100);
    if (kind == 1 || kind == 3)
      x.filter.types = {*type_pattern::parse(rng() % 2 == 0 ? "order.shipped" : "payment.*")};
    if (kind == 2)
      x.filter.user_id = "u-" + std::to_string(rng() % 10'000);
    if (kind == 4) {
      x.filter.from = bench_time(rng() % events);
      x.filter.to = *x.filter.from + 10min;
    }
    if (rng() % 2 == 0)
      x.beyond = 1 + rng() % events;
    x.order = rng() % 2 == 0 ? sort_order::ascending : sort_order::descending;
    stopwatch watch;
    if (auto page = (*log)->query(x); !page)
      fail(page.error().detail);
    ms.push_back(watch.seconds() * 1e3);
    ms_of.at(kind).push_back(ms.back());
  }
  for (size_t i = 0; i < kinds.size(); ++i)
    std::printf(R"({"bench":"query","by":"%s","ms":%s})"
                "\n",
                kinds.at(i), percentiles(ms_of.at(i)).c_str());
  std::printf(R"({"bench":"query","by":"any","events":%llu,"ms":%s})"
              "\n",
              static_cast<unsigned long long>(events), percentiles(ms).c_str());
}

void bench_catch_up(const std::string& dir, uint64_t events) {
  system_config cfg;
  caf::actor_system system{cfg};
  stopwatch start;
  auto node = engine::start(system, log_only(dir, 4'096));
  if (!node)
    fail(node.error().detail);
  std::printf(R"({"bench":"start","events":%llu,"seconds":%.3f})"
              "\n",
              static_cast<unsigned long long>(events), start.seconds());
  std::atomic<uint64_t> seen{0};
  consumer_policy policy;
  policy.start = start_at::beginning;
  policy.window = 8'192;
  stopwatch watch;
  auto added = node->subscribe_function(
    "bench", {"*"},
    [&seen](const delivery&) -> expected<void> {
      seen.fetch_add(1, std::memory_order_relaxed);
      return {};
    },
    policy);
  if (!added)
    fail(added.error().detail);
  while (seen < events)
    std::this_thread::sleep_for(1ms);
  std::printf(R"({"bench":"catch_up","events":%llu,"events_per_s":%.0f,"rss_mib":%.0f})"
              "\n",
              static_cast<unsigned long long>(events),
              static_cast<double>(events) / watch.seconds(), rss_mib());
  node->stop();
}

void bench_history(uint64_t events) {
  scratch_directory dir;
  fill_and_index(dir.path(), events);
  bench_queries(dir.path(), events);
  bench_catch_up(dir.path(), events);
}

void bench_handlers(uint64_t events, int rounds) {
  std::vector<double> rates;
  uint64_t made = 0;
  for (int i = 0; i < rounds; ++i) {
    scratch_directory dir;
    storage_options storage;
    storage.url = "sqlite://" + dir.path();
    rates.push_back(handlers_rate(storage, events, made));
  }
  std::printf(R"({"bench":"handlers","handlers":3,"events":%llu,"announced_meanwhile":%llu,)"
              R"("events_per_s":%s})"
              "\n",
              static_cast<unsigned long long>(events), static_cast<unsigned long long>(made),
              spread(rates).c_str());
}

} // namespace

int main(int argc, char** argv) {
  keep_freed_memory(); // as the node does
  std::string_view what = argc > 1 ? argv[1] : "";
  auto number = [&](std::string_view name, double otherwise) {
    for (int i = 2; i + 1 < argc; ++i)
      if (name == argv[i])
        return std::atof(argv[i + 1]);
    return otherwise;
  };
  if (what == "publish")
    bench_publish(number("--seconds", 3), static_cast<int>(number("--rounds", 5)));
  else if (what == "history")
    bench_history(static_cast<uint64_t>(number("--events", 5e6)));
  else if (what == "sustained")
    bench_sustained(number("--seconds", 20));
  else if (what == "handlers")
    bench_handlers(static_cast<uint64_t>(number("--events", 200'000)),
                   static_cast<int>(number("--rounds", 3)));
  else
    fail("usage: engine_bench publish|history|sustained|handlers");
}

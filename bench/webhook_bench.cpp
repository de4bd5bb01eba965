// Webhooks of an engine in this process, to a receiver in this process: both share the two cores.
//
//   webhook_bench rate    [--endpoints 100] [--deliveries 200000] [--rounds 3] [--audit 1]
//   webhook_bench latency [--endpoints 100] [--rate 1000] [--seconds 10]
//   webhook_bench idle    [--webhooks 100000]
//
// Every figure is printed as one JSON line. DIR comes from $CARILLON_BENCH_DIR, default /var/tmp.

#include "bench/engine_system.hpp"
#include "bench/sink.hpp"
#include "bench/support.hpp"

#include "node/engine/engine.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string_view>
#include <thread>

using namespace carillon;
using namespace carillon::bench;
using namespace std::chrono_literals;

namespace {

engine_options options_in(const std::string& dir, bool audit = true) {
  engine_options out;
  out.email_types = {};
  out.notification_types = {};
  out.audit_types = {"*"};
  out.evidence.enabled = false;
  if (!audit)
    out.audit_types = out.metrics_types = {};
  out.storage.url = "sqlite://" + dir;
  out.webhooks.client.allow_http = true;
  out.webhooks.client.guard.allow = {"127.0.0.0/8"};
  out.webhooks.hub.private_targets = true;
  return out;
}

engine started(caf::actor_system& sys, const engine_options& options) {
  auto out = engine::start(sys, options);
  if (!out)
    fail("the engine does not start: " + out.error().detail);
  return std::move(*out);
}

/// Endpoints share at most this number of hosts; the client has 8 connections to each.
constexpr size_t most_hosts = 100;

std::string company(size_t i) {
  return "company-" + std::to_string(i);
}

void register_one(caf::scoped_actor& self, engine& node, const sink& to, size_t i) {
  create_webhook x;
  x.settings.company_id = company(i);
  x.settings.url = to.url(i) + "/" + std::to_string(i);
  self->request(node.handles().webhooks, 60s, std::move(x))
    .receive([](const webhook_answer&) {},
             [](const caf::error& why) { fail("not registered: " + to_failure(why).detail); });
}

draft_ptr draft_of(size_t endpoint, uint64_t n) {
  auto out = std::make_shared<event>();
  out->id = "b-" + std::to_string(n);
  out->type = "order.created";
  out->source = "/bench";
  out->time = wall_clock_now();
  out->company_id = company(endpoint);
  out->data = R"({"orderId":"o-)" + std::to_string(n)
              + R"(","total":12.5,"items":[{"sku":"a","quantity":2}],"status":"new"})";
  return out;
}

/// Counts requests that carry a signature.
class counter {
public:
  void add(std::string_view head) {
    if (head.find("webhook-signature: v1,") == std::string_view::npos)
      fail("a request is not signed");
    if (++count_ >= wanted_) {
      std::lock_guard guard{mutex_};
      reached_.notify_all();
    }
  }

  void wait_for(uint64_t count) {
    std::unique_lock guard{mutex_};
    wanted_ = count;
    if (!reached_.wait_for(guard, 300s, [&] { return count_ >= count; }))
      fail("only " + std::to_string(count_) + " deliveries arrived");
  }

private:
  std::atomic<uint64_t> count_{0};
  std::atomic<uint64_t> wanted_{~uint64_t{0}};
  std::mutex mutex_;
  std::condition_variable reached_;
};

void publish_all(engine& node, size_t endpoints, uint64_t from, uint64_t count) {
  constexpr uint64_t batch = 256;
  for (uint64_t n = 0; n < count; n += batch) {
    std::vector<draft_ptr> drafts;
    for (uint64_t i = n; i < std::min(n + batch, count); ++i)
      drafts.push_back(draft_of((from + i) % endpoints, from + i));
    std::promise<bool> stored;
    node.publish(std::move(drafts),
                 [&](const expected<receipts>& x) { stored.set_value(x.has_value()); });
    if (!stored.get_future().get())
      fail("publishing was refused");
  }
}

void bench_rate(size_t endpoints, uint64_t deliveries, int rounds, bool audit) {
  std::vector<double> rates;
  double rss = 0.0;
  for (int round = 0; round < rounds; ++round) {
    scratch_directory dir;
    counter seen;
    sink receiver{most_hosts, [&](std::string_view head, std::string_view) { seen.add(head); }};
    system_config config;
    caf::actor_system sys{config};
    {
      auto node = started(sys, options_in(dir.path(), audit));
      caf::scoped_actor self{sys};
      for (size_t i = 0; i < endpoints; ++i)
        register_one(self, node, receiver, i);
      publish_all(node, endpoints, 0, endpoints);
      seen.wait_for(endpoints);
      stopwatch watch;
      publish_all(node, endpoints, endpoints, deliveries);
      seen.wait_for(endpoints + deliveries);
      rates.push_back(static_cast<double>(deliveries) / watch.seconds());
      rss = std::max(rss, rss_mib());
      node.stop();
    }
  }
  std::printf(
    R"({"bench":"webhook_rate","audit":%s,"endpoints":%zu,"deliveries":%llu,"per_second":%s,)"
    R"("rss_mib":%.0f})"
    "\n",
    audit ? "true" : "false", endpoints, static_cast<unsigned long long>(deliveries),
    spread(rates).c_str(), rss);
}

void bench_latency(size_t endpoints, uint64_t rate, double seconds) {
  scratch_directory dir;
  auto total = static_cast<uint64_t>(static_cast<double>(rate) * seconds);
  using clock = std::chrono::steady_clock;
  std::vector<clock::time_point> published(total + endpoints);
  std::vector<double> latencies(total + endpoints, 0.0);
  counter seen;
  sink receiver{
    most_hosts, [&](std::string_view head, std::string_view body) {
      constexpr std::string_view mark = "\"id\":\"b-";
      auto at = body.rfind(mark);
      uint64_t n = 0;
      if (at == std::string_view::npos)
        fail("a body without its id");
      std::from_chars(body.data() + at + mark.size(), body.data() + body.size(), n);
      latencies.at(n)
        = std::chrono::duration<double, std::milli>(clock::now() - published.at(n)).count();
      seen.add(head);
    }};
  system_config config;
  caf::actor_system sys{config};
  {
    auto node = started(sys, options_in(dir.path()));
    caf::scoped_actor self{sys};
    for (size_t i = 0; i < endpoints; ++i)
      register_one(self, node, receiver, i);
    auto publish_one = [&](uint64_t n) {
      published.at(n) = clock::now();
      node.publish({draft_of(n % endpoints, n)}, [](const expected<receipts>& x) {
        if (!x)
          fail("publishing was refused");
      });
    };
    for (uint64_t n = 0; n < endpoints; ++n)
      publish_one(n);
    seen.wait_for(endpoints);
    auto begin = clock::now();
    for (uint64_t i = 0; i < total; ++i) {
      std::this_thread::sleep_until(begin + i * std::chrono::nanoseconds{1s} / rate);
      publish_one(endpoints + i);
    }
    seen.wait_for(endpoints + total);
    node.stop();
  }
  latencies.erase(latencies.begin(), latencies.begin() + static_cast<std::ptrdiff_t>(endpoints));
  std::printf(R"({"bench":"webhook_latency_ms","rate":%llu,"endpoints":%zu,"latency":%s})"
              "\n",
              static_cast<unsigned long long>(rate), endpoints, percentiles(latencies).c_str());
}

void bench_idle(size_t webhooks) {
  scratch_directory dir;
  counter seen;
  sink receiver{most_hosts, [&](std::string_view head, std::string_view) { seen.add(head); }};
  system_config config;
  caf::actor_system sys{config};
  auto options = options_in(dir.path());
  options.webhooks.hub.idle = 1s;
  options.webhooks.hub.tick = 100ms;
  {
    auto node = started(sys, options);
    caf::scoped_actor self{sys};
    publish_all(node, 1, 0, 1);
    stopwatch watch;
    for (size_t i = 0; i < webhooks; ++i)
      register_one(self, node, receiver, i);
    std::printf(R"({"bench":"webhook_registrations","per_second":%.0f})"
                "\n",
                static_cast<double>(webhooks) / watch.seconds());
    node.stop();
  }
  // Registering leaves garbage in the allocator: a fresh start shows the cost of idle webhooks.
  auto before = rss_mib();
  stopwatch watch;
  auto node = started(sys, options);
  auto start_seconds = watch.seconds();
  caf::scoped_actor self{sys};
  webhook_overview all;
  do {
    std::this_thread::sleep_for(100ms);
    self->request(node.handles().webhooks, 60s, get_webhook_overview{})
      .receive([&](const webhook_overview& x) { all = x; },
               [](const caf::error&) { fail("no overview"); });
  } while (all.running + all.waiting > 0 && watch.seconds() < 300);
  auto after = rss_mib();
  publish_all(node, webhooks, webhooks / 2, 1);
  seen.wait_for(1);
  std::printf(R"({"bench":"webhook_idle","webhooks":%llu,"running":%llu,"start_seconds":%.2f,)"
              R"("rss_mib":%.0f,"rss_before_mib":%.0f})"
              "\n",
              static_cast<unsigned long long>(all.registered),
              static_cast<unsigned long long>(all.running), start_seconds, after, before);
  node.stop();
}

double number(const std::map<std::string, std::string>& flags, const std::string& name,
              double otherwise) {
  auto i = flags.find(name);
  return i == flags.end() ? otherwise : std::stod(i->second);
}

} // namespace

int main(int argc, char** argv) {
  std::string mode = argc > 1 ? argv[1] : "";
  std::map<std::string, std::string> flags;
  for (int i = 2; i + 1 < argc; i += 2)
    flags[argv[i]] = argv[i + 1];
  auto endpoints = static_cast<size_t>(number(flags, "--endpoints", 100));
  if (mode == "rate")
    bench_rate(endpoints, static_cast<uint64_t>(number(flags, "--deliveries", 200'000)),
               static_cast<int>(number(flags, "--rounds", 3)), number(flags, "--audit", 1) != 0);
  else if (mode == "latency")
    bench_latency(endpoints, static_cast<uint64_t>(number(flags, "--rate", 1'000)),
                  number(flags, "--seconds", 10));
  else if (mode == "idle")
    bench_idle(static_cast<size_t>(number(flags, "--webhooks", 100'000)));
  else
    fail("usage: webhook_bench rate|latency|idle");
  return 0;
}

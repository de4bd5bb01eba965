#include "messages/traces/open_span.hpp"
#include "messages/traces/tracer.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <thread>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("messages/tracer") {
  namespace {

  const std::string history = "0123456789abcdef";
  const std::string caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const std::string silent_caller = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

  trace_options with_ratio(double x) {
    trace_options out;
    out.ratio = x;
    return out;
  }

  span named(const std::string& name) {
    span out;
    out.name = name;
    return out;
  }

  std::chrono::steady_clock::time_point at_once() {
    return std::chrono::steady_clock::now();
  }

  } // namespace

  TEST_CASE("every node computes the same span of a publish, and two events have two") {
    const tracer one{with_ratio(1), history};
    const tracer other{with_ratio(1), history};
    const tracer of_another_log{with_ratio(1), "fedcba9876543210"};
    std::set<uint64_t> spans;
    std::set<uint64_t> traces;
    for (position seq = 1; seq <= 10'000; ++seq) {
      const auto x = one.publish_of(seq, {});
      CHECK(x == other.publish_of(seq, {}));
      CHECK(x.span != of_another_log.publish_of(seq, {}).span);
      CHECK(x.span != 0);
      spans.insert(x.span);
      traces.insert(x.trace_low);
    }
    CHECK(spans.size() == 10'000);
    CHECK(traces.size() == 10'000);
  }

  TEST_CASE("a caller's trace is gone on with, and recorded if he records it") {
    const tracer none{with_ratio(0), history};
    const tracer all{with_ratio(1), history};
    const auto recorded = none.publish_of(7, caller);
    CHECK(trace_id_text(recorded) == "0af7651916cd43dd8448eb211c80319c");
    CHECK(recorded.sampled);
    CHECK(recorded.span != 0xb7ad6b7169203331U);
    CHECK(recorded.span != none.publish_of(8, caller).span);
    CHECK_FALSE(all.publish_of(7, silent_caller).sampled);
    // One that cannot be read is none.
    CHECK(all.publish_of(7, "00-x") == all.publish_of(7, {}));
  }

  TEST_CASE("the ratio is the part of events without a trace that are recorded") {
    for (const double ratio : {0.0, 0.01, 0.5, 1.0}) {
      const tracer x{with_ratio(ratio), history};
      constexpr position events = 100'000;
      uint64_t recorded = 0;
      for (position seq = 1; seq <= events; ++seq)
        recorded += x.publish_of(seq, {}).sampled ? 1 : 0;
      CAPTURE(ratio);
      const auto part = static_cast<double>(recorded) / static_cast<double>(events);
      CHECK(part == doctest::Approx(ratio).epsilon(0.1));
    }
  }

  TEST_CASE("a span beyond the queue is dropped and counted") {
    auto options = with_ratio(1);
    options.queue = 3;
    options.batch = 2;
    tracer x{options, history};
    for (const auto* name : {"a", "b", "c", "d", "e"})
      x.record(named(name));
    CHECK(x.dropped() == 2);
    CHECK(x.waiting() == 3);
    const auto first = x.take(at_once() + 10s);
    REQUIRE(first.size() == 2);
    CHECK(first[0].name == "a");
    CHECK(first[1].name == "b");
    const auto second = x.take(at_once());
    REQUIRE(second.size() == 1);
    CHECK(second[0].name == "c");
    CHECK(x.take(at_once()).empty());
  }

  TEST_CASE("the exporter is woken by a batch, and by the end") {
    auto options = with_ratio(1);
    options.batch = 2;
    tracer x{options, history};
    std::thread other{[&] {
      x.record(named("a"));
      x.record(named("b"));
    }};
    CHECK(x.take(at_once() + 60s).size() == 2);
    other.join();
    std::thread closer{[&] { x.close(); }};
    CHECK(x.take(at_once() + 60s).empty());
    closer.join();
    CHECK(x.is_closed());
  }

  TEST_CASE("a delivery begins a trace that links to the publish") {
    const auto to = std::make_shared<tracer>(with_ratio(0), history);
    const auto now = from_micros(1'000'000);
    const auto x = begin_span(to, 7, caller, now);
    REQUIRE(x);
    CHECK(x->link == to->publish_of(7, caller));
    CHECK(x->context.sampled);
    CHECK(x->context.trace_low != x->link.trace_low);
    CHECK(traceparent_of(x, caller) == to_traceparent(x->context));
    const auto made = x->ended("n", span_kind::client, from_micros(2'000'000), "why");
    CHECK(made.parent == 0);
    CHECK(made.link == x->link);
    CHECK(made.error == "why");
    // Two attempts are two traces.
    CHECK(begin_span(to, 7, caller, now)->context.trace_low != x->context.trace_low);
  }

  TEST_CASE("what is not recorded has no span, and passes on what it came with") {
    const auto to = std::make_shared<tracer>(with_ratio(0), history);
    const auto now = from_micros(1);
    CHECK_FALSE(begin_span(to, 7, {}, now));
    CHECK_FALSE(begin_span(to, 7, silent_caller, now));
    CHECK_FALSE(begin_span(nullptr, 7, caller, now));
    CHECK(traceparent_of(std::nullopt, silent_caller) == silent_caller);
    CHECK(traceparent_of(std::nullopt, {}).empty());
    // Without an event, a job links to the caller's own span.
    CHECK(to_traceparent(begin_span(to, 0, caller, now)->link) == caller);
    CHECK_FALSE(begin_span(to, 0, {}, now));
  }
}

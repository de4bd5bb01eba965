#include "net/traces/trace_exporter.hpp"
#include "tests/support/webhook_receiver.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("net/trace_exporter") {
  namespace {

  using steady = std::chrono::steady_clock;

  /// An exporter in front of a collector that behaves as it is told.
  struct fixture {
    webhook_receiver collector;
    tracer_ptr spans;
    std::mutex mutex;
    std::vector<std::string> told;
    std::unique_ptr<trace_exporter> exporter;

    std::string begin(webhook_receiver::behaviour what, trace_options options = {}) {
      auto url = collector.open_beside(collector.open(), "/v1/traces", std::move(what));
      options.endpoint = url;
      options.interval = 10ms;
      start(options);
      return url;
    }

    void start(const trace_options& options) {
      spans = std::make_shared<tracer>(options, "0123456789abcdef");
      trace_exporter_env env;
      env.from = spans;
      env.options = options;
      env.instance = "i-1";
      env.first_pause = 5ms;
      env.tell = [this](const std::string& x) {
        std::lock_guard lock{mutex};
        told.push_back(x);
      };
      auto made = trace_exporter::make(std::move(env));
      REQUIRE_MESSAGE(made.has_value(), made.error().detail);
      exporter = std::move(*made);
    }

    void record(size_t count = 1) const {
      for (size_t i = 0; i < count; ++i) {
        span x;
        x.context = tracer::new_trace();
        x.name = "n";
        spans->record(std::move(x));
      }
    }

    template <class F>
    static bool eventually(F condition) {
      const auto end = steady::now() + 20s;
      while (!condition()) {
        if (steady::now() > end)
          return false;
        std::this_thread::yield();
      }
      return true;
    }

    std::string all_told() {
      std::lock_guard lock{mutex};
      std::string out;
      for (const auto& x : told)
        out += x + '\n';
      return out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "spans arrive in batches, with the fields of the options") {
    trace_options options;
    options.headers = {"x-key=hush%20hush"};
    options.batch = 3;
    const auto url
      = begin([](const auto&, size_t) { return reply::answer(200, {}, "{}"); }, options);
    record(7);
    REQUIRE(eventually([&] { return spans->sent() == 7; }));
    const auto got = collector.received(url);
    CHECK(got.size() >= 3);
    CHECK(got[0].head.find("/v1/traces") != std::string::npos);
    CHECK(got[0].field("x-key") == "hush hush");
    CHECK(got[0].field("content-type") == "application/json");
    CHECK(got[0].body.starts_with(R"({"resourceSpans":[)"));
    CHECK(spans->dropped() == 0);
    CHECK(all_told().empty());
  }

  TEST_CASE_FIXTURE(fixture, "429 and 503 are repeated, as late as Retry-After says") {
    const auto url = begin([](const auto&, size_t count) {
      return count == 1   ? reply::answer(429, "Retry-After: 1\r\n")
             : count == 2 ? reply::answer(503)
                          : reply::answer(200, {}, "{}");
    });
    record();
    REQUIRE(eventually([&] { return spans->sent() == 1; }));
    const auto got = collector.received(url);
    REQUIRE(got.size() == 3);
    CHECK(got[1].at - got[0].at >= 1s);
    CHECK(got[1].body == got[0].body);
    CHECK(spans->dropped() == 0);
    CHECK(spans->failed_requests() == 2);
    CHECK(all_told().find("429") != std::string::npos);
    CHECK(all_told().find("again") != std::string::npos);
  }

  TEST_CASE_FIXTURE(fixture, "500 and 400 lose the batch, at once and said") {
    const auto url = begin([](const auto&, size_t count) {
      return count == 1 ? reply::answer(500, {}, "hush") : reply::answer(400);
    });
    record();
    REQUIRE(eventually([&] { return spans->dropped() == 1; }));
    record();
    REQUIRE(eventually([&] { return spans->dropped() == 2; }));
    CHECK(collector.count(url) == 2);
    CHECK(spans->sent() == 0);
    // Once a minute, and without the collector's own words.
    CHECK(told.size() == 1);
    CHECK(all_told().find("it answered 500") != std::string::npos);
    CHECK(all_told().find("hush") == std::string::npos);
  }

  TEST_CASE_FIXTURE(fixture, "spans that the collector rejects are not counted as sent") {
    begin([](const auto&, size_t) {
      return reply::answer(200, {}, R"({"partialSuccess":{"rejectedSpans":"2"}})");
    });
    record(1);
    REQUIRE(eventually([&] { return spans->sent() + spans->dropped() == 1; }));
    // It says two of one: no more than there were.
    CHECK(spans->dropped() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "an answer without end counts by its head") {
    begin([](const auto&, size_t) { return reply::endless(); });
    record();
    CHECK(eventually([&] { return spans->sent() == 1; }));
  }

  TEST_CASE_FIXTURE(fixture, "nobody waits for a collector that hangs, and the stop is bounded") {
    trace_options options;
    options.queue = 100;
    options.timeout = 60s;
    const auto url = begin([](const auto&, size_t) { return reply::hang(); }, options);
    record();
    REQUIRE(eventually([&] { return collector.count(url) == 1; }));
    const auto begun = steady::now();
    record(10'000);
    CHECK(spans->dropped() == 9'900);
    exporter->stop(200ms);
    CHECK(steady::now() - begun < 10s);
    // Whatever was not taken is counted as lost.
    CHECK(spans->dropped() == 10'001);
  }

  TEST_CASE_FIXTURE(fixture, "no answer within the deadline is repeated") {
    trace_options options;
    options.timeout = 100ms;
    begin([](const auto&,
             size_t count) { return count == 1 ? reply::hang() : reply::answer(200, {}, "{}"); },
          options);
    record();
    CHECK(eventually([&] { return spans->sent() == 1; }));
    CHECK(spans->failed_requests() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "what waits at the stop is sent") {
    trace_options options;
    options.endpoint = collector.open_beside(collector.open(), "/v1/traces", {});
    options.interval = 60s;
    start(options);
    record(5);
    exporter->stop(10s);
    CHECK(spans->sent() == 5);
    // Later ones are kept by the tracer, as nobody takes them.
    record();
    CHECK(spans->waiting() == 1);
    exporter->stop(10s);
  }

  TEST_CASE("an endpoint or a header that cannot be called is refused") {
    auto refused = [](const std::string& endpoint, std::vector<std::string> headers = {}) {
      trace_exporter_env env;
      env.options.endpoint = endpoint;
      env.options.headers = std::move(headers);
      env.from = std::make_shared<tracer>(env.options, "h");
      auto made = trace_exporter::make(std::move(env));
      return made ? std::string{} : made.error().field;
    };
    CHECK(refused("ftp://127.0.0.1:4318") == "otlp-endpoint");
    CHECK(refused("http://user:hush@127.0.0.1:4318") == "otlp-endpoint");
    CHECK(refused("127.0.0.1:4318") == "otlp-endpoint");
    CHECK(refused("http://127.0.0.1:0") == "otlp-endpoint");
    CHECK(refused("http://127.0.0.1:4318", {"no value"}) == "otlp-headers");
  }
}

#include "base/json/object_reader.hpp"
#include "net/admin/preconditions.hpp"
#include "net/admin/query_reader.hpp"
#include "net/admin/server/readiness.hpp"
#include "net/admin/server/worker_pool.hpp"
#include "net/admin/target.hpp"

#include <doctest/doctest.h>

#include <future>
#include <thread>

using namespace carillon;
using namespace carillon::admin;

TEST_SUITE("net/admin_parts") {

  TEST_CASE("a target is cut into segments and parameters") {
    auto x = parse_target("/api/a%2Fb/?x=1&y=%C3%A4+b&&z=a=b?c");
    REQUIRE(x.has_value());
    CHECK(x->segments == std::vector<std::string>{"api", "a/b", ""});
    CHECK(x->query == parameters{{"x", "1"}, {"y", "\xc3\xa4 b"}, {"z", "a=b?c"}});
    CHECK(parse_target("http://host:1/p?q=1")->segments == std::vector<std::string>{"p"});
    CHECK(parse_target("/a+b")->segments.front() == "a+b");
    CHECK(parse_target("http://host")->segments == std::vector<std::string>{""});
    CHECK(parse_target("http://host?a=/api/events")->segments == std::vector<std::string>{""});
    for (const auto* bad :
         {"", "*", "api", "ftp://host/", "http://a@host/", "/%", "/%1", "/%1g", "/%00", "/%7f",
          "/%ff", "/?a=%0d", "/?a", "/?=a", "/?a=1&a=1", "/?a=1&%61=2"}) {
      CAPTURE(bad);
      CHECK(parse_target(bad).has_error());
    }
  }

  TEST_CASE("members are read by their kind, and the first fault is kept") {
    auto body = parse_object(R"({"a":"x","b":true,"c":7,"d":null})");
    REQUIRE(body.has_value());
    object_reader good{*body};
    CHECK(good.required_text("a") == "x");
    CHECK(good.flag("b", false));
    CHECK(good.number("c", 0, 10) == 7);
    CHECK(good.text("e") == std::nullopt);
    CHECK(good.finish()->field == "d");
    object_reader bad{*body};
    CHECK(bad.number("c", 0, 5) == 0);
    CHECK(bad.flag("a", true));
    CHECK(bad.finish()->field == "c");
  }

  TEST_CASE("nesting is counted outside of texts only") {
    CHECK(
      parse_object(R"({"a":"[[[[[[[[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["})")
        .has_value());
    auto nested = [](size_t levels) {
      return R"({"a":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
    };
    CHECK(parse_object(nested(64)).has_value());
    CHECK(parse_object(nested(65)).error().code == ec::malformed_json);
  }

  TEST_CASE("U+0000 is refused in names and strings, however deep") {
    for (const auto* text : {R"({"a":"\u0000"})", R"({"\u0000":1})", R"({"a":[{"b":["x\u0000"]}]})",
                             R"({"a":{"b\u0000":null}})"})
      CHECK(parse_object(text).error().code == ec::malformed_json);
    CHECK(parse_object(R"({"a":"\\u0000"})").has_value());
  }

  namespace {

  /// Jobs that run until they are let go.
  struct gate_of_jobs {
    std::promise<void> open;
    std::shared_future<void> opened = open.get_future().share();
    std::atomic<int> running{0};
    std::atomic<int> done{0};
    std::atomic<int> dropped{0};

    worker_pool::job job() {
      return {[this, wait = opened] {
                ++running;
                wait.wait();
                --running;
                ++done;
              },
              [this] { ++dropped; }};
    }

    bool runs(int count) const {
      auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
      while (running != count && std::chrono::steady_clock::now() < until)
        std::this_thread::yield();
      return running == count;
    }
  };

  } // namespace

  TEST_CASE("one key holds its threads and no more, others have theirs") {
    gate_of_jobs jobs;
    worker_pool pool{{.threads = 4, .per_key = 0, .waiting = 8}};
    for (int i = 0; i < 6; ++i)
      CHECK(pool.enqueue(1, jobs.job()) == worker_pool::verdict::taken);
    // Two of its six run, four wait: as many as may.
    REQUIRE(jobs.runs(2));
    CHECK(pool.enqueue(1, jobs.job()) == worker_pool::verdict::key_is_full);
    CHECK(pool.enqueue(2, jobs.job()) == worker_pool::verdict::taken);
    CHECK(jobs.runs(3));
    CHECK(pool.enqueue(3, jobs.job()) == worker_pool::verdict::taken);
    CHECK(jobs.runs(4));
    for (uint64_t key = 4; key < 8; ++key)
      CHECK(pool.enqueue(key, jobs.job()) == worker_pool::verdict::taken);
    CHECK(pool.enqueue(8, jobs.job()) == worker_pool::verdict::full);
    jobs.open.set_value();
    auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (jobs.done != 12 && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    CHECK(jobs.done == 12);
    // A full pool becomes free again.
    CHECK(pool.enqueue(1, jobs.job()) == worker_pool::verdict::taken);
    pool.stop();
    CHECK(jobs.done + jobs.dropped == 13);
  }

  TEST_CASE("a stop waits for what runs and drops what waits") {
    gate_of_jobs jobs;
    worker_pool pool{{.threads = 1, .per_key = 1, .waiting = 4}};
    CHECK(pool.enqueue(1, jobs.job()) == worker_pool::verdict::taken);
    REQUIRE(jobs.runs(1));
    CHECK(pool.enqueue(2, jobs.job()) == worker_pool::verdict::taken);
    std::thread stopper{[&] { pool.stop(); }};
    auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (jobs.dropped == 0 && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    CHECK(jobs.dropped == 1);
    CHECK(jobs.done == 0);
    jobs.open.set_value();
    stopper.join();
    CHECK(jobs.done == 1);
    CHECK(pool.enqueue(1, jobs.job()) == worker_pool::verdict::full);
  }

  TEST_CASE("who asks whether the node is ready is told soon, by a check that hangs as well") {
    std::promise<void> go_on;
    auto wait = go_on.get_future().share();
    std::atomic<bool> hangs{false};
    readiness probe{[&, wait]() -> std::string {
      if (hangs)
        wait.wait();
      return "index 40 %";
    }};
    auto ask = [&] {
      auto told = std::make_shared<std::promise<std::string>>();
      probe.ask([told](const std::string& x) { told->set_value(x); });
      return told->get_future();
    };
    CHECK(ask().get() == "index 40 %");
    hangs = true;
    std::vector<std::future<std::string>> all;
    auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i)
      all.push_back(ask());
    // A recent result is still reported.
    for (auto& x : all)
      CHECK(x.get() == "index 40 %");
    CHECK(std::chrono::steady_clock::now() - begin >= readiness::patience);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{2});
    go_on.set_value();
  }

  TEST_CASE("a list of entity tags is compared as RFC 9110 says") {
    CHECK(has_tag(R"("a")", R"("a")", true));
    CHECK(has_tag(R"("x", W/"a")", R"("a")", true));
    CHECK(!has_tag(R"(W/"a")", R"("a")", false));
    CHECK(has_tag(R"("x,y" , "a")", R"("a")", false));
    CHECK(has_tag("*", R"("a")", false));
    CHECK(!has_tag("*", "", false));
    for (const auto* other : {"", "a", R"("b")", R"("a)", R"(a")", R"("ab")"})
      CHECK(!has_tag(other, R"("a")", true));
  }
}

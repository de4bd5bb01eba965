#include "net/data/server.hpp"
#include "tests/net/data/data_port_fixture.hpp"

#include <atomic>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/handed_call") {
  namespace {

  using data::handed_call;
  using data::whole_answer;

  /// What became of the calls of a test.
  struct ledger {
    std::mutex mutex;
    std::vector<handed_call::reply> waiting;
    std::atomic<int> served{0};
    std::atomic<int> cancelled{0};
    std::atomic<int> unsent{0};

    /// Answers the oldest call that waits.
    void answer(std::string body = "{}") {
      std::unique_lock lock{mutex};
      auto to = std::move(waiting.front());
      waiting.erase(waiting.begin());
      lock.unlock();
      to({.body = std::move(body), .unsent = [this] { ++unsent; }});
    }
  };

  class waiting_call final : public handed_call {
  public:
    explicit waiting_call(ledger& of) : ledger_(of) {
    }

    void serve(std::string_view, std::string, std::chrono::steady_clock::time_point,
               reply to) override {
      std::lock_guard lock{ledger_.mutex};
      ledger_.waiting.push_back(std::move(to));
      ++ledger_.served;
    }

    void cancel() override {
      ++ledger_.cancelled;
    }

  private:
    ledger& ledger_;
  };

  /// Hands every request to a call.
  class call_judge final : public data::request_judge {
  public:
    explicit call_judge(ledger& of) : ledger_(of) {
    }

    data::admission judge(const data::request_head&) const override {
      data::admission out{.to = data::route::call};
      out.body_limit = out.single_limit = 1'024;
      out.call = std::make_shared<waiting_call>(ledger_);
      return out;
    }

    uint64_t header_bytes() const noexcept override {
      return 4'096;
    }

  private:
    ledger& ledger_;
  };

  struct fixture {
    ledger calls;
    data_port_options options = port_fixture::defaults();
    telemetry_ptr stats = std::make_shared<telemetry>();
    std::unique_ptr<data::server> server;

    void start() {
      data_port_backend backend;
      backend.stats = stats;
      server = std::make_unique<data::server>(std::make_shared<data::port_state>(
        options, std::move(backend), std::make_shared<const call_judge>(calls)));
      REQUIRE(server->open().has_value());
    }

    /// A client whose requests wait.
    raw_client ask(const std::string& requests, int count = 1) {
      auto before = calls.served.load();
      raw_client out{server->port()};
      REQUIRE(out.connected());
      out.send(requests);
      REQUIRE(eventually([&] { return calls.served == before + count; }));
      return out;
    }

    bool nobody_is_left() const {
      return eventually([this] { return stats->connections == 0; });
    }
  };

  const std::string get = "GET /x HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string last = "GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a call whose client has gone is cancelled, and its answer unsent") {
    start();
    for (const auto& request : {get, last}) {
      CAPTURE(request);
      auto cancelled = calls.cancelled.load();
      auto unsent = calls.unsent.load();
      auto client = ask(request);
      client.close();
      CHECK(eventually([&] { return calls.cancelled == cancelled + 1; }));
      calls.answer();
      CHECK(eventually([&] { return calls.unsent == unsent + 1; }));
      CHECK(nobody_is_left());
    }
  }

  TEST_CASE_FIXTURE(fixture, "all calls of a connection are cancelled, also by a reset") {
    start();
    auto client = ask(get + get + get, 3);
    client.abort();
    CHECK(eventually([&] { return calls.cancelled == 3; }));
    for (int i = 0; i < 3; ++i)
      calls.answer();
    CHECK(eventually([&] { return calls.unsent == 3; }));
  }

  TEST_CASE_FIXTURE(fixture, "an answer that was sent is neither cancelled nor unsent") {
    start();
    for (const auto& request : {get, last}) {
      CAPTURE(request);
      auto client = ask(request);
      calls.answer(R"({"a":1})");
      CHECK(client.read().body == R"({"a":1})");
      client.close();
      CHECK(nobody_is_left());
    }
    CHECK(calls.cancelled == 0);
    CHECK(calls.unsent == 0);
  }

  TEST_CASE_FIXTURE(fixture, "a client that closed its sending side is answered all the same") {
    start();
    auto client = ask(get);
    client.end_sending();
    CHECK(eventually([&] { return calls.cancelled == 1; }));
    {
      std::lock_guard lock{calls.mutex};
      calls.waiting.front()({.body = R"({"nothing":[]})"});
    }
    CHECK(client.read().body == R"({"nothing":[]})");
    CHECK(client.closed());
    // But not with what it may not get.
    auto second = ask(get);
    {
      std::lock_guard lock{calls.mutex};
      calls.waiting.erase(calls.waiting.begin());
    }
    second.end_sending();
    CHECK(eventually([&] { return calls.cancelled == 2; }));
    calls.answer(R"({"mine":1})");
    auto got = second.read();
    CHECK(got.status == 504);
    CHECK(!got.has("mine"));
    CHECK(calls.unsent == 1);
  }

  TEST_CASE_FIXTURE(fixture, "an answer that the client does not read is unsent when it has gone") {
    start();
    auto client = ask(get);
    calls.answer(std::string(64UL * 1024 * 1024, 'x'));
    CHECK(client.take(1'000).size() == 1'000);
    CHECK(calls.unsent == 0);
    client.abort();
    CHECK(eventually([&] { return calls.unsent == 1; }));
    CHECK(calls.cancelled == 0);
  }

  TEST_CASE_FIXTURE(fixture, "an answer behind the deadline is unsent") {
    options.request_deadline = 100ms;
    start();
    auto client = ask(get);
    CHECK(client.read().status == 504);
    calls.answer();
    CHECK(eventually([&] { return calls.unsent == 1; }));
    CHECK(calls.cancelled == 0);
  }

  TEST_CASE_FIXTURE(fixture, "the end of the port is the end of its calls") {
    start();
    auto client = ask(get);
    server->stop(0ms);
    CHECK(calls.cancelled == 1);
    calls.answer();
    server.reset();
    calls.waiting.clear();
  }
}

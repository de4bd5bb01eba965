// Requests that occupy threads of the admin port, and requests that do not.

#include "tests/net/admin/admin_contacts_actors.hpp"
#include "tests/net/admin/admin_fixture.hpp"
#include "tests/net/raw_client.hpp"

#include <future>
#include <thread>

using namespace carillon;
using carillon::test::admin_fixture;
using carillon::test::raw_client;

TEST_SUITE("net/admin_threads") {

  namespace {

  std::string request(const std::string& line, const std::string& key = {}) {
    auto out = line + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    if (!key.empty())
      out += "Authorization: Bearer " + key + "\r\n";
    return out + "\r\n";
  }

  /// Runs a step that must be quick, with a generous limit: an occupied thread stays so for 10 s or
  /// more.
  template <class F>
  bool soon(F f) {
    auto begin = std::chrono::steady_clock::now();
    f();
    return std::chrono::steady_clock::now() - begin < std::chrono::seconds{5};
  }

  bool eventually(const std::function<bool()>& done) {
    auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!done() && std::chrono::steady_clock::now() < until)
      std::this_thread::yield();
    return done();
  }

  } // namespace

  TEST_CASE("connections that send nothing, or slowly, hold no thread") {
    auto options = admin_fixture::defaults();
    options.threads = 1;
    admin_fixture f{options};
    f.add_events(2);
    std::vector<raw_client> silent;
    for (int i = 0; i < 40; ++i) {
      silent.emplace_back(f.port());
      if (i % 2 == 0)
        silent.back().send("GET /api/events HTTP/1.1\r\nX: ");
      if (i % 4 == 0)
        silent.back().send("y\r\nHost: x\r\nContent-Length: 10\r\nAuthorization: Bearer " + f.admin
                           + "\r\n\r\nabc");
    }
    CHECK(soon([&] { CHECK(f.get("/api/events").status == 200); }));
    for (const auto* path : {"/healthz", "/metrics"})
      CHECK(soon([&] { CHECK(f.get(path).status == 200); }));
    CHECK(f.readiness().status == 200);
  }

  TEST_CASE("the oldest idle connections make room") {
    auto options = admin_fixture::defaults();
    options.max_connections = 20;
    admin_fixture f{options};
    std::vector<raw_client> silent;
    for (int i = 0; i < 80; ++i)
      silent.emplace_back(f.port());
    CHECK(soon([&] { CHECK(f.get("/api/events").status == 200); }));
    CHECK(silent.front().closed());
  }

  TEST_CASE("clients that do not read their answers hold no thread") {
    auto options = admin_fixture::defaults();
    options.threads = 1;
    admin_fixture f{options};
    // Answers that no buffer of the kernel takes as a whole.
    {
      auto guard = f.lock();
      for (uint64_t i = 1; i <= 40; ++i) {
        auto big = test::make_event(i, "A");
        big->data = R"({"text":")" + std::string(200'000, 'x') + "\"}";
        f.data.events.push_back(big);
      }
    }
    std::vector<raw_client> deaf;
    for (int i = 0; i < 4; ++i) {
      deaf.emplace_back(f.port(), 4'096);
      deaf.back().send(request("GET /api/events?limit=40", f.admin));
    }
    CHECK(eventually([&] { return deaf.back().has_input(); }));
    CHECK(soon([&] { CHECK(f.get("/api/events/1").status == 200); }));
  }

  TEST_CASE("who has no key reaches no thread, whatever is sent") {
    auto options = admin_fixture::defaults();
    options.threads = 1;
    options.waiting = 0;
    admin_fixture f{options};
    f.data.silent = true;
    raw_client holds{f.port()};
    holds.send(request("GET /api/events", f.admin));
    // The one thread waits for an actor that does not answer; rejections need no thread.
    CHECK(eventually([&] { return f.get("/api/events").status == 503; }));
    CHECK(soon([&] { CHECK(f.send("GET", "/api/events", "").status == 401); }));
    CHECK(soon([&] { CHECK(f.send("GET", "/api/keys", f.reader).status == 403); }));
    CHECK(soon([&] { CHECK(f.send("GET", "/nothing", "").status == 404); }));
  }

  TEST_CASE("one key holds half of the threads, others and probes go on") {
    auto options = admin_fixture::defaults();
    options.threads = 4;
    options.waiting = 8;
    options.request_deadline = std::chrono::seconds{20};
    admin_fixture f{options};
    f.data.silent = true;
    std::vector<raw_client> greedy;
    // Two run, four wait, the others are too many of one key.
    for (int i = 0; i < 8; ++i) {
      greedy.emplace_back(f.port());
      greedy.back().send(request("GET /api/audit/verify", f.admin));
    }
    size_t refused = 0;
    CHECK(eventually([&] {
      for (auto& x : greedy)
        if (x.has_input()) {
          auto got = x.read();
          CHECK(got.status == 429);
          CHECK(got.field("retry-after") == "1");
          CHECK(got.has(R"("code":"quota_exceeded")"));
          ++refused;
        }
      return refused == 2;
    }));
    CHECK(soon([&] { CHECK(f.send("GET", "/api/events/types", f.reader).status == 200); }));
    CHECK(soon([&] { CHECK(f.send("GET", "/healthz", "").status == 200); }));
    CHECK(f.readiness().status == 200);
  }

  TEST_CASE("an option sets how many threads a key may hold") {
    auto options = admin_fixture::defaults();
    options.threads = 4;
    options.threads_per_key = 4;
    options.waiting = 0;
    options.request_deadline = std::chrono::seconds{20};
    admin_fixture f{options};
    f.data.silent = true;
    std::vector<raw_client> all;
    for (int i = 0; i < 4; ++i) {
      all.emplace_back(f.port());
      all.back().send(request("GET /api/events", f.admin));
    }
    // All threads are busy, and no request may wait.
    CHECK(eventually([&] { return f.send("GET", "/api/events/types", f.reader).status == 503; }));
    CHECK(f.send("GET", "/healthz", "").status == 200);
  }

  TEST_CASE("readiness says what the node waits for") {
    admin_fixture f;
    CHECK(f.readiness().status == 200);
    f.waits_for = "index 40 %";
    auto waiting = f.readiness("index 40 %");
    CHECK(waiting.status == 503);
    CHECK(waiting.text("/waitingFor") == "index 40 %");
    CHECK(waiting.field("Retry-After") == "1");
  }

  TEST_CASE("requests on one connection are answered one after the other") {
    admin_fixture f;
    f.add_events(1);
    raw_client client{f.port()};
    client.send(request("GET /api/events/1", f.reader) + request("GET /api/events/2", f.reader)
                + request("GET /healthz"));
    CHECK(client.read().status == 200);
    CHECK(client.read().status == 404);
    CHECK(client.read().status == 200);
  }

  TEST_CASE("a handler that hangs costs its request, not the connection") {
    auto options = admin_fixture::defaults();
    options.request_deadline = std::chrono::milliseconds{100};
    admin_fixture f{options};
    f.add_events(1);
    test::keep_document(f.data, 1, "A");
    std::promise<void> disk;
    // Before the fixture ends, which waits for the thread.
    f.data.before_file = [answers = disk.get_future().share()] { answers.wait(); };
    raw_client client{f.port()};
    client.send(request("GET /api/documents/1", f.admin) + request("GET /api/events/1", f.admin)
                + request("GET /healthz"));
    auto hung = client.read();
    CHECK(hung.status == 504);
    CHECK(hung.has(R"("code":"timeout")"));
    CHECK(client.read().status == 200);
    CHECK(client.read().status == 200);
    // What comes after all goes to nobody.
    disk.set_value();
    client.send(request("GET /api/events/1", f.admin));
    auto next = client.read();
    CHECK(next.status == 200);
    CHECK(next.has(R"("seq":1)"));
  }

  TEST_CASE("at a stop every request that is there is answered") {
    auto options = admin_fixture::defaults();
    options.threads = 1;
    options.request_deadline = std::chrono::milliseconds{700};
    admin_fixture f{options};
    f.data.silent = true;
    raw_client first{f.port()};
    first.send(request("GET /api/events", f.admin));
    raw_client second{f.port()};
    second.send(request("GET /api/events", f.reader));
    // A probe behind them on the same loop shows that both are there.
    CHECK(f.send("GET", "/healthz", "").status == 200);
    f.port_->stop();
    // The thread may have begun one of them; waiting ones are rejected.
    auto one = first.read();
    auto other = second.read();
    for (const auto& x : {one, other})
      CHECK((x.has(R"("code":"timeout")") || x.has(R"("code":"shutting_down")")));
    CHECK((one.status == 503 || other.status == 503));
  }
}

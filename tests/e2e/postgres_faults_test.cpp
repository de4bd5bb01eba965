// A node whose PostgreSQL becomes unreachable, breaks, fills up, and comes back.

#include "tests/e2e/node_process.hpp"
#include "tests/support/own_postgres.hpp"
#include "tests/support/small_disk.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <thread>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/postgres_faults") {
  namespace {

  /// Publishes continuously, one batch after the other; resends rejected batches unchanged.
  class publisher {
  public:
    publisher(const node_process& node, size_t padding)
      : padding_(padding), thread_([this, client = node.data()] {
          while (!stop_) {
            auto body = batch();
            while (!send(*client, body))
              std::this_thread::sleep_for(20ms); // as publishers wait
            acknowledged_ += events_in_batch;
          }
        }) {
    }
    publisher(const publisher&) = delete;
    publisher& operator=(const publisher&) = delete;
    ~publisher() {
      finish();
    }

    /// Until the last batch is acknowledged.
    void finish() {
      stop_ = true;
      if (thread_.joinable())
        thread_.join();
    }

    uint64_t acknowledged() const noexcept {
      return acknowledged_;
    }

    uint64_t refused() const noexcept {
      return refused_;
    }

  private:
    static constexpr unsigned events_in_batch = 10;

    std::string batch() {
      std::string out = "[";
      for (unsigned i = 0; i < events_in_batch; ++i) {
        // Not to be compressed.
        std::string text;
        while (text.size() < padding_)
          text += "0123456789abcdef"[random_() % 16];
        out += out.size() > 1 ? "," : "";
        out += R"({"type":"user.login","source":"load","id":"e)" + std::to_string(next_++)
               + R"(","userId":"u-1","companyId":"acme","data":{"ip":"192.0.2.1","userAgent":")"
               + text + R"("}})";
      }
      return out + ']';
    }

    bool send(httplib::Client& client, const std::string& body) {
      auto answer = client.Post("/api/events", body, "application/json");
      if (answer && answer->status < 300)
        return true;
      ++refused_;
      // An answer, and the one for this.
      if (!answer || answer->status != 503
          || answer->body.find("store_unavailable") == std::string::npos)
        MESSAGE("refused otherwise: ", answer ? answer->body : "no answer");
      return false;
    }

    size_t padding_;
    std::mt19937 random_{7};
    unsigned next_ = 0;
    std::atomic<bool> stop_{false};
    std::atomic<uint64_t> acknowledged_{0};
    std::atomic<uint64_t> refused_{0};
    std::thread thread_;
  };

  /// Whether all consumers have come up to a position.
  bool all_beyond(httplib::Client& admin, uint64_t seq) {
    auto answer = admin.Get("/api/consumers");
    if (!answer || answer->status != 200)
      return false;
    auto all = parse(answer);
    for (const auto& x : all["consumers"].GetArray())
      if (x["cursor"].GetUint64() < seq)
        return false;
    return true;
  }

  uint64_t head_of(httplib::Client& admin) {
    auto answer = admin.Get("/api/events?limit=1");
    if (!answer || answer->status != 200)
      return 0;
    auto page = parse(answer);
    return page["events"].Empty() ? 0 : page["events"][0]["seq"].GetUint64();
  }

  /// By id: how often. Positions have to be dense.
  std::map<std::string, unsigned> all_events(httplib::Client& admin) {
    std::map<std::string, unsigned> out;
    uint64_t before = 0;
    std::string next;
    do {
      auto path = "/api/events?order=asc&limit=1000" + (next.empty() ? "" : "&cursor=" + next);
      auto answer = admin.Get(path);
      REQUIRE(answer);
      REQUIRE(answer->status == 200);
      auto page = parse(answer);
      for (const auto& x : page["events"].GetArray()) {
        CHECK(x["seq"].GetUint64() == ++before);
        if (x["source"] == "load")
          ++out[x["id"].GetString()];
      }
      next = page.HasMember("nextCursor") && page["nextCursor"].IsString()
               ? page["nextCursor"].GetString()
               : "";
    } while (!next.empty());
    return out;
  }

  uint64_t counted(httplib::Client& admin) {
    auto answer = admin.Get("/api/metrics?type=user.login");
    if (!answer || answer->status != 200)
      return 0;
    auto all = parse(answer);
    uint64_t out = 0;
    for (const auto& x : all["metrics"].GetArray())
      out += x["count"].GetUint64();
    return out;
  }

  /// After a fault, with the server restored: the node continues by itself.
  void check_goes_on(const node_process& node, const publisher& load, const std::string& what) {
    auto admin = node.admin();
    auto begin = std::chrono::steady_clock::now();
    const auto before = load.acknowledged();
    REQUIRE(eventually([&] { return load.acknowledged() > before + 10; }, 30s));
    const auto now = load.acknowledged();
    // Their effects are stored.
    REQUIRE(eventually([&] { return counted(*admin) >= now; }, 30s));
    const auto head = head_of(*admin);
    REQUIRE(eventually([&] { return all_beyond(*admin, head); }, 30s));
    std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    MESSAGE(what, ": publishing and all consumers went on after ", took.count(), " s");
    // Timing is for a machine that does nothing else.
    if (std::getenv("CARILLON_STRICT_TIMING") != nullptr)
      CHECK(took < 5s);
  }

  void check_content(const node_process& node, const publisher& load) {
    auto admin = node.admin();
    auto stored = all_events(*admin);
    CHECK(stored.size() == load.acknowledged());
    for (const auto& [id, count] : stored)
      CHECK_MESSAGE(count == 1, id);
    auto head = head_of(*admin);
    REQUIRE(eventually([&] { return all_beyond(*admin, head); }, 30s));
    CHECK(parse(admin->Get("/api/audit/verify"))["valid"].GetBool());
    // Each counted once, in spite of retries.
    CHECK(eventually([&] { return counted(*admin) >= load.acknowledged(); }, 30s));
    CHECK(counted(*admin) == load.acknowledged());
  }

  } // namespace

  TEST_CASE("handlers of a node see what another process appends to its database") {
    own_postgres server;
    temporary_directory dir;
    node_process node{dir.path() + "/data", {"--store", server.url()}};
    REQUIRE_MESSAGE(node.ready(), node.log());
    publisher load{node, 20};
    auto append = [&](const std::string& prefix) {
      process other{CARILLON_APPENDER, {server.url(), prefix, "4", "5"}, dir.path() + "/other.log"};
      unsigned lines = 0;
      while (other.read_line())
        ++lines;
      CHECK(other.wait() == 0);
      return lines;
    };
    server.administer("ALTER TABLE event_log ADD CHECK (type <> 'test.doomed')");
    auto admin = node.admin();
    auto all_counted = [&](unsigned expected) {
      auto answer = admin->Get("/api/metrics?type=test.made");
      uint64_t sum = 0;
      const auto all = parse(answer);
      for (const auto& x : all["metrics"].GetArray())
        sum += x["count"].GetUint64();
      return sum == expected;
    };
    auto appended = append("busy");
    CHECK(appended == 4 * 4 * 3);
    CHECK(eventually([&] { return all_counted(appended); }));
    load.finish();
    // Nothing of its own tells it now.
    appended += append("idle");
    CHECK(eventually([&] { return all_counted(appended); }));
    CHECK(eventually([&] { return all_beyond(*admin, head_of(*admin)); }));
    CHECK(head_of(*admin) == appended + load.acknowledged());
    CHECK(parse(admin->Get("/api/audit/verify"))["valid"].GetBool());
  }

  TEST_CASE("a node that was taken over says so and ends, though it has nothing to do") {
    own_postgres server;
    temporary_directory dir;
    node_process node{dir.path() + "/data", {"--store", server.url()}};
    REQUIRE_MESSAGE(node.ready(), node.log());
    pqxx::connection db{server.url()};
    pqxx::nontransaction other{db};
    // Another node, as the first one sees it: it takes the lock while the first one reconnects.
    other.exec("SET lock_timeout = '20s'");
    other.exec("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' "
               "AND classid = 1128354377 AND objid = 0 AND granted");
    other.exec("UPDATE node_lease SET epoch = epoch + 1");
    auto ended = node.child().wait(30s);
    REQUIRE(ended);
    CHECK(*ended == 1);
    CHECK(node.log().find("another node has taken the database over") != std::string::npos);
  }

  TEST_CASE("a node goes on by itself when its server was restarted or cut it off") {
    own_postgres server;
    temporary_directory dir;
    node_process node{dir.path() + "/data", {"--store", server.url()}};
    REQUIRE_MESSAGE(node.ready(), node.log());
    publisher load{node, 20};
    check_goes_on(node, load, "nothing");
    server.restart("fast");
    check_goes_on(node, load, "fast restart");
    server.restart("immediate");
    check_goes_on(node, load, "immediate restart");
    for (int i = 0; i < 5; ++i)
      server.terminate_all();
    check_goes_on(node, load, "terminated backends");
    {
      pqxx::connection other{server.url()};
      pqxx::work holds{other};
      holds.exec(
        "LOCK TABLE event_log IN SHARE MODE; LOCK TABLE consumers IN ACCESS EXCLUSIVE MODE");
      const auto before = load.refused();
      REQUIRE(eventually([&] { return load.refused() > before; }, 30s));
    }
    check_goes_on(node, load, "locked tables");
    load.finish();
    check_content(node, load);
    MESSAGE(load.acknowledged(), " events, ", load.refused(), " refusals");
    node.child().signal(SIGTERM);
    CHECK(node.child().wait() == 0);
  }

  TEST_CASE("what bounds an index beside the log bounds no log that has its own") {
    temporary_directory dir;
    node_process node{dir.path() + "/data", {"--index-lag", "100"}};
    REQUIRE_MESSAGE(node.ready(), node.log());
    publisher load{node, 20};
    CHECK(eventually([&] { return load.acknowledged() > 500; }));
    load.finish();
    CHECK(load.refused() == 0);
    check_content(node, load);
    CHECK(node.admin()->Get("/readyz")->status == 200);
  }

  TEST_CASE("a node whose server has no space left goes on when there is some") {
    own_postgres server;
    temporary_directory dir;
    small_disk disk{"/tmp/carillon-node-space-" + std::to_string(::getpid()), "size=48m"};
    server.give_to_owner(disk.path());
    server.administer("CREATE TABLESPACE small LOCATION '" + disk.path() + "'");
    server.administer("CREATE DATABASE node TABLESPACE small");
    auto url = server.url();
    url.replace(url.rfind('/'), std::string::npos, "/node");
    {
      node_process node{dir.path() + "/data", {"--store", url}};
      REQUIRE_MESSAGE(node.ready(), node.log());
      publisher load{node, 2'000};
      check_goes_on(node, load, "nothing");
      disk.fill(200'000);
      REQUIRE(eventually([&] { return load.refused() > 3; }, 60s));
      auto admin = node.admin();
      CHECK(admin->Get("/healthz")->status == 200);
      disk.release();
      check_goes_on(node, load, "full disk");
      load.finish();
      check_content(node, load);
      node.child().signal(SIGTERM);
      CHECK(node.child().wait() == 0);
    }
    server.administer("DROP DATABASE node WITH (FORCE)");
    server.administer("DROP TABLESPACE small");
  }
}

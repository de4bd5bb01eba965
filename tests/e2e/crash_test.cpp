#include "tests/e2e/node_process.hpp"
#include "tests/support/random_run.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/crash") {
  namespace {

  /// Each event leaves an audit row, so that rows tell whether handlers saw it once.
  const std::vector<std::string> audit_all{"--audit-types", "*"};

  /// Acknowledged events: id → position.
  struct acknowledged {
    std::mutex mutex;
    std::map<std::string, uint64_t> seqs;

    void add(const std::string& id, uint64_t seq) {
      std::lock_guard guard{mutex};
      auto [i, added] = seqs.emplace(id, seq);
      // The same id again must be the same event.
      CHECK(i->second == seq);
    }
  };

  std::string event_json(const std::string& id, unsigned n) {
    return R"({"type":"order.created","id":")" + id + R"(","companyId":"c-)" + std::to_string(n % 7)
           + R"(","data":{"orderId":"o-)" + std::to_string(n)
           + R"(","total":9.5,"items":[{"sku":"a"}],"status":"new"}})";
  }

  /// Publishes single events and small batches until the node is gone.
  void publish_until_killed(const node_process& node, acknowledged& acks, unsigned cycle,
                            unsigned worker, std::atomic<bool>& stop) {
    auto client = node.data();
    client->set_read_timeout(5);
    std::mt19937 rng{cycle * 1'000 + worker};
    for (unsigned n = 0; !stop; ++n) {
      auto id = [&](unsigned item) {
        return std::to_string(cycle) + "-" + std::to_string(worker) + "-" + std::to_string(n) + "-"
               + std::to_string(item);
      };
      // Every fourth request is a batch in which one event occurs twice.
      if (rng() % 4 != 0) {
        auto answer = parse(client->Post("/api/events", event_json(id(0), n), "application/json"));
        if (!answer.IsObject() || !answer.HasMember("seq"))
          return;
        acks.add(id(0), answer["seq"].GetUint64());
        continue;
      }
      std::string body = "[";
      for (unsigned i = 0; i < 10; ++i)
        body += (i > 0 ? "," : "") + event_json(id(i % 9), n);
      auto answer = parse(client->Post("/api/events", body + "]", "application/json"));
      if (!answer.IsObject() || !answer.HasMember("results"))
        return;
      for (unsigned i = 0; i < 10; ++i)
        acks.add(id(i % 9), answer["results"][i]["seq"].GetUint64());
    }
  }

  /// A definition that is made under load, with a backfill of what was before.
  void measure_from_now(const node_process& node) {
    auto client = node.admin();
    const std::string path = "/api/metrics/definitions/late";
    auto made = client->Put(path, R"({"types":["order.*"],"member":"/total","measures":["sum"]})",
                            "application/json");
    REQUIRE(made);
    REQUIRE(made->status == 200);
    auto begun = client->Post(path + "/backfill", "{}", "application/json");
    REQUIRE(begun);
    REQUIRE(begun->status == 200);
  }

  void run_and_kill(const std::string& dir, acknowledged& acks, unsigned cycle, std::mt19937& rng) {
    node_process node{dir, audit_all};
    REQUIRE_MESSAGE(node.ready(), node.log());
    std::atomic<bool> stop{false};
    std::vector<std::thread> workers;
    for (unsigned i = 0; i < 4; ++i)
      workers.emplace_back([&, i] { publish_until_killed(node, acks, cycle, i, stop); });
    if (cycle == crash_cycles() / 2)
      measure_from_now(node);
    std::this_thread::sleep_for(std::chrono::milliseconds{20 + rng() % 300}); // the random moment
    node.child().kill();
    stop = true;
    for (auto& x : workers)
      x.join();
  }

  /// Reads the whole log page by page; checks that positions are dense.
  std::map<std::string, uint64_t> read_log(const node_process& node) {
    std::map<std::string, uint64_t> out;
    auto client = node.admin();
    uint64_t last = 0;
    std::string cursor;
    for (;;) {
      auto page = parse(client->Get("/api/events?order=asc&limit=1000" + cursor));
      REQUIRE(page.IsObject());
      REQUIRE(page.HasMember("events"));
      for (const auto& x : page["events"].GetArray()) {
        CHECK(x["seq"].GetUint64() == ++last);
        CHECK(out.emplace(x["id"].GetString(), last).second);
      }
      if (page["nextCursor"].IsNull())
        return out;
      cursor = std::string{"&cursor="} + page["nextCursor"].GetString();
    }
  }

  void wait_for_consumers(const node_process& node) {
    auto client = node.admin();
    REQUIRE(eventually([&] {
      auto all = parse(client->Get("/api/consumers"));
      if (!all.IsObject() || all["consumers"].Size() < 2)
        return false;
      for (const auto& x : all["consumers"].GetArray())
        if (x["lag"].GetUint64() > 0 || x["retrying"].GetUint64() > 0)
          return false;
      return true;
    }));
  }

  /// Every event was audited exactly once, and the chain is whole.
  void check_audit(const node_process& node, uint64_t events) {
    auto client = node.admin();
    // A consumer is ahead of what it has committed.
    CHECK(eventually([&] {
      auto verdict = parse(client->Get("/api/audit/verify"));
      return verdict.IsObject() && verdict["checked"].GetUint64() >= events;
    }));
    std::set<std::string> subjects;
    uint64_t rows = 0;
    std::string cursor;
    for (;;) {
      auto page = parse(client->Get("/api/audit?order=asc&limit=1000" + cursor));
      REQUIRE(page.IsObject());
      for (const auto& x : page["audit"].GetArray()) {
        std::string subject = x["subject"].GetString();
        if (!subject.starts_with("event:"))
          continue;
        ++rows;
        subjects.insert(subject);
      }
      if (page["nextCursor"].IsNull())
        break;
      cursor = std::string{"&cursor="} + page["nextCursor"].GetString();
    }
    CHECK(rows == events);
    CHECK(subjects.size() == events);
    auto verdict = parse(client->Get("/api/audit/verify"));
    REQUIRE(verdict.IsObject());
    CHECK(verdict["valid"].GetBool());
    CHECK(verdict["checked"].GetUint64() >= events);
  }

  void check_metrics(const node_process& node, uint64_t events) {
    auto client = node.admin();
    CHECK(eventually([&] {
      uint64_t counted = 0;
      auto page = parse(client->Get("/api/metrics"));
      REQUIRE(page.IsObject());
      for (const auto& x : page["metrics"].GetArray())
        counted += x["count"].GetUint64();
      return counted == events;
    }));
    auto stats = parse(client->Get("/api/events/stats"));
    uint64_t total = 0;
    for (const auto& x : stats.GetObject())
      total += x.value.GetUint64();
    CHECK(total == events);
  }

  /// Each event was measured exactly once: by a definition that was there from the start, and by
  /// one that came under load, whose backfill was killed as well.
  void check_measures(const node_process& node, uint64_t events) {
    auto client = node.admin();
    for (const std::string name : {"revenue", "late"}) {
      CAPTURE(name);
      uint64_t count = 0;
      double sum = 0;
      const auto whole = eventually([&] {
        auto page = parse(client->Get("/api/metrics/measures?name=" + name));
        REQUIRE(page.IsObject());
        count = 0;
        sum = 0;
        for (const auto& x : page["series"].GetArray()) {
          count += x["count"].GetUint64();
          sum += std::stod(x["sum"].GetString());
        }
        return count >= events;
      });
      CHECK(whole);
      CHECK(count == events);
      CHECK(sum == 9.5 * static_cast<double>(events));
    }
  }

  } // namespace

  TEST_CASE("kill -9 at random moments under load loses and doubles nothing") {
    auto seed = seed_of_run();
    MESSAGE("seed ", seed);
    std::mt19937 rng{seed};
    temporary_directory dir;
    auto data = dir.path() + "/data";
    acknowledged acks;
    for (unsigned cycle = 0; cycle < crash_cycles(); ++cycle)
      run_and_kill(data, acks, cycle, rng);
    REQUIRE(acks.seqs.size() > crash_cycles());

    node_process node{data, audit_all};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto log = read_log(node);
    for (const auto& [id, seq] : acks.seqs) {
      CAPTURE(id);
      auto found = log.find(id);
      REQUIRE(found != log.end());
      CHECK(found->second == seq);
    }
    wait_for_consumers(node);
    check_audit(node, log.size());
    check_metrics(node, log.size());
    check_measures(node, log.size());
    MESSAGE(acks.seqs.size(), " acknowledged, ", log.size(), " in the log after ", crash_cycles(),
            " kills");

    // De-duplication across restarts: an id from the first cycles is acknowledged as it was.
    auto client = node.data();
    const auto& [id, seq] = *acks.seqs.begin();
    // The third part of an id is the number that the event was made of.
    const auto from = id.find('-', id.find('-') + 1) + 1;
    const auto n = static_cast<unsigned>(std::stoul(id.substr(from)));
    auto again = parse(client->Post("/api/events", event_json(id, n), "application/json"));
    REQUIRE(again.IsObject());
    CHECK(again["duplicate"].GetBool());
    CHECK(again["seq"].GetUint64() == seq);
  }
}

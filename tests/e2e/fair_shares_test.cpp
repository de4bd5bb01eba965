#include "tests/e2e/webhook_api.hpp"

#include "tests/net/raw_client.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <list>
#include <thread>

using namespace carillon::test;
using namespace std::chrono_literals;

// One company under full load, and another with normal load (faults 11.6).

TEST_SUITE("e2e/fair_shares") {
  namespace {

  using clock_type = std::chrono::steady_clock;

  double percentile(std::vector<double> ms, double share) {
    if (ms.empty())
      return 0;
    std::sort(ms.begin(), ms.end());
    return ms[static_cast<size_t>(share * static_cast<double>(ms.size() - 1))];
  }

  struct fixture {
    /// A key of a company.
    static std::string make_key(webhook_api& admin, const std::string& company,
                                const std::string& role) {
      auto made = admin.post("/api/keys", R"({"name":")" + company + "-" + role + R"(","role":")"
                                            + role + R"(","companyId":")" + company + "\"}");
      return made["key"].GetString();
    }

    temporary_directory dir;
    std::string data = dir.path() + "/data";
  };

  /// A request head that announces a body, of which only a part follows.
  std::string unfinished(const std::string& key, size_t announced) {
    return "POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
           "Authorization: Bearer "
           + key + "\r\nContent-Length: " + std::to_string(announced) + "\r\n\r\n["
           + std::string(announced - 1'000, ' ');
  }

  struct outcome {
    std::vector<double> ms;
    std::vector<int> refused;
  };

  /// Publishes one event after the other.
  outcome publish_singles(const node_process& node, const std::string& key, size_t n) {
    outcome out;
    auto client = node.data();
    client->set_keep_alive(true);
    client->set_bearer_token_auth(key);
    for (size_t i = 0; i < n; ++i) {
      const auto begin = clock_type::now();
      auto answer = client->Post(
        "/api/events", order_json("single-" + std::to_string(i) + "-" + key.substr(3, 6), "good"),
        "application/json");
      out.ms.push_back(
        std::chrono::duration<double, std::milli>(clock_type::now() - begin).count());
      if (!answer || answer->status / 100 != 2)
        out.refused.push_back(answer ? answer->status : 0);
    }
    return out;
  }

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a company at full blast does not keep another from publishing") {
    node_process node{data, {"--data-threads", "2"}, true};
    REQUIRE_MESSAGE(node.ready(), node.log());
    webhook_api admin{node, node.bootstrap_key()};
    const auto bad = make_key(admin, "bad", "publisher");
    const auto good = make_key(admin, "good", "publisher");
    const auto before = publish_singles(node, good, 60);
    CHECK(before.refused.empty());

    std::atomic<bool> ended{false};
    std::atomic<size_t> batches{0};
    std::atomic<size_t> told_to_wait{0};
    std::vector<std::thread> flood;
    for (int t = 0; t < 6; ++t)
      flood.emplace_back([&] {
        auto client = node.data();
        client->set_bearer_token_auth(bad);
        client->set_read_timeout(30s);
        std::string body = "[";
        for (int i = 0; i < 2'000; ++i)
          body
            += std::string{i > 0 ? "," : ""}
               + R"({"type":"user.login","userId":"u","companyId":"bad","data":{"ip":"192.0.2.1","userAgent":"c"}})";
        body += "]";
        for (size_t n = 0; !ended && n < 50; ++n) {
          auto answer = client->Post("/api/events", body, "application/json");
          if (answer && answer->status == 200)
            ++batches;
          else if (answer && answer->status == 429)
            ++told_to_wait;
        }
      });
    std::list<raw_client> hanging;
    for (int i = 0; i < 40; ++i) {
      hanging.emplace_back(node.data_port());
      hanging.back().send(unfinished(bad, 2'000'000));
    }
    CHECK(eventually([&] { return batches + told_to_wait >= 6; }));
    const auto during = publish_singles(node, good, 60);
    std::vector<double> probes;
    for (int i = 0; i < 20; ++i) {
      const auto begin = clock_type::now();
      auto answer = node.admin()->Get("/healthz");
      REQUIRE(answer);
      CHECK(answer->status == 200);
      probes.push_back(
        std::chrono::duration<double, std::milli>(clock_type::now() - begin).count());
    }
    ended = true;
    hanging.clear();
    for (auto& x : flood)
      x.join();
    CHECK(during.refused.empty());
    CHECK(batches > 0);
    MESSAGE("alone: p50 ", percentile(before.ms, 0.5), " ms, p99 ", percentile(before.ms, 0.99),
            " ms; beside the flood: p50 ", percentile(during.ms, 0.5), " ms, p99 ",
            percentile(during.ms, 0.99), " ms; probes p99 ", percentile(probes, 0.99),
            " ms; batches stored ", batches.load(), ", told to wait ", told_to_wait.load());
    // The operator and the company itself see what it holds.
    const auto limits = admin.get("/api/limits?companyId=bad");
    REQUIRE(limits["limits"].IsArray());
    CHECK(limits["limits"].Size() >= 2);
  }
}

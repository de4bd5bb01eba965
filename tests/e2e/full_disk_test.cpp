#include "tests/e2e/node_process.hpp"
#include "tests/support/small_disk.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/full_disk") {
  namespace {

  std::string big_event(const std::string& id) {
    return R"({"type":"order.created","id":")" + id
           + R"(","companyId":"c-1","data":{"orderId":"o","total":1,"items":[],"status":"new","pad":")"
           + std::string(20'000, 'p') + R"("}})";
  }

  } // namespace

  TEST_CASE("a full disk is answered with store_unavailable, and forgotten when there is space") {
    temporary_directory dir;
    small_disk disk{dir.path() + "/disk"};
    node_process node{dir.path() + "/disk/data", {"--log-segment", "1MiB"}};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto client = node.data();
    std::set<std::string> acked;
    auto publish = [&](const std::string& id) {
      auto answer = client->Post("/api/events", big_event(id), "application/json");
      REQUIRE(answer);
      if (answer->status == 201)
        acked.insert(id);
      return answer;
    };
    CHECK(publish("first")->status == 201);
    disk.fill(256 * 1024);
    int refused = 0;
    for (int i = 0; i < 200 && refused < 5; ++i) {
      auto answer = publish("full-" + std::to_string(i));
      if (answer->status == 201)
        continue;
      ++refused;
      CHECK(answer->status == 503);
      CHECK(answer->has_header("Retry-After"));
      CHECK(answer->get_header_value("Content-Type") == "application/problem+json");
      CHECK(answer->body.find("store_unavailable") != std::string::npos);
    }
    CHECK(refused == 5);
    CHECK(client->Get("/healthz")->status == 200);
    disk.release();
    CHECK(eventually([&] { return publish("after")->status < 300; }));

    // All acknowledged events are there, and the handlers continue.
    auto admin = node.admin();
    for (const auto& id : acked)
      CHECK(admin->Get("/api/events/" + id)->status == 200);
    CHECK(eventually([&] {
      auto all = parse(admin->Get("/api/consumers"));
      for (const auto& x : all["consumers"].GetArray())
        if (x["lag"].GetUint64() > 0)
          return false;
      return true;
    }));
    CHECK(parse(admin->Get("/api/audit/verify"))["valid"].GetBool());
    node.child().signal(SIGTERM);
    CHECK(node.child().wait() == 0);
  }
}

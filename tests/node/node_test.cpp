#include "node/node.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>
#include <httplib.h>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

constexpr const char* event
  = R"({"type":"user.login","userId":"u-1","data":{"ip":"192.0.2.1","userAgent":"x"}})";

struct fixture {
  test::temporary_directory dir;

  node_options options(bool dev = true) const {
    node_options out;
    out.engine.storage.url = "sqlite://" + dir.path() + "/data";
    out.data.port = 0;
    out.admin.port = 0;
    out.dev = dev;
    return out;
  }

  static int publish(const node& x, const std::string& key = {}) {
    httplib::Client client{"127.0.0.1", x.data_port()};
    if (!key.empty())
      client.set_bearer_token_auth(key);
    auto answer = client.Post("/api/events", event, "application/json");
    return answer ? answer->status : 0;
  }

  static int query(const node& x, const std::string& key = {}) {
    httplib::Client client{"127.0.0.1", x.admin_port()};
    if (!key.empty())
      client.set_bearer_token_auth(key);
    auto answer = client.Get("/api/events");
    return answer ? answer->status : 0;
  }
};

} // namespace

TEST_SUITE("node/node") {
  TEST_CASE_FIXTURE(fixture, "a node publishes, answers and stops") {
    auto x = node::start(options());
    REQUIRE_MESSAGE(x, x.error().detail);
    CHECK((*x)->bootstrap_key().empty());
    CHECK(publish(**x) == 201);
    CHECK(query(**x) == 200);
    CHECK((*x)->head() == 1);
    auto data_port = (*x)->data_port();
    CHECK((*x)->stop(10s));
    CHECK((*x)->stop(10s));
    x->reset();
    httplib::Client client{"127.0.0.1", data_port};
    CHECK_FALSE(client.Get("/healthz"));
  }

  TEST_CASE_FIXTURE(fixture, "a store without keys gets one admin key, and only one") {
    std::string key;
    {
      auto x = node::start(options(false));
      REQUIRE_MESSAGE(x, x.error().detail);
      key = (*x)->bootstrap_key();
      CHECK(key.starts_with("ck_"));
      CHECK(publish(**x) == 401);
      CHECK(query(**x) == 401);
      CHECK(publish(**x, key) == 201);
      CHECK(query(**x, key) == 200);
      CHECK((*x)->stop(10s));
    }
    auto again = node::start(options(false));
    REQUIRE_MESSAGE(again, again.error().detail);
    CHECK((*again)->bootstrap_key().empty());
    CHECK(query(**again, key) == 200);
    CHECK(query(**again, key + "x") == 401);
  }

  TEST_CASE_FIXTURE(fixture, "ports and stores that are taken are refused") {
    auto first = node::start(options());
    REQUIRE_MESSAGE(first, first.error().detail);
    auto same_store = node::start(options());
    REQUIRE_FALSE(same_store);
    CHECK(same_store.error().code == ec::store_locked);
    test::temporary_directory other;
    auto same_port = options();
    same_port.engine.storage.url = "sqlite://" + other.path();
    same_port.data.port = (*first)->data_port();
    auto refused = node::start(same_port);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ec::conflict);
    same_port.data.port = 0;
    same_port.admin.port = (*first)->admin_port();
    refused = node::start(same_port);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ec::conflict);
    // What was refused has let go of its store.
    same_port.admin.port = 0;
    CHECK(node::start(same_port));
    CHECK(publish(**first) == 201);
  }
}

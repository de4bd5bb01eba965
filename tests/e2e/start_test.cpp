#include "tests/e2e/node_process.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <string>

using namespace carillon::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* event
  = R"({"type":"user.login","userId":"u-1","data":{"ip":"192.0.2.1","userAgent":"x"}})";

void publish(const node_process& node, int n) {
  auto client = node.data();
  for (int i = 0; i < n; ++i)
    REQUIRE(client->Post("/api/events", event, "application/json")->status == 201);
}

void stop(node_process& node) {
  node.child().signal(SIGTERM);
  REQUIRE(node.child().wait() == 0);
}

void overwrite(const std::string& file, std::streamoff at, const std::string& bytes) {
  std::fstream out{file, std::ios::in | std::ios::out | std::ios::binary};
  out.seekp(at);
  out << bytes;
}

/// Starts a node that must refuse, and returns what it says.
std::string refusal(const std::string& data) {
  std::filesystem::remove(data + ".log");
  node_process node{data};
  CHECK_FALSE(node.ready());
  CHECK(node.child().wait() == 1);
  return node.log();
}

} // namespace

TEST_SUITE("e2e/start") {
  TEST_CASE("a second process is refused while the first one runs") {
    temporary_directory dir;
    auto data = dir.path() + "/data";
    node_process first{data};
    REQUIRE_MESSAGE(first.ready(), first.log());
    auto text = refusal(data);
    CHECK(text.find("another process") != std::string::npos);
    publish(first, 1);
  }

  TEST_CASE("a damaged log is refused by name, and left as it is") {
    temporary_directory dir;
    auto data = dir.path() + "/data";
    {
      node_process node{data};
      publish(node, 5);
      stop(node);
    }
    overwrite(data + "/events.db", 0, std::string(64, '\xff'));
    auto size = std::filesystem::file_size(data + "/events.db");
    auto text = refusal(data);
    CHECK(text.find("events.db") != std::string::npos);
    CHECK(std::filesystem::file_size(data + "/events.db") == size);
  }

  TEST_CASE("a store of a newer version is refused") {
    temporary_directory dir;
    auto data = dir.path() + "/data";
    {
      node_process node{data};
      publish(node, 1);
      stop(node);
    }
    auto sql
      = "sqlite3 '" + data
        + "/state.db' \"insert into schema_migrations select * from (select 999999 as a, "
          "* from (select 'from-the-future' as b, 0 as c)) where 1\" 2>/dev/null || sqlite3 '"
        + data + "/state.db' \"insert into schema_migrations(version) values(999999)\"";
    REQUIRE(std::system(sql.c_str()) == 0);
    CHECK(refusal(data).find("newer") != std::string::npos);
  }

  TEST_CASE("a lost or damaged index costs a rebuild and no answer") {
    temporary_directory dir;
    auto data = dir.path() + "/data";
    {
      node_process node{data};
      publish(node, 30);
      stop(node);
    }
    for (bool damaged : {false, true}) {
      CAPTURE(damaged);
      if (damaged) {
        overwrite(data + "/index.db", 0, std::string(200, '\x01'));
      } else {
        std::filesystem::remove(data + "/index.db");
        std::filesystem::remove(data + "/index.db-wal");
        std::filesystem::remove(data + "/index.db-shm");
      }
      node_process node{data};
      REQUIRE_MESSAGE(node.ready(), node.log());
      auto page = parse(node.admin()->Get("/api/events?userId=u-1&limit=100"));
      REQUIRE(page.IsObject());
      CHECK(page["events"].Size() == 30);
      stop(node);
    }
  }

  TEST_CASE("without --dev the first start prints an admin key, once") {
    temporary_directory dir;
    auto data = dir.path() + "/data";
    std::string key;
    {
      node_process node{data, {}, true};
      REQUIRE_MESSAGE(node.ready(), node.log());
      key = node.bootstrap_key();
      REQUIRE(key.starts_with("ck_"));
      CHECK(node.admin()->Get("/api/events")->status == 401);
      CHECK(node.data()->Post("/api/events", event, "application/json")->status == 401);
      auto admin = node.admin();
      admin->set_bearer_token_auth(key);
      CHECK(admin->Get("/api/events")->status == 200);
      CHECK(node.log().find(key) == std::string::npos);
      stop(node);
    }
    node_process again{data, {}, true};
    REQUIRE(again.ready());
    CHECK(again.bootstrap_key().empty());
    auto admin = again.admin();
    admin->set_bearer_token_auth(key);
    CHECK(admin->Get("/api/consumers")->status == 200);
  }

  TEST_CASE("--dev refuses to listen beyond loopback") {
    temporary_directory dir;
    process node{CARILLON_BINARY,
                 {"serve", "--dev", "--data-dir", dir.path() + "/data", "--listen", "0.0.0.0:0"},
                 dir.path() + "/log"};
    CHECK(node.wait() == 2);
  }

  TEST_CASE("SIGTERM under load: what was acknowledged is there, and the exit is clean") {
    temporary_directory dir;
    auto data = dir.path() + "/data";
    uint64_t last = 0;
    {
      node_process node{data};
      REQUIRE(node.ready());
      auto client = node.data();
      for (int i = 0; i < 2'000; ++i) {
        if (i == 300)
          node.child().signal(SIGTERM);
        auto answer = client->Post("/api/events", event, "application/json");
        if (!answer)
          break;
        if (answer->status == 201)
          last = parse(answer)["seq"].GetUint64();
        else
          CHECK(answer->status == 503);
      }
      CHECK(node.child().wait(15s) == 0);
    }
    CHECK(last >= 300);
    node_process node{data};
    auto page = parse(node.admin()->Get("/api/events?limit=1"));
    REQUIRE(page["events"].Size() == 1);
    CHECK(page["events"][0]["seq"].GetUint64() >= last);
  }
}

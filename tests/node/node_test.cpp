#include "node/node.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>
#include <httplib.h>

#include <filesystem>
#include <fstream>
#include <future>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("node/node") {
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

  TEST_CASE_FIXTURE(fixture, "a start that fails at its ports leaves no key behind") {
    test::temporary_directory other;
    auto taken = options();
    taken.engine.storage.url = "sqlite://" + other.path();
    auto first = node::start(taken);
    REQUIRE_MESSAGE(first, first.error().detail);
    for (auto set : {+[](node_options&x, const node&y) { x.data.port = y.data_port(); },
                     +[](node_options&x, const node&y) { x.admin.port = y.admin_port(); }}) {
      auto refused = options(false);
      bool shown = false;
      refused.show_first_key = [&](const std::string&) -> expected<void> {
        shown = true;
        return {};
      };
      set(refused, **first);
      CHECK_FALSE(node::start(refused));
      CHECK_FALSE(shown);
    }
    auto x = node::start(options(false));
    REQUIRE_MESSAGE(x, x.error().detail);
    CHECK(query(**x, (*x)->bootstrap_key()) == 200);
  }

  TEST_CASE_FIXTURE(fixture,
                    "a key that nobody could see is not stored; the next start makes one") {
    auto blind = options(false);
    std::string seen;
    blind.show_first_key = [&](const std::string& key) -> expected<void> {
      seen = key;
      return failure{ec::internal, "nobody looks", {}};
    };
    auto refused = node::start(blind);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail == "nobody looks");
    auto x = node::start(options(false));
    REQUIRE_MESSAGE(x, x.error().detail);
    CHECK((*x)->bootstrap_key().starts_with("ck_"));
    CHECK(query(**x, seen) == 401);
    CHECK(query(**x, (*x)->bootstrap_key()) == 200);
  }

  TEST_CASE_FIXTURE(fixture, "a key of one's own comes from a file, and no other is made") {
    const std::string key = "ck_0123456789abcdefghijklmnopqrstuvwxyz-_ABC";
    auto file = dir.path() + "/admin.key";
    std::ofstream{file} << key << "\n";
    auto given = options(false);
    given.admin_key_file = file;
    for (int i = 0; i < 2; ++i) {
      auto x = node::start(given);
      REQUIRE_MESSAGE(x, x.error().detail);
      CHECK((*x)->bootstrap_key().empty());
      CHECK(query(**x, key) == 200);
    }
    // Another one in its place is taught as well.
    std::ofstream{file} << key << "2";
    auto x = node::start(given);
    REQUIRE_MESSAGE(x, x.error().detail);
    CHECK(query(**x, key + "2") == 200);
    CHECK(query(**x, key) == 200);
  }

  TEST_CASE_FIXTURE(fixture, "a file that holds no key is refused, without what is in it") {
    auto file = dir.path() + "/admin.key";
    auto given = options(false);
    given.admin_key_file = file;
    for (const std::string text :
         {"", "ck_short", "ck_with blanks in it that are not a key at all",
          "secret-without-prefix-0123456789",
          "ck_0123456789abcdefghijklmnopqrstuvwxyz\nck_0123456789abcdefghijklmnopqrstuvwxyz"}) {
      std::ofstream{file} << text;
      auto refused = node::start(given);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == ec::invalid_argument);
      CHECK(refused.error().detail.find(file) != std::string::npos);
      CHECK(refused.error().detail.find("0123456789") == std::string::npos);
    }
    std::filesystem::remove(file);
    CHECK_FALSE(node::start(given));
  }

  TEST_CASE_FIXTURE(fixture, "a store whose files are taken away is a fault, told once") {
    for (const std::string name : {"LOCK", "state.db", "log"}) {
      CAPTURE(name);
      auto x = node::start(options());
      REQUIRE_MESSAGE(x, x.error().detail);
      std::promise<std::string> told;
      (*x)->on_fault([&](std::string reason) { told.set_value(std::move(reason)); });
      std::filesystem::rename(dir.path() + "/data/" + name, dir.path() + "/gone-" + name);
      // Another file of that name is not the locked file.
      if (name == "LOCK")
        std::ofstream{dir.path() + "/data/LOCK"} << "1";
      auto reason = told.get_future();
      REQUIRE(reason.wait_for(20s) == std::future_status::ready);
      CHECK(reason.get().find(name + " was removed or replaced") != std::string::npos);
      CHECK((*x)->stop(10s));
      x->reset();
      std::filesystem::remove_all(dir.path() + "/data");
    }
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
    // The rejected start has released its store.
    same_port.admin.port = 0;
    CHECK(node::start(same_port));
    CHECK(publish(**first) == 201);
  }
}

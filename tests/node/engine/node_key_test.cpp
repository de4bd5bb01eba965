#include "node/engine/node_key.hpp"

#include "persistence/storage.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace carillon;

TEST_SUITE("node/node_key") {
  namespace {

  struct fixture {
    test::temporary_directory dir;
    std::unique_ptr<storage> store = open_store();
    std::unique_ptr<state_store> state = *store->open_state(true);

    std::unique_ptr<storage> open_store() const {
      storage_options options;
      options.url = "sqlite://" + dir.path() + "/store";
      auto out = storage::open(options);
      REQUIRE(out.has_value());
      return std::move(*out);
    }

    std::string file(const char* name) const {
      return dir.path() + "/" + name;
    }

    secret_box key(const char* name) const {
      auto out = secret_box::open(file(name));
      REQUIRE(out.has_value());
      return *out;
    }

    expected<std::string> check(const char* name, bool adopt = false) {
      return check_node_key(*state, key(name), file(name), adopt);
    }

    void add_webhook(const char* sealed_by) {
      create_webhook x;
      x.settings.url = "https://a.example";
      x.sealed = {key(sealed_by).seal("whsec_x", webhook_secret_context).value(), {}, {}};
      REQUIRE(state->webhooks().insert(x, wall_clock_now()).has_value());
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "the key of the first start is the one from then on") {
    REQUIRE(check("a").has_value());
    CHECK(check("a")->empty());
    auto other = check("b");
    REQUIRE_FALSE(other.has_value());
    CHECK(other.error().code == ec::conflict);
    const auto& text = other.error().detail;
    for (const auto& part :
         {file("b"), key("a").fingerprint().value(), key("b").fingerprint().value(),
          std::string{"--key-file"}, std::string{"--accept-new-key"}})
      CHECK_MESSAGE(text.find(part) != std::string::npos, text);
    CHECK(text.find('\n') == std::string::npos);
    CHECK(check("a").has_value());
  }

  TEST_CASE_FIXTURE(fixture, "a key that is lost is given up only by saying so") {
    REQUIRE(check("a").has_value());
    auto adopted = check("b", true);
    REQUIRE(adopted.has_value());
    CHECK(adopted->find("rotate-secret") != std::string::npos);
    CHECK(check("b").has_value());
    CHECK(check("b", true)->empty());
    CHECK_FALSE(check("a").has_value());
  }

  TEST_CASE_FIXTURE(fixture, "a key file that is missing is not made anew where one is known") {
    CHECK(check_key_file(*state, file("a"), false).has_value());
    REQUIRE(check("a").has_value());
    CHECK(check_key_file(*state, file("a"), false).has_value());
    auto missing = check_key_file(*state, file("gone"), false);
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().detail.find(key("a").fingerprint().value()) != std::string::npos);
    CHECK(check_key_file(*state, file("gone"), true).has_value());
  }

  TEST_CASE_FIXTURE(fixture, "a store of before is compared by the secrets that it has") {
    add_webhook("a");
    auto other = check("b");
    REQUIRE_FALSE(other.has_value());
    CHECK(other.error().code == ec::conflict);
    // Nothing was noted by the wrong one.
    CHECK(check("a").has_value());
    CHECK_FALSE(check("b").has_value());
  }

  TEST_CASE_FIXTURE(fixture, "one damaged secret keeps no node with the right key down") {
    REQUIRE(check("a").has_value());
    add_webhook("b");
    CHECK(check("a").has_value());
  }
}

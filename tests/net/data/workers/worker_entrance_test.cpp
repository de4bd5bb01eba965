#include "net/data/workers/worker_entrance.hpp"

#include "messages/workers/own_name.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::data;

TEST_SUITE("net/worker_entrance") {
  namespace {

  using boost::beast::http::verb;

  struct fixture {
    key_ring keys;
    std::string text = key_ring::make_key().value();

    /// The key of a worker for these consumers.
    void admit(const std::string& company, const std::string& consumers) {
      keys.replace({{.id = 3,
                     .name = "test",
                     .role = role::worker,
                     .company_id = company,
                     .consumers = consumers,
                     .hash = key_ring::hash_of(text),
                     .created_at = {}}});
    }

    /// True if the key may pull of the consumer.
    bool admits(const std::string& consumer) const {
      const auto path = "/api/consumers/" + consumer + "/pull";
      const auto authorization = "Bearer " + text;
      const auto at = worker_route_of(path);
      REQUIRE(at);
      request_head head;
      head.method = verb::post;
      head.target = path;
      head.authorization = authorization;
      const auto found = worker_entrance{keys, nullptr}.judge(*at, head, true);
      if (found.refused)
        CHECK(found.refused->why.code == ec::forbidden);
      return !found.refused;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture,
                    "a whole name of a company opens no consumer that its key does not have") {
    admit("c-1", "billing,mail.*");
    CHECK(admits("billing"));
    CHECK(admits("mail.orders"));
    CHECK(admits(own_name("mail.orders", "c-1")));
    CHECK(!admits("mail"));
    CHECK(!admits(own_name("mail", "c-1")));
    // It means no consumer of this company.
    CHECK(admits(own_name("mail", "c-2")));
  }

  TEST_CASE_FIXTURE(
    fixture, "a whole name is a name like others to keys of all consumers, and of no company") {
    for (const std::string list : {"", "*", "mail*"}) {
      admit("c-1", list);
      CHECK(admits(own_name("mail", "c-1")));
    }
    admit({}, "mail.*");
    CHECK(admits(own_name("mail", "c-1")));
    CHECK(!admits("mail"));
  }
}

#include "tests/e2e/node_process.hpp"
#include "tests/messages/inbound/signed_requests.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

// Providers of webhooks at a real node.

namespace carillon::test {

TEST_SUITE("e2e/inbound") {
  namespace {

  constexpr const char* json_type = "application/json";
  constexpr const char* stripe_secret = "whsec_of_stripe_0123456789";

  void set_up(const node_process& node, const std::string& name, const std::string& body) {
    const auto done = node.admin()->Put(("/api/inbound/" + name).c_str(), body, json_type);
    REQUIRE(done);
    REQUIRE_MESSAGE((done->status == 200 || done->status == 201), done->body);
  }

  std::string delivery(int number) {
    return R"({"id":"evt_)" + std::to_string(number) + R"(","type":"charge.succeeded","data":{"n":)"
           + std::to_string(number) + "}}";
  }

  /// Status of the answer; 0 if there was none.
  int deliver(httplib::Client& client, const std::string& body,
              const char* secret = stripe_secret) {
    const auto source = source_of(inbound_preset::stripe, secret);
    httplib::Headers headers;
    for (const auto& [name, value] : signed_headers(source, body, wall_clock_now()))
      headers.emplace(name, value);
    const auto done = client.Post("/in/stripe", headers, body, json_type);
    return done ? done->status : 0;
  }

  uint64_t stored(const node_process& node) {
    const auto stats = parse(node.admin()->Get("/api/events/stats"));
    if (!stats.IsObject())
      return 0;
    const auto found = stats.FindMember("stripe.charge.succeeded");
    return found == stats.MemberEnd() ? 0 : found->value.GetUint64();
  }

  } // namespace

  TEST_CASE("deliveries are sent again while the node is killed: each is one event") {
    temporary_directory dir;
    const auto start = [&] {
      return std::make_unique<node_process>(dir.path() + "/data",
                                            std::vector<std::string>{"--accept-unknown-types"});
    };
    auto node = start();
    REQUIRE_MESSAGE(node->ready(), node->log());
    set_up(*node, "stripe",
           std::string{R"({"preset":"stripe","companyId":"acme","secret":")"} + stripe_secret
             + "\"}");
    constexpr int deliveries = 300;
    // A provider sends in order, and again what was not answered.
    int next = 0;
    for (int kill = 0; kill < 3; ++kill) {
      std::atomic<bool> killed{false};
      std::thread provider{[&, client = node->data()] {
        while (!killed && next < deliveries) {
          // Each twice, as if the first answer had been lost.
          deliver(*client, delivery(next));
          if (deliver(*client, delivery(next)) != 202)
            break;
          ++next;
        }
      }};
      const auto target = static_cast<uint64_t>((kill + 1) * deliveries / 4);
      CHECK(eventually([&] { return stored(*node) >= target; }));
      node->child().kill();
      killed = true;
      provider.join();
      node = start();
      REQUIRE_MESSAGE(node->ready(), node->log());
    }
    // The secret is still there, sealed.
    const auto client = node->data();
    for (int i = 0; i < deliveries; ++i)
      CHECK(deliver(*client, delivery(i)) == 202);
    CHECK(stored(*node) == deliveries);
    const auto page
      = parse(node->admin()->Get("/api/events?types=stripe.*&companyId=acme&limit=1&order=asc"));
    REQUIRE(page.IsObject());
    const auto& first = page["events"][0];
    CHECK(std::string{first["source"].GetString()} == "/in/stripe");
    CHECK(std::string{first["id"].GetString()} == "evt_0");
  }

  TEST_CASE("a rotated secret and a deleted source hold after a restart") {
    temporary_directory dir;
    auto node = std::make_unique<node_process>(dir.path() + "/data",
                                               std::vector<std::string>{"--accept-unknown-types"});
    REQUIRE_MESSAGE(node->ready(), node->log());
    set_up(*node, "stripe",
           std::string{R"({"preset":"stripe","secret":")"} + stripe_secret + "\"}");
    set_up(*node, "gone", R"({"preset":"github"})");
    const auto rotated
      = node->admin()->Post("/api/inbound/stripe/rotate-secret",
                            R"({"secret":"whsec_the_next_one","graceSeconds":3600})", json_type);
    REQUIRE(rotated);
    CHECK(rotated->status == 200);
    CHECK(node->admin()->Delete("/api/inbound/gone")->status == 204);
    node->child().kill();
    node = std::make_unique<node_process>(dir.path() + "/data",
                                          std::vector<std::string>{"--accept-unknown-types"});
    REQUIRE_MESSAGE(node->ready(), node->log());
    const auto client = node->data();
    CHECK(deliver(*client, delivery(1)) == 202);
    CHECK(deliver(*client, delivery(2), "whsec_the_next_one") == 202);
    CHECK(deliver(*client, delivery(3), "whsec_another_one") == 401);
    CHECK(client->Post("/in/gone", "{}", json_type)->status == 404);
    CHECK(stored(*node) == 2);
    // Replayed as every event is.
    const auto replay = node->admin()->Post(
      "/api/events/replay",
      R"({"filter":{"types":["stripe.*"]},"target":"handlers","dryRun":true})", json_type);
    REQUIRE(replay);
    CHECK(replay->status == 200);
    CHECK(replay->body.find("\"matched\":2") != std::string::npos);
    // Nothing of a secret is in the audit log, nor in what is shown.
    for (const char* path : {"/api/audit", "/api/inbound", "/api/inbound/stripe"})
      CHECK(node->admin()->Get(path)->body.find("whsec_") == std::string::npos);
  }
}

} // namespace carillon::test

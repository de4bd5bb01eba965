#include "tests/net/admin/portal_fixture.hpp"

#include <thread>
#include <vector>

using namespace carillon;
using carillon::test::admin_fixture;
using carillon::test::portal_fixture;

TEST_SUITE("net/portal_token") {
  TEST_CASE("an admin's key makes a token, and the audit log has a row of it") {
    portal_fixture f;
    auto made = f.operators.send("POST", "/api/portal-tokens", f.operators.admin,
                                 R"({"companyId":"A","ttlSeconds":120,"may":["resend","test"]})",
                                 {{"Carillon-Actor", "ada"}});
    CHECK(made.status == 201);
    CHECK(made.field("Cache-Control") == "no-store");
    CHECK(made.text("/companyId") == "A");
    CHECK(made.text("/token").starts_with("pt_"));
    // In the order of the rights.
    CHECK(made.text("/may/0") == "test");
    CHECK(made.text("/may/1") == "resend");
    CHECK(made.size("/may") == 2);
    CHECK_FALSE(made.text("/expiresAt").empty());
    auto guard = f.operators.lock();
    REQUIRE(f.operators.data.audit.size() == 1);
    const auto& row = f.operators.data.audit.front().entry;
    CHECK(row.action == "portal_token.created");
    CHECK(row.actor == "key:3");
    CHECK(row.person == "ada");
    CHECK(row.company_id == "A");
    CHECK(row.subject == "portal:" + made.text("/id"));
    CHECK(row.detail.find("resend") != std::string::npos);
    CHECK(row.detail.find("pt_") == std::string::npos);
  }

  TEST_CASE("who may make tokens, and for whom") {
    portal_fixture f;
    auto& x = f.operators;
    const auto* of_a = R"({"companyId":"A","may":[]})";
    const auto* of_b = R"({"companyId":"B","may":[]})";
    auto status = [&](const std::string& key, const char* body) {
      return x.send("POST", "/api/portal-tokens", key, body).status;
    };
    CHECK(status("", of_a) == 401);
    CHECK(status(x.publisher, of_a) == 403);
    CHECK(status(x.reader, of_a) == 403);
    CHECK(status(x.reader_a, of_a) == 403);
    CHECK(status(x.admin_a, of_a) == 201);
    CHECK(status(x.admin_a, of_b) == 403);
    CHECK(status(x.admin, of_b) == 201);
    // A token makes none, on neither port.
    auto token = f.token();
    CHECK(status(token, of_a) == 401);
    CHECK(f.send("POST", "/portal/api/portal-tokens", token, of_a).status == 404);
  }

  TEST_CASE("what is no order of a token is refused") {
    portal_fixture f;
    for (const auto* body :
         {"{", "[]", R"({"companyId":"A"})", R"({"may":[]})", R"({"companyId":"","may":[]})",
          R"({"companyId":"A","may":"test"})", R"({"companyId":"A","may":["any"]})",
          R"({"companyId":"A","may":["test","admin"]})", R"({"companyId":"A","may":[1]})",
          R"({"companyId":"A","may":[],"ttlSeconds":0})",
          R"({"companyId":"A","may":[],"ttlSeconds":3601})",
          R"({"companyId":"A","may":[],"ttlSeconds":-1})", R"({"companyId":"A","may":[],"more":1})",
          R"({"companyId":"A\n","may":[]})"}) {
      CAPTURE(body);
      CHECK(f.operators.post("/api/portal-tokens", body).status == 400);
    }
    auto guard = f.operators.lock();
    CHECK(f.operators.data.audit.empty());
  }

  TEST_CASE("a token whose row could not be written is given to nobody") {
    portal_fixture f;
    f.operators.data.broken = true;
    // More often than a company may have tokens.
    for (int i = 0; i < 5; ++i) {
      auto failed = f.operators.post("/api/portal-tokens", R"({"companyId":"A","may":[]})");
      CHECK(failed.status == 503);
      CHECK(failed.body.find("pt_") == std::string::npos);
    }
    f.operators.data.broken = false;
    CHECK_FALSE(f.token().empty());
  }

  TEST_CASE("a company has so many tokens at a time") {
    portal_fixture f;
    for (int i = 0; i < 3; ++i)
      CHECK_FALSE(f.token().empty());
    auto one_more = f.operators.post("/api/portal-tokens", R"({"companyId":"A","may":[]})");
    CHECK(one_more.status == 429);
    CHECK_FALSE(one_more.field("Retry-After").empty());
    CHECK_FALSE(f.token("[]", "B").empty());
    f.operators.ahead = std::chrono::minutes{2};
    CHECK_FALSE(f.token().empty());
  }

  TEST_CASE("a token is told whose it is, and nothing of the key that made it") {
    portal_fixture f;
    auto token = f.token(R"(["test"])");
    auto me = f.send("GET", "/portal/api/me", token);
    CHECK(me.status == 200);
    CHECK(me.text("/role") == "portal");
    CHECK(me.text("/companyId") == "A");
    CHECK(me.text("/may/0") == "test");
    CHECK(me.is_null("/name"));
    CHECK_FALSE(me.text("/expiresAt").empty());
    CHECK(me.body.find("admin") == std::string::npos);
  }

  TEST_CASE("a token ends when it says, and with the key that made it") {
    portal_fixture f;
    auto token = f.token("[]", "A", 60);
    CHECK(f.send("GET", "/portal/api/me", token).status == 200);
    f.operators.ahead = std::chrono::seconds{61};
    auto ended = f.send("GET", "/portal/api/me", token);
    CHECK(ended.status == 401);
    CHECK(ended.field("WWW-Authenticate") == "Bearer");
    auto made = f.operators.send("POST", "/api/portal-tokens", f.operators.admin_a,
                                 R"({"companyId":"A","may":[]})");
    auto of_key = made.text("/token");
    CHECK(f.send("GET", "/portal/api/me", of_key).status == 200);
    CHECK(f.operators.remove("/api/keys/5").status == 204);
    CHECK(f.send("GET", "/portal/api/me", of_key).status == 401);
  }

  TEST_CASE("the audit log names the token and the person, whatever the browser says") {
    portal_fixture f;
    f.populate();
    auto made
      = f.operators.send("POST", "/api/portal-tokens", f.operators.admin,
                         R"({"companyId":"A","may":["endpoints"]})", {{"Carillon-Actor", "ada"}});
    auto token = made.text("/token");
    auto claimed = f.send("POST", "/portal/api/events/webhooks/1/disable", token, {},
                          {{"Carillon-Actor", "bob"}});
    CHECK(claimed.status == 400);
    CHECK(claimed.text("/field") == "Carillon-Actor");
    CHECK(f.send("POST", "/portal/api/events/webhooks/1/disable", token).status == 200);
    auto guard = f.operators.lock();
    REQUIRE(f.operators.data.stamps.size() == 1);
    const auto& stamp = f.operators.data.stamps.front();
    CHECK(stamp.who == "portal:" + made.text("/id"));
    CHECK(stamp.person == "ada");
    CHECK(stamp.key_name == "admin");
    CHECK(stamp.from == "127.0.0.1");
  }

  TEST_CASE("a company whose tests hang does not stop the calls of others") {
    portal_fixture f;
    f.populate();
    auto mine = f.token();
    auto theirs = f.token(portal_fixture::everything, "B");
    f.operators.data.silent_changes = true;
    std::vector<std::thread> waiting;
    for (int i = 0; i < 12; ++i)
      waiting.emplace_back([&] {
        httplib::Client client{"127.0.0.1", f.port()};
        client.set_read_timeout(0, 200'000);
        httplib::Headers fields{{"Authorization", "Bearer " + mine}};
        client.Post("/portal/api/events/webhooks/1/test", fields, std::string{},
                    "application/json");
      });
    for (auto& x : waiting)
      x.join();
    CHECK(f.send("GET", "/portal/api/events/webhooks", theirs).status == 200);
    CHECK(f.send("GET", "/portal/api/events/webhooks", mine).status == 200);
    f.operators.data.silent_changes = false;
    CHECK(f.send("POST", "/portal/api/events/webhooks/2/test", theirs).status == 200);
  }

  TEST_CASE("without origins there is no portal") {
    portal_fixture f{admin_fixture::defaults()};
    CHECK(f.operators.port_->portal() == nullptr);
    auto refused = f.operators.post("/api/portal-tokens", R"({"companyId":"A","may":[]})");
    CHECK(refused.status == 409);
    CHECK(refused.text("/detail").find("--portal-origins") != std::string::npos);
    for (const auto* path : {"/portal/", "/portal/portal.js", "/portal/api/me", "/portal"})
      CHECK(f.send("GET", path, "").status == 404);
  }
}

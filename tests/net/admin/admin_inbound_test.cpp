#include "tests/net/admin/admin_fixture.hpp"

#include <doctest/doctest.h>

#include <string>

// Providers of webhooks.

namespace carillon::test {

TEST_SUITE("net/admin_inbound") {
  namespace {

  constexpr const char* github = "/api/inbound/github";
  constexpr const char* generic
    = R"({"preset":"hmac","companyId":"A","type":"shop.{/topic}","id":"{/id}","secret":"12345678",)"
      R"("signature":{"header":"X-Sign","prefix":"v1="},"verifyToken":"a-token-of-meta"})";

  } // namespace

  TEST_CASE("a source is set up, shown, sent back, rotated and deleted") {
    admin_fixture f;
    const auto made = f.put(github, R"({"preset":"github"})");
    REQUIRE(made.status == 201);
    CHECK(made.field("Location") == github);
    CHECK(made.text("/secret") == "made-secret");
    CHECK(made.text("/path") == "/in/github");
    CHECK(made.text("/type") == "github.{header:x-github-event}");
    CHECK(made.is_null("/companyId"));
    CHECK(f.data.inbound_put.by.who.starts_with("key:"));
    const auto shown = f.get(github);
    CHECK(shown.status == 200);
    CHECK(shown.body.find("secret\"") == std::string::npos);
    CHECK(shown.body.find("sealed") == std::string::npos);
    const auto again = f.put(github, shown.body);
    CHECK(again.status == 200);
    CHECK(again.body.find("made-secret") == std::string::npos);
    const auto rotated = f.post(std::string{github} + "/rotate-secret",
                                R"({"secret":"87654321","graceSeconds":60})");
    CHECK(rotated.status == 200);
    CHECK(rotated.body.find("87654321") == std::string::npos);
    CHECK_FALSE(rotated.is_null("/oldSecretExpiresAt"));
    CHECK(f.data.inbound_rotated.secret == "87654321");
    CHECK(f.data.inbound_rotated.grace.count() == 60);
    CHECK(f.post(std::string{github} + "/rotate-secret").text("/secret") == "made-secret");
    CHECK(f.get("/api/inbound").size("/sources") == 1);
    CHECK(f.remove(github).status == 204);
    CHECK(f.remove(github).status == 404);
    CHECK(f.get(github).status == 404);
    CHECK(f.post(std::string{github} + "/rotate-secret").status == 404);
  }

  TEST_CASE("a generic source keeps its signature, and a hash of its token") {
    admin_fixture f;
    REQUIRE(f.put("/api/inbound/shop", generic).status == 201);
    CHECK(f.data.inbound_put.secret == "12345678");
    const auto shown = f.get("/api/inbound/shop");
    CHECK(shown.text("/signature/header") == "x-sign");
    CHECK(shown.text("/signature/algorithm") == "sha256");
    CHECK(shown.text("/verifyTokenSha256").size() == 64);
    CHECK(shown.body.find("a-token-of-meta") == std::string::npos);
    CHECK(shown.body.find("12345678") == std::string::npos);
    CHECK(f.put("/api/inbound/shop", shown.body).status == 200);
  }

  TEST_CASE("bad sources are refused with their field") {
    admin_fixture f;
    const auto field = [&](const std::string& body, const char* path = github) {
      const auto answered = f.put(path, body);
      CHECK(answered.status == 400);
      return answered.text("/field");
    };
    CHECK(field("{}") == "preset");
    CHECK(field(R"({"preset":"gitlab"})") == "preset");
    CHECK(field(R"({"preset":"github"})", "/api/inbound/GitHub") == "name");
    CHECK(field(R"({"preset":"github","name":"other"})") == "name");
    CHECK(field(R"({"preset":"github","every":1})") == "every");
    CHECK(field(R"({"preset":"github","type":"{}"})") == "type");
    CHECK(field(R"({"preset":"github","companyId":7})") == "companyId");
    CHECK(field(R"({"preset":"github","secret":7})") == "secret");
    CHECK(f.data.inbound.empty());
    REQUIRE(f.put(github, R"({"preset":"github"})").status == 201);
    const auto rotate = std::string{github} + "/rotate-secret";
    CHECK(f.post(rotate, R"({"graceSeconds":-1})").text("/field") == "graceSeconds");
    CHECK(f.post(rotate, R"({"graceSeconds":9999999})").text("/field") == "graceSeconds");
    CHECK(f.post(rotate, R"({"every":1})").text("/field") == "every");
  }

  TEST_CASE("a company's key sets up, sees and deletes its own sources only") {
    admin_fixture f;
    REQUIRE(f.put(github, R"({"preset":"github"})").status == 201);
    REQUIRE(f.put("/api/inbound/b", R"({"preset":"github","companyId":"B"})").status == 201);
    CHECK(f.send("PUT", github, f.admin_a, R"({"preset":"github"})").status == 409);
    CHECK(
      f.send("PUT", "/api/inbound/a", f.admin_a, R"({"preset":"github","companyId":"B"})").status
      == 403);
    for (const char* path : {github, "/api/inbound/b"}) {
      CHECK(f.send("GET", path, f.admin_a).status == 404);
      CHECK(f.send("DELETE", path, f.admin_a).status == 404);
      CHECK(f.send("POST", std::string{path} + "/rotate-secret", f.admin_a).status == 404);
    }
    CHECK(f.send("GET", "/api/inbound", f.reader_a).size("/sources") == 0);
    CHECK(f.send("GET", "/api/inbound?companyId=B", f.reader_a).status == 403);
    const auto own = f.send("PUT", "/api/inbound/a", f.admin_a, R"({"preset":"github"})");
    CHECK(own.status == 201);
    CHECK(own.text("/companyId") == "A");
    CHECK(f.send("GET", "/api/inbound", f.reader_a).size("/sources") == 1);
    CHECK(f.get("/api/inbound").size("/sources") == 3);
    CHECK(f.get("/api/inbound?companyId=B").size("/sources") == 1);
    CHECK(f.send("PUT", "/api/inbound/c", f.reader_a, R"({"preset":"github"})").status == 403);
    CHECK(f.send("DELETE", "/api/inbound/a", f.admin_a).status == 204);
  }
}

} // namespace carillon::test

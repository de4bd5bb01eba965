#include "tests/node/fake_node.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;
using carillon::test::fake_node;

TEST_SUITE("node/inbound_commands") {
  namespace {

  const std::string source
    = R"({"name":"github","path":"/in/github","companyId":"c-1","preset":"github",)"
      R"("type":"github.{header:x-github-event}","id":"{header:x-github-delivery}\u001B[2J",)"
      R"("toleranceSeconds":300,"answerStatus":202,"secretSetAt":"2026-12-01T10:00:00Z",)"
      R"("oldSecretExpiresAt":null)";

  bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  struct inbound_fixture {
    fake_node node;
  };

  } // namespace

  TEST_CASE_FIXTURE(inbound_fixture, "wrong usage is code 2, and asks the node nothing") {
    node.refuses({{"inbound"},
                  {"inbound", "show"},
                  {"inbound", "show", "GitHub"},
                  {"inbound", "put", "github"},
                  {"inbound", "put", "github", "--preset", "gitlab"},
                  {"inbound", "put", "github", "--preset", "github", "--type", "a.{b}"},
                  {"inbound", "put", "github", "--preset", "github", "--tolerance", "0"},
                  {"inbound", "rotate-secret", "github", "--grace", "9999999"},
                  {"inbound", "delete", "a/b"}});
  }

  TEST_CASE_FIXTURE(inbound_fixture, "sources are a table, or text, safe for a terminal") {
    node.answers(
      {{200, R"({"sources":[)" + source + R"(}],"nextCursor":null})"}, {200, source + "}"}});
    const auto table = node.run({"inbound", "list", "--company", "c-1"});
    CHECK(table.code == 0);
    CHECK(contains(table.out, "github.{header:x-github-event}"));
    CHECK_FALSE(contains(table.out, "\x1B"));
    const auto shown = node.run({"inbound", "show", "github"});
    CHECK(contains(shown.out, "path         /in/github\n"));
    const auto requests = node.requests();
    CHECK(requests[0].line == "GET /api/inbound?companyId=c-1");
    CHECK(requests[1].line == "GET /api/inbound/github");
  }

  TEST_CASE_FIXTURE(inbound_fixture,
                    "put and rotate-secret send what is named, and show a made secret") {
    node.answers({{201, source + R"(,"secret":"made-for-github"})"},
                  {200, source + "}"},
                  {200, source + "}"},
                  {204, ""}});
    const auto made
      = node.run({"inbound", "put", "github", "--preset", "github", "--company", "c-1"});
    CHECK(made.code == 0);
    CHECK(contains(made.out, "made-for-github"));
    CHECK(node
            .run({"inbound", "put", "shop", "--preset", "hmac", "--type", "shop.{/topic}", "--id",
                  "{/id}", "--secret", "top-secret", "--signature-header", "x-sign", "--prefix",
                  "v1=", "--encoding", "base64", "--tolerance", "60"})
            .code
          == 0);
    CHECK(node.run({"inbound", "rotate-secret", "shop", "--secret", "next-secret", "--grace", "60"})
            .code
          == 0);
    CHECK(node.run({"inbound", "delete", "shop"}).out == "source shop deleted\n");
    const auto requests = node.requests();
    CHECK(requests[0].line == "PUT /api/inbound/github");
    CHECK(requests[0].body == R"({"preset":"github","companyId":"c-1"})");
    CHECK(requests[1].body
          == R"({"preset":"hmac","type":"shop.{/topic}","id":"{/id}","secret":"top-secret",)"
             R"("signature":{"header":"x-sign","prefix":"v1=","encoding":"base64"},)"
             R"("toleranceSeconds":60})");
    CHECK(requests[2].line == "POST /api/inbound/shop/rotate-secret");
    CHECK(requests[2].body == R"({"graceSeconds":60,"secret":"next-secret"})");
    CHECK(requests[3].line == "DELETE /api/inbound/shop");
  }
}

#include "tests/net/data/data_port_fixture.hpp"

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/data_port CloudEvents") {
  namespace {

  /// A request in binary mode.
  std::string binary(std::string_view fields, std::string_view body = {},
                     std::string_view type = "application/json") {
    return post(
      body, "ce-specversion: 1.0\r\nce-type: test.thing\r\nce-source: /t\r\n" + std::string{fields},
      type);
  }

  } // namespace

  TEST_CASE_FIXTURE(port_fixture, "binary mode needs neither a body nor its type") {
    start();
    CHECK(ask(binary("ce-id: a\r\n", {}, {})).status == 201);
    CHECK(ask("POST /api/events HTTP/1.1\r\nHost: localhost\r\nce-specversion: 1.0\r\n"
              "ce-type: test.thing\r\nce-source: /t\r\nce-id: b\r\n\r\n")
            .status
          == 201);
    CHECK(ask(binary("ce-id: c\r\n")).status == 201);
    REQUIRE(router.drafts().size() == 3);
    for (const auto& x : router.drafts())
      CHECK(x->data == "{}");
    CHECK(ask(binary("ce-id: d\r\n", "{}", {})).status == 415);
  }

  TEST_CASE_FIXTURE(port_fixture, "the type of the data is any JSON, and kept") {
    start();
    CHECK(ask(binary("ce-id: a\r\n", R"({"n":1})", "text/json")).status == 201);
    CHECK(ask(binary("ce-id: b\r\n", R"({"n":1})", "application/vnd.shop+json; v=2")).status
          == 201);
    CHECK(ask(binary("ce-id: c\r\n", "a,b", "text/csv")).status == 415);
    REQUIRE(router.drafts().size() == 2);
    CHECK(router.drafts()[0]->metadata == R"({"datacontenttype":"text/json"})");
    CHECK(router.drafts()[1]->metadata
          == R"({"datacontenttype":"application/vnd.shop+json; v=2"})");
  }

  TEST_CASE_FIXTURE(port_fixture, "header values are unquoted and decoded, and ids are checked") {
    start();
    CHECK(ask(binary("ce-id: \"a b\"\r\nce-traceparent: 01-x\r\nce-audience: staff\r\n")).status
          == 201);
    REQUIRE(router.drafts().size() == 1);
    CHECK(router.drafts()[0]->id == "a b");
    CHECK(router.drafts()[0]->traceparent.empty());
    CHECK(router.drafts()[0]->metadata == R"({"audience":"staff"})");
    auto refused
      = ask(post("{}", "ce-specversion: 1.0\r\nce-type: test.thing\r\nce-source: a%20b\r\n"
                       "ce-id: a\r\n"));
    CHECK(refused.status == 400);
    CHECK(refused.has(R"("field":"source")"));
  }
}

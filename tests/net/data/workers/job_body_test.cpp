#include "net/data/workers/job_body.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace carillon;
using namespace carillon::data;

TEST_SUITE("net/job_body") {
  namespace {

  const timestamp now = *from_rfc3339("2026-12-01T00:00:00Z");

  job_draft read(const std::string& body) {
    CAPTURE(body);
    auto out = job_draft_from(body, now);
    REQUIRE(out.has_value());
    return *out;
  }

  } // namespace

  TEST_CASE("a body is a job, whose payload stays as it was sent") {
    auto x = read(R"({"queue":"thumbs","kind":"thumbs.small","key":"photo-7","companyId":"c-1",)"
                  R"("payload": {"n": 0.12345678901234567890, "queue":"x"} ,)"
                  R"("runAt":"2026-12-02T01:00:00+01:00","priority":-100})");
    CHECK(x.kind == "thumbs.small");
    CHECK(x.key == "photo-7");
    CHECK(x.company_id == "c-1");
    CHECK(x.payload == R"({"n": 0.12345678901234567890, "queue":"x"})");
    CHECK(x.run_at == *from_rfc3339("2026-12-02T00:00:00Z"));
    CHECK(x.priority == -100);
  }

  TEST_CASE("what is left out has a default") {
    auto x = read(R"({"queue":"thumbs"})");
    CHECK(x.kind == "thumbs");
    CHECK(x.payload == "{}");
    CHECK(x.company_id.empty());
    CHECK(x.run_at == timestamp{});
    CHECK(x.priority == 0);
    CHECK(x.key.size() == 36);
    CHECK(read(R"({"queue":"thumbs"})").key != x.key);
    CHECK(read(R"({"queue":"thumbs","companyId":null})").company_id.empty());
    CHECK(read(R"({"queue":"thumbs","payl\u006fad":{"a":1}})").payload == R"({"a":1})");
    // Long ago is at once.
    CHECK(read(R"({"queue":"thumbs","runAt":"1970-01-01T00:00:00Z"})").run_at > timestamp{});
  }

  TEST_CASE("a traceparent is kept if it is understood, and refused never") {
    const std::string known = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    CHECK(read(R"({"queue":"thumbs","traceparent":")" + known + "\"}").traceparent == known);
    CHECK(read(R"({"queue":"thumbs","traceparent":"x"})").traceparent.empty());
    CHECK(read(R"({"queue":"thumbs"})").traceparent.empty());
  }

  TEST_CASE("what is out of bounds is refused by its name") {
    auto with = [](const std::string& rest) { return R"({"queue":"thumbs",)" + rest + "}"; };
    for (const auto& [body, field] : std::vector<std::pair<std::string, std::string>>{
           {"{}", "queue"},
           {R"({"queue":""})", "queue"},
           {R"({"queue":"Thumbs"})", "queue"},
           {R"({"queue":"a.b"})", "queue"},
           {R"({"queue":"1a"})", "queue"},
           {R"({"queue":7})", "queue"},
           {R"({"queue":")" + std::string(65, 'a') + R"("})", "queue"},
           {R"({"kind":"thumbs.small"})", "queue"},
           {with(R"("kind":".a")"), "kind"},
           {with(R"("companyId":"")"), "companyId"},
           {with(R"("kind":"other.small")"), "kind"},
           {with(R"("kind":"thumbsx")"), "kind"},
           {with(R"("kind":"thumbs.A")"), "kind"},
           {with(R"("key":"")"), "key"},
           {with(R"("key":null)"), "key"},
           {with(R"("key":"a\n")"), "key"},
           {with(R"("key":")" + std::string(257, 'k') + '"'), "key"},
           {with(R"("payload":[])"), "payload"},
           {with(R"("payload":null)"), "payload"},
           {with(R"("companyId":7)"), "companyId"},
           {with(R"("companyId":"a\n")"), "companyId"},
           {with(R"("priority":101)"), "priority"},
           {with(R"("priority":1.5)"), "priority"},
           {with(R"("priority":"1")"), "priority"},
           {with(R"("runAt":"tomorrow")"), "runAt"},
           {with(R"("runAt":7)"), "runAt"},
           {with(R"("runAt":"2027-12-03T00:00:00Z")"), "runAt"},
           {with(R"("colour":"red")"), "colour"}}) {
      CAPTURE(body);
      auto out = job_draft_from(body, now);
      REQUIRE(!out.has_value());
      CHECK(out.error().code == ec::invalid_argument);
      CHECK(out.error().field == field);
    }
    auto large
      = job_draft_from(with(R"("payload":{"a":")" + std::string(256UL * 1024, 'x') + R"("})"), now);
    REQUIRE(!large.has_value());
    CHECK(large.error().code == ec::too_large);
    CHECK(large.error().field == "payload");
    CHECK(job_draft_from("[]", now).error().code == ec::malformed_json);
    CHECK(job_draft_from("", now).error().code == ec::malformed_json);
  }

  TEST_CASE("the answer tells the id, and whether it was known") {
    CHECK(
      enqueued_json({17, true}, "thumbs.small", "a \"b\"")
      == R"({"id":17,"queue":"thumbs","kind":"thumbs.small","key":"a \"b\"","duplicate":true})");
  }
}

#include "messages/jobs/job.hpp"

#include <doctest/doctest.h>

#include <string>

namespace carillon::test {

TEST_SUITE("messages/job") {
  TEST_CASE("an invalid job is refused, with the field") {
    auto refusal = [](auto change) {
      job_draft x{.kind = "a.x", .key = "k", .payload = "{}", .company_id = {}, .run_at = {}};
      change(x);
      auto answer = check(x);
      return answer ? std::string{} : answer.error().field;
    };
    for (const auto* bad : {"", "A", ".a", "a b", "1"})
      CHECK(refusal([&](job_draft& x) { x.kind = bad; }) == "kind");
    CHECK(refusal([](job_draft& x) { x.kind = std::string(65, 'a'); }) == "kind");
    CHECK(refusal([](job_draft& x) { x.key = ""; }) == "key");
    CHECK(refusal([](job_draft& x) { x.key = std::string(257, 'a'); }) == "key");
    CHECK(refusal([](job_draft& x) { x.key = "a\nb"; }) == "key");
    CHECK(refusal([](job_draft& x) { x.key = "\xff"; }) == "key");
    CHECK(refusal([](job_draft& x) { x.company_id = "a\n"; }) == "companyId");
    CHECK(refusal([](job_draft& x) { x.priority = 101; }) == "priority");
    CHECK(refusal([](job_draft& x) { x.priority = -101; }) == "priority");
    for (const auto* bad : {"", "[]", "1", "{", "{} {}", R"({"a":1,"a":2})"})
      CHECK(refusal([&](job_draft& x) { x.payload = bad; }) == "payload");
    auto large = R"({"a":")" + std::string(256UL * 1024, 'x') + "\"}";
    CHECK(refusal([&](job_draft& x) { x.payload = large; }) == "payload");
    CHECK(refusal([](job_draft&) {}).empty());
  }
}

} // namespace carillon::test

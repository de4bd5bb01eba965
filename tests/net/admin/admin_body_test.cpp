// Bodies of calls that two parsers could understand differently.

#include "tests/net/admin/admin_fixture.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;
using carillon::test::admin_fixture;
using namespace std::literals;

TEST_SUITE("net/admin_body") {

  TEST_CASE("a body that is not exactly one JSON object is 400, at every call that takes one") {
    admin_fixture f;
    struct call {
      const char* method;
      const char* path;
      std::string body;
    };
    const std::vector<call> calls{
      {"POST", "/api/keys", R"({"name":"x","role":"reader"})"},
      {"POST", "/api/events/replay", R"({"eventIds":[1]})"},
      {"PUT", "/api/events/types/a.b", R"({"audience":"none","schema":{}})"},
      {"POST", "/api/events/webhooks", R"({"companyId":"A","url":"https://a.example","types":[]})"},
      {"POST", "/api/consumers/audit/pause", "{}"},
    };
    for (const auto& x : calls) {
      auto open = x.body.substr(0, x.body.size() - 1);
      auto more = open + (open.size() > 1 ? "," : "");
      for (const auto& bad :
           {"\xef\xbb\xbf" + x.body, x.body + "\0"s, x.body + "\0{}"s, "\0"s + x.body,
            x.body + "{}", x.body + "x", x.body + "]", more + R"("z":1,"z":1})",
            more + R"("z":{"y":1,"y":2}})",
            more + R"("z":)" + std::string(64, '[') + std::string(64, ']') + "}",
            more + "\"z\":\"\xff\"}", more + R"("z":"\u0000"})", "[" + x.body + "]"}) {
        CAPTURE(x.path);
        CAPTURE(bad);
        auto refused = f.send(x.method, x.path, f.admin, bad);
        CHECK(refused.status == 400);
        CHECK(refused.code() == "malformed_json");
      }
    }
    CHECK(f.data.stamps.empty());
  }
}

#include "tests/net/admin/portal_fixture.hpp"

using namespace carillon;
using carillon::test::portal_fixture;

TEST_SUITE("net/portal_page") {
  TEST_CASE("the page needs no token, runs its own script only, and is in listed frames only") {
    portal_fixture f;
    for (const auto* path : {"/portal/", "/portal/?lang=de", "/portal/index.html"}) {
      CAPTURE(path);
      auto page = f.send("GET", path, "");
      CHECK(page.status == 200);
      CHECK(page.field("Content-Type") == "text/html; charset=utf-8");
      CHECK(page.body.starts_with("<!doctype html>"));
      auto policy = page.field("Content-Security-Policy");
      for (const auto* part : {"default-src 'none'", "script-src 'self';", "style-src 'self';",
                               "connect-src 'self'", "base-uri 'none'", "form-action 'none'",
                               "frame-ancestors https://app.example http://localhost:*"}) {
        CAPTURE(part);
        CHECK(policy.find(part) != std::string::npos);
      }
      CHECK(policy.find("unsafe") == std::string::npos);
      // It knows no lists, and would forbid every frame.
      CHECK(page.field("X-Frame-Options").empty());
      CHECK(page.field("X-Content-Type-Options") == "nosniff");
      CHECK(page.field("Referrer-Policy") == "no-referrer");
      CHECK(page.body.find("<style") == std::string::npos);
      CHECK(page.body.find("<script>") == std::string::npos);
    }
  }

  TEST_CASE("the page names its parts, and there are no others") {
    portal_fixture f;
    auto page = f.send("GET", "/portal/", "").body;
    for (const auto& [name, type] :
         {std::pair{"portal.js", "text/javascript"}, {"portal.css", "text/css"}}) {
      CAPTURE(name);
      CHECK(page.find('"' + std::string{name} + '"') != std::string::npos);
      auto part = f.send("GET", std::string{"/portal/"} + name, "");
      CHECK(part.status == 200);
      CHECK(part.body.size() > 1'000);
      CHECK(part.field("Content-Type").starts_with(type));
      CHECK(f.send("HEAD", std::string{"/portal/"} + name, "").status == 200);
    }
    for (const auto* path : {"/portal", "/portal/console.js", "/portal/..%2fportal.js",
                             "/portal/portal.js/x", "/portal/portal.js?x=1", "/portal/PORTAL.JS"})
      CHECK(f.send("GET", path, "").status == 404);
    auto refused = f.send("POST", "/portal/", "", "{}");
    CHECK(refused.status == 405);
    CHECK(refused.field("Allow") == "GET, HEAD, OPTIONS");
    CHECK(f.send("OPTIONS", "/portal/", "").status == 204);
  }

  TEST_CASE("a browser that has the page is told so") {
    portal_fixture f;
    for (const auto* path : {"/portal/", "/portal/portal.js", "/portal/portal.css"}) {
      CAPTURE(path);
      auto first = f.send("GET", path, "");
      CHECK(first.field("Cache-Control") == "no-cache");
      auto tag = first.field("ETag");
      REQUIRE(tag.size() == 34);
      auto again = f.send("GET", path, "", {}, {{"If-None-Match", tag}});
      CHECK(again.status == 304);
      CHECK(again.body.empty());
    }
  }
}

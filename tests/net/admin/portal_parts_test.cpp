#include "net/admin/portal/frame_origin.hpp"
#include "net/admin/portal/portal_calls.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace carillon;

TEST_SUITE("net/portal_parts") {
  TEST_CASE("an origin for frames is a scheme, a host and maybe a port") {
    for (const auto* good : {"https://app.example", "http://localhost", "https://app.example:8443",
                             "http://127.0.0.1:*", "https://*.app.example", "HTTPS://App.Example",
                             "https://xn--bcher-kva.example"})
      CHECK_MESSAGE(admin::is_frame_origin(good), good);
    for (const auto* bad : {"",
                            "*",
                            "https://",
                            "https://*",
                            "https://*.",
                            "https:",
                            "app.example",
                            "//app.example",
                            "https://app.example/",
                            "https://app.example/path",
                            "https://app.example;script-src *",
                            "https://app.example https://evil.example",
                            "https://app.example,https://b.example",
                            "https://a.*.example",
                            "https://*app.example",
                            "https://app..example",
                            "https://-a.example",
                            "https://app.example:",
                            "https://app.example:x",
                            "https://app.example:123456",
                            "https://user@app.example",
                            "https://[::1]",
                            "data:text/html",
                            "javascript://a.example",
                            "'self'",
                            "https://app.example\r\nX: y",
                            "https://app.example\t",
                            "https://b\xc3\xbc.example"})
      CHECK_MESSAGE(!admin::is_frame_origin(bad), bad);
  }

  TEST_CASE("each call of the portal is one of the admin port, once") {
    for (const auto& x : admin::portal_calls()) {
      CAPTURE(x.pattern);
      auto all = admin::operations();
      auto found = std::find_if(all.begin(), all.end(), [&](const auto& y) {
        return y.method == x.method && y.pattern == x.pattern;
      });
      REQUIRE(found != all.end());
      CHECK(admin::portal_call_of(*found) == &x);
      // What concerns all companies is nothing for one.
      CHECK(
        (found->needs == admin::permission::read || found->needs == admin::permission::administer));
      // What changes something needs a right.
      CHECK((x.method == "GET" || x.needs.has_value()));
    }
  }
}

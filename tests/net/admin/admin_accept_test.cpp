#include "net/admin/server/accept.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon::admin;

TEST_SUITE("net/admin accept") {
  TEST_CASE("the most precise range decides, in any case, with its weight") {
    struct row {
      const char* accept;
      int quality;
      bool by_name;
    };
    const row table[] = {
      {"", 1'000, false},
      {" \t", 1'000, false},
      {"*/*", 1'000, false},
      {"text/html", 0, false},
      {"application/json", 1'000, true},
      {"Application/JSON", 1'000, true},
      {"application/json;q=0.5", 500, true},
      {"application/json ; Q=0.123", 123, true},
      {"application/json;q=1.000", 1'000, true},
      {"application/json;q=0", 0, true},
      {"application/json;q=0, */*", 0, true},
      {"*/*;q=0.1, application/*;q=0.2", 200, false},
      {"application/*;q=0.9, application/json;q=0.2, */*;q=1", 200, true},
      {"APPLICATION/*;q=0.3", 300, false},
      {",,application/json,", 1'000, true},
      {"application/json;charset=utf-8;q=0.4", 400, true},
      // Invalid weights, and types that are not available.
      {"application/json;q=2", 0, false},
      {"application/json;q=0.1234", 0, false},
      {"application/json;q=x, */*;q=0.1", 100, false},
      {"application/json;profile=\"a,b;q=1\"", 0, false},
      {"application/json;profile=\"a,b\", application/*;q=0.7", 700, false},
      {"application/jsonx", 0, false},
      {"application", 0, false},
      {"*", 0, false},
      {"text/*", 0, false},
    };
    for (const auto& x : table) {
      CAPTURE(std::string{x.accept});
      auto got = welcome_of(x.accept, "application/json");
      CHECK(got.quality == x.quality);
      CHECK(got.by_name == x.by_name);
    }
  }
}

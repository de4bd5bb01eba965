#include "base/text/ascii.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using namespace std::string_view_literals;

TEST_SUITE("base/text/ascii") {
  TEST_CASE("only the letters A to Z have a lower case") {
    for (int i = 0; i < 256; ++i) {
      auto c = static_cast<char>(i);
      auto is_upper = i >= 0x41 && i <= 0x5a;
      CAPTURE(i);
      CHECK(ascii_lower(c) == static_cast<char>(is_upper ? i + 0x20 : i));
    }
    CHECK(ascii_lower("Content-Type: \xc3\x84@[`{"sv) == "content-type: \xc3\x84@[`{");
    CHECK(ascii_lower(""sv).empty());
    CHECK(ascii_lower("A\0B"sv) == "a\0b"sv);
  }

  TEST_CASE("letters are equal in any case, other bytes are not") {
    CHECK(equals_ignoring_case("Retry-After", "rETRY-aFTER"));
    CHECK(equals_ignoring_case("", ""));
    CHECK_FALSE(equals_ignoring_case("retry", "retry-after"));
    CHECK_FALSE(equals_ignoring_case("retry-after", "retry"));
    // 0x20 apart, and no letters.
    CHECK_FALSE(equals_ignoring_case("@", "`"));
    CHECK_FALSE(equals_ignoring_case("[", "{"));
    CHECK_FALSE(equals_ignoring_case("\xc4", "\xe4"));
  }

  TEST_CASE("blanks are taken off both ends only") {
    CHECK(trimmed(" \t a \t b\t ") == "a \t b");
    CHECK(trimmed("a") == "a");
    CHECK(trimmed("").empty());
    CHECK(trimmed(" \t ").empty());
    CHECK(trimmed("\0 "sv) == "\0"sv);
  }

  TEST_CASE("which characters are blank is the caller's choice") {
    CHECK(trimmed(" \r\na\n") == "\r\na\n");
    CHECK(trimmed(" \r\na\n", blanks_and_line_ends) == "a");
    CHECK(trimmed("\va\f", blanks_and_line_ends) == "\va\f");
    CHECK(trimmed("\ta ", " ") == "\ta");
    CHECK(trimmed("\xc2\xa0", blanks_and_line_ends) == "\xc2\xa0");
  }

  TEST_CASE("a token is what RFC 9110, section 5.6.2, lists") {
    constexpr auto allowed = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "abcdefghijklmnopqrstuvwxyz"sv;
    CHECK(is_http_token(allowed));
    for (int i = 0; i < 256; ++i) {
      const char c = static_cast<char>(i);
      CAPTURE(i);
      CHECK(is_http_token({&c, 1}) == (allowed.find(c) != std::string_view::npos));
    }
    CHECK_FALSE(is_http_token(""));
    CHECK_FALSE(is_http_token("a b"));
    CHECK_FALSE(is_http_token("a:"));
  }
}

#include "base/text/utf8.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

using namespace carillon;

TEST_SUITE("base/utf8") {
  namespace {

  /// A plain reading of RFC 3629, section 4.
  bool is_utf8_by_the_book(std::string_view x) {
    auto byte = [&](size_t i) { return i < x.size() ? static_cast<unsigned char>(x[i]) : 0; };
    for (size_t i = 0; i < x.size();) {
      unsigned a = byte(i);
      size_t more = a < 0x80 ? 0 : a < 0xe0 ? 1 : a < 0xf0 ? 2 : 3;
      unsigned point = more == 0 ? a : a & (0x3fU >> more);
      if (a >= 0x80 && (a < 0xc2 || a > 0xf4))
        return false;
      for (size_t k = 1; k <= more; ++k) {
        if ((byte(i + k) & 0xc0) != 0x80)
          return false;
        point = point << 6 | (byte(i + k) & 0x3f);
      }
      if ((more == 2 && point < 0x800) || (more == 3 && (point < 0x10000 || point > 0x10ffff))
          || (point >= 0xd800 && point <= 0xdfff))
        return false;
      i += more + 1;
    }
    return true;
  }

  } // namespace

  TEST_CASE("text that is not UTF-8 is recognised and repaired") {
    for (const auto* good :
         {"", "a", "\xc3\xa4", "\xe2\x82\xac", "\xed\x9f\xbf", "\xf0\x9f\x98\x80"}) {
      CHECK(is_utf8(good));
      CHECK(as_utf8(good) == good);
    }
    for (const auto* bad : {"\x80", "\xc0\xaf", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80",
                            "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\xff"}) {
      CHECK(!is_utf8(bad));
      CHECK(is_utf8(as_utf8(bad)));
    }
    CHECK(as_utf8("a\xff"
                  "b")
          == "a\xef\xbf\xbd"
             "b");
  }

  TEST_CASE("it agrees with a plain reading of the RFC") {
    auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 rng{seed};
    static const std::string pieces[] = {"a",
                                         "abcdefgh",
                                         "ü",
                                         "€",
                                         "𝄞",
                                         "\x80",
                                         "\xc0\xaf",
                                         "\xed\xa0\x80",
                                         "\xf4\x90\x80\x80",
                                         "\xe2\x82",
                                         "\xf0\x9d\x84",
                                         std::string(1, '\0')};
    int good = 0;
    for (int i = 0; i < 50'000; ++i) {
      std::string text;
      for (auto n = rng() % 6; n > 0; --n)
        text += pieces[rng() % (rng() % 2 == 0 ? 5 : std::size(pieces))];
      if (rng() % 4 == 0 && !text.empty())
        text[rng() % text.size()] = static_cast<char>(rng());
      CAPTURE(text);
      REQUIRE(is_utf8(text) == is_utf8_by_the_book(text));
      good += is_utf8(text) ? 1 : 0;
      auto shown = excerpt(text, rng() % 12);
      REQUIRE(is_utf8(shown));
    }
    CHECK(good > 5'000);
    CHECK(good < 45'000);
  }

  TEST_CASE("an excerpt holds whole characters") {
    CHECK(excerpt("abc", 3) == "abc");
    CHECK(excerpt("abc", 2) == "ab");
    CHECK(excerpt("a€b", 3) == "a");
    CHECK(excerpt("a€b", 4) == "a€");
    CHECK(excerpt("a\xff"
                  "b")
          == "a?b");
    CHECK(excerpt("").empty());
  }
}

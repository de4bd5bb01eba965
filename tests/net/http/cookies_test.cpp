#include "net/http/cookies.hpp"

#include <doctest/doctest.h>

using carillon::data::cookie_in;

TEST_SUITE("net/cookies") {
  TEST_CASE("a cookie is found by its whole name") {
    CHECK(cookie_in("a=1", "a") == "1");
    CHECK(cookie_in("b=2; a=1", "a") == "1");
    CHECK(cookie_in("b=2;a=1;c", "a") == "1");
    CHECK(cookie_in("a=x=y", "a") == "x=y");
    CHECK(cookie_in(" a=1 ; b=2", "a") == "1");
  }

  TEST_CASE("what is no cookie, or of another name, is none") {
    for (const char* field : {"", ";", "a", "=1", "aa=1", "A=1", "b=a=1", "; ; =", "x a=1"})
      CHECK(cookie_in(field, "a").empty());
  }

  TEST_CASE("a cookie that is there twice is none") {
    CHECK(cookie_in("a=1; a=2", "a").empty());
    CHECK(cookie_in("a=1; b=2; a=1", "a").empty());
    CHECK(cookie_in("a=1; b=2; a=1", "b") == "2");
  }
}

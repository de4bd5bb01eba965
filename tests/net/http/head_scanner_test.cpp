#include "net/http/head_scanner.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;
using data::head_scanner;

TEST_SUITE("net/head_scanner") {
  namespace {

  constexpr uint64_t limit = 64;

  head_scanner::step scan(std::string_view text, int* status = nullptr) {
    head_scanner scanner;
    auto out = scanner.scan(text, limit);
    if (status != nullptr)
      *status = scanner.refused().status;
    return out;
  }

  } // namespace

  TEST_CASE("it finds the end of a header that arrives byte by byte, and not before") {
    const std::string text = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    head_scanner scanner;
    for (int i = 0; i < 2; ++i) {
      for (size_t n = 1; n < text.size(); ++n)
        REQUIRE(scanner.scan(text.substr(0, n), limit) == head_scanner::step::need_more);
      CHECK(scanner.scan(text, limit) == head_scanner::step::complete);
      scanner.clear();
    }
    CHECK(scan(text + "{\"body\":1}") == head_scanner::step::complete);
  }

  TEST_CASE("lines without carriage return and folded fields are rejected") {
    CHECK(scan("GET / HTTP/1.1\n") == head_scanner::step::refused);
    CHECK(scan("GET / HTTP/1.1\r\nHost: a\n\r\n") == head_scanner::step::refused);
    CHECK(scan("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n") == head_scanner::step::refused);
    CHECK(scan("GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n") == head_scanner::step::refused);
  }

  TEST_CASE("what is no HTTP is rejected at its first byte") {
    CHECK(scan("\x16") == head_scanner::step::refused);
    CHECK(scan("1") == head_scanner::step::refused);
    CHECK(scan("G") == head_scanner::step::need_more);
  }

  TEST_CASE("a long request line and a long header have statuses of their own") {
    int status = 0;
    CHECK(scan("GET /" + std::string(limit, 'x'), &status) == head_scanner::step::refused);
    CHECK(status == 414);
    CHECK(scan("GET / HTTP/1.1\r\nA: " + std::string(limit, 'x'), &status)
          == head_scanner::step::refused);
    CHECK(status == 431);
  }
}

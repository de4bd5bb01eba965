#include "node/option_values.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("node/option_values") {
  TEST_CASE("addresses are an IP address or localhost, and a port") {
    auto v4 = parse_address("127.0.0.1:7070");
    REQUIRE(v4);
    CHECK(v4->host == "127.0.0.1");
    CHECK(v4->port == 7070);
    auto v6 = parse_address("[::1]:0");
    REQUIRE(v6);
    CHECK(v6->host == "::1");
    CHECK(to_text(*v6) == "[::1]:0");
    CHECK(parse_address("localhost:65535"));
    for (const char* bad : {"", ":", "7070", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                            "127.0.0.1:-1", "127.0.0.1:7 ", "::1:7070", "[127.0.0.1]:1",
                            "example.org:80", "127.0.0.1:+1", "256.0.0.1:1", "[]:1", "[::1]"}) {
      CAPTURE(bad);
      CHECK_FALSE(parse_address(bad));
    }
  }

  TEST_CASE("loopback is what only this machine can reach") {
    CHECK(is_loopback("127.0.0.1"));
    CHECK(is_loopback("127.9.9.9"));
    CHECK(is_loopback("::1"));
    CHECK(is_loopback("localhost"));
    CHECK_FALSE(is_loopback("0.0.0.0"));
    CHECK_FALSE(is_loopback("::"));
    CHECK_FALSE(is_loopback("192.0.2.1"));
    CHECK_FALSE(is_loopback("12.7.0.1"));
  }

  TEST_CASE("durations need their unit") {
    CHECK(*parse_duration("500ms") == 500ms);
    CHECK(*parse_duration("10s") == 10s);
    CHECK(*parse_duration("2m") == 2min);
    CHECK(*parse_duration("1h") == 1h);
    for (const char* bad : {"", "10", "s", "10 s", "1.5s", "-1s", "10sec", "1H",
                            "9999999999999999999h", "2562047788016h"}) {
      CAPTURE(bad);
      CHECK_FALSE(parse_duration(bad));
    }
    CHECK(to_text(90s) == "90s");
    CHECK(to_text(60s) == "1m");
    CHECK(to_text(1500ms) == "1500ms");
    CHECK(to_text(0ms) == "0s");
  }

  TEST_CASE("bytes take binary and decimal units") {
    CHECK(*parse_bytes("0") == 0);
    CHECK(*parse_bytes("65536") == 65536);
    CHECK(*parse_bytes("64KiB") == 65536);
    CHECK(*parse_bytes("64kB") == 64000);
    CHECK(*parse_bytes("2GiB") == 2147483648);
    for (const char* bad : {"", "KiB", "1 KiB", "1K", "1kib", "-1", "1.5MiB", "99999999999GiB"}) {
      CAPTURE(bad);
      CHECK_FALSE(parse_bytes(bad));
    }
    CHECK(bytes_text(65536) == "64KiB");
    CHECK(bytes_text(65537) == "65537");
    CHECK(bytes_text(1073741824) == "1GiB");
  }

  TEST_CASE("counts stay within their range") {
    CHECK(*parse_count("1", 1, 5) == 1);
    CHECK(*parse_count("5", 1, 5) == 5);
    for (const char* bad : {"0", "6", "", "1x", "-1", "18446744073709551616"})
      CHECK_FALSE(parse_count(bad, 1, 5));
  }

  TEST_CASE("switches have four spellings each way") {
    for (const char* yes : {"true", "1", "yes", "on"})
      CHECK(*parse_switch(yes));
    for (const char* no : {"false", "0", "no", "off"})
      CHECK_FALSE(*parse_switch(no));
    CHECK_FALSE(parse_switch("maybe"));
    CHECK_FALSE(parse_switch(""));
  }
}

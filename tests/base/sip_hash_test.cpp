#include "base/sip_hash.hpp"

#include <doctest/doctest.h>

namespace carillon::test {

TEST_SUITE("base/sip_hash") {
  namespace {

  constexpr sip_key ascending{0x0706050403020100, 0x0f0e0d0c0b0a0908};

  } // namespace

  // Values of another implementation, in Python, over the lengths and the texts as words.
  TEST_CASE("known values") {
    CHECK(sip_hash(ascending, {}) == 0xb488fcf41c8cc5de);
    CHECK(sip_hash(ascending, {"a", "bc"}) == 0x8daa235374280819);
    CHECK(sip_hash(ascending, {"acme-corporation"}) == 0xaf88b74c801470d4);
  }

  TEST_CASE("it tells texts, their lengths and keys apart") {
    const auto hash = sip_hash(ascending, {"ab", "c"});
    CHECK(hash == sip_hash(ascending, {"ab", "c"}));
    CHECK(hash != sip_hash(ascending, {"a", "bc"}));
    CHECK(hash != sip_hash(ascending, {"abc"}));
    CHECK(hash != sip_hash(ascending, {"ab", "c", ""}));
    CHECK(hash != sip_hash(ascending, {"ab", {"c\0", 2}}));
    CHECK(hash != sip_hash({ascending.first + 1, ascending.second}, {"ab", "c"}));
    CHECK(hash != sip_hash({ascending.first, ascending.second + 1}, {"ab", "c"}));
    CHECK(sip_hash(sip_key::random(), {"x"}) != sip_hash(sip_key::random(), {"x"}));
  }
}

} // namespace carillon::test

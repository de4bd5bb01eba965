#include "base/crypto/sha256.hpp"

#include "base/text/hex.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace carillon;

TEST_SUITE("base/crypto/sha256") {
  // FIPS 180-2, appendix B.
  TEST_CASE("the examples of the standard") {
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
          == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    CHECK(sha256_hex(std::string(1'000'000, 'a'))
          == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }

  TEST_CASE("pieces have the digest of what they are together") {
    const auto whole = sha256_of({"abc"});
    CHECK(sha256_of({"a", "", "bc"}) == whole);
    CHECK(try_sha256({"ab", std::string_view{}, "c"}) == whole);
    CHECK(sha256_of({"acb"}) != whole);
    CHECK(sha256_of({}) == sha256_of({""}));
    CHECK(to_hex(whole) == sha256_hex("abc"));
    CHECK(try_sha256_hex("abc") == sha256_hex("abc"));
  }

  TEST_CASE("a thread has a context of its own") {
    std::string other;
    std::thread{[&] { other = sha256_hex("abc"); }}.join();
    CHECK(other == sha256_hex("abc"));
  }

  // RFC 4231, sections 4.2 and 4.3; the key of 4.7 is longer than a block.
  TEST_CASE("the examples of HMAC") {
    CHECK(to_hex(*try_hmac_sha256(std::string(20, '\x0b'), "Hi There"))
          == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    CHECK(to_hex(*try_hmac_sha256("Jefe", "what do ya want for nothing?"))
          == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(to_hex(*try_hmac_sha256(std::string(131, '\xaa'),
                                  "Test Using Larger Than Block-Size Key - Hash Key First"))
          == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  }
}

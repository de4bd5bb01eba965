#include "base/crypto/sha256_stream.hpp"

#include <doctest/doctest.h>

#include <string>

namespace carillon {

TEST_SUITE("base/sha256_stream") {
  TEST_CASE("pieces have the digest of the whole") {
    const std::string text(100'000, 'a');
    sha256_stream x;
    for (size_t at = 0; at < text.size(); at += 777)
      x.add(std::string_view{text}.substr(at, 777));
    CHECK(x.finish() == sha256_of({text}));
    CHECK(sha256_stream{}.finish() == sha256_of({}));
  }
}

} // namespace carillon

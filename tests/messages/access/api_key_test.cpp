#include "messages/access/api_key.hpp"

#include <doctest/doctest.h>

#include <cctype>
#include <string>
#include <vector>

using namespace carillon;

TEST_SUITE("messages/api_key") {
  TEST_CASE("the digest of a certificate is read as tools print it") {
    const std::string digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    CHECK(certificate_digest(digest) == digest);
    std::string printed;
    for (size_t i = 0; i < digest.size(); i += 2) {
      printed += i == 0 ? "" : ":";
      for (auto c : digest.substr(i, 2))
        printed += static_cast<char>(std::toupper(c));
    }
    CHECK(certificate_digest(printed) == digest);
    for (const auto& wrong : std::vector<std::string>{
           "", digest.substr(1), digest + "0", "g" + digest.substr(1), printed + ":", ":" + printed,
           printed.substr(1) + "0", std::string(64, ':'), std::string(95, '0')}) {
      CAPTURE(wrong);
      CHECK_FALSE(certificate_digest(wrong));
    }
  }
}

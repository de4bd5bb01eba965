#include "net/auth/token/token_verifier.hpp"

#include "tests/net/auth/token/token_issuer.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::test {

TEST_SUITE("net/token_oracle") {
  namespace {

  constexpr const char* secret = "a-secret-that-Python-and-we-share";

  /// What Python's standard output holds. Debian's Python, which has Debian's PyJWT, not the first
  /// one in PATH.
  std::string ask_python() {
    auto command = std::string{"/usr/bin/python3 "} + CARILLON_TOKEN_ORACLE + ' '
                   + std::to_string(to_micros(token_time) / 1'000'000) + ' ' + secret;
    auto* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string out;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
      out += static_cast<char>(c);
    REQUIRE(::pclose(pipe) == 0);
    return out;
  }

  std::vector<std::string> split(std::string_view text, char by) {
    std::vector<std::string> out;
    while (!text.empty()) {
      auto end = std::min(text.find(by), text.size());
      out.emplace_back(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
  }

  } // namespace

  TEST_CASE("tokens that PyJWT issues are verified") {
    auto lines = split(ask_python(), '\n');
    REQUIRE(lines.size() > 300);
    scratch_file file{lines.front()};
    auto made = token_verifier::open({.secret = secret, .jwks_file = file.path()});
    REQUIRE(made.has_value());
    int accepted = 0;
    int refused = 0;
    for (size_t i = 1; i < lines.size(); ++i) {
      CAPTURE(lines[i]);
      auto fields = split(lines[i], '\t');
      REQUIRE(fields.size() == 5);
      auto out = (*made)->verify(fields[4], token_time);
      REQUIRE(out.has_value() == (fields[0] == "yes"));
      if (!out) {
        ++refused;
        continue;
      }
      ++accepted;
      CHECK(out->who == viewer{fields[1], fields[2]});
      CHECK(out->expires_at.has_value() == (fields[3] != "-"));
      if (out->expires_at)
        CHECK(to_micros(*out->expires_at) == std::stoll(fields[3]) * 1'000'000);
    }
    CHECK(accepted > 300);
    CHECK(refused > 30);
  }

} // TEST_SUITE

} // namespace carillon::test

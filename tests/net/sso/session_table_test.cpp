#include "net/sso/session_table.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("net/sso/session_table") {
  namespace {

  principal person_named(const std::string& subject) {
    principal out;
    out.subject = subject;
    return out;
  }

  } // namespace

  TEST_CASE("a session is of its token, until it ends") {
    sso::session_table table;
    const auto now = sso::session_table::clock::now();
    const auto token = table.begin(person_named("anna"), now, now + 1h).value();
    CHECK(token.size() == 43);
    CHECK(table.find(token, now)->subject == "anna");
    CHECK(table.find(token, now + 1h - 1ns).has_value());
    CHECK(!table.find(token, now + 1h));
    for (const auto& other :
         {std::string{}, token + "x", token.substr(1), std::string(10'000, 'x')})
      CHECK(!table.find(other, now));
    CHECK(table.end(token)->subject == "anna");
    CHECK(!table.find(token, now));
    CHECK(!table.end(token));
  }

  TEST_CASE("the oldest session of a person makes room for one more") {
    sso::session_table table;
    const auto now = sso::session_table::clock::now();
    const auto other = table.begin(person_named("bert"), now, now + 1h).value();
    std::vector<std::string> tokens;
    for (size_t i = 0; i <= sso::session_table::max_of_subject; ++i)
      tokens.push_back(
        table.begin(person_named("anna"), now + std::chrono::seconds{i}, now + 1h).value());
    CHECK(!table.find(tokens[0], now));
    for (size_t i = 1; i < tokens.size(); ++i)
      CHECK(table.find(tokens[i], now).has_value());
    CHECK(table.find(other, now).has_value());
  }
}

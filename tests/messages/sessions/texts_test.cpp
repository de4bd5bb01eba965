#include "messages/sessions/texts.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;
using namespace std::literals;

TEST_SUITE("messages/session_text") {
  TEST_CASE("what the node says is JSON with an op") {
    CHECK(to_json(hello_text{7, {"u\"1", ""}, 42, 25s})
          == R"({"op":"hello","session":"7","userId":"u\"1","companyId":null,"head":42,)"
             R"("heartbeatMs":25000})");
    CHECK(subscribed_json({}) == R"({"op":"subscribed","types":[]})");
    CHECK(subscribed_json({*type_pattern::parse("order.*"), *type_pattern::parse("user.login")})
          == R"({"op":"subscribed","types":["order.*","user.login"]})");
    CHECK(position_json(9) == R"({"op":"position","seq":9})");
    CHECK(gap_json(3, 8) == R"({"op":"gap","from":3,"to":8})");
    CHECK(error_json({ec::overloaded, "too many", {}})
          == R"({"op":"error","code":"overloaded","message":"too many"})");
  }

  TEST_CASE("a client subscribes and pings, whatever else it says") {
    auto ping = parse_command(R"( {"op":"ping","id":1} )");
    REQUIRE(ping.has_value());
    CHECK(ping->op == session_command::operation::ping);
    auto all = parse_command(R"({"types":[],"op":"subscribe"})");
    REQUIRE(all.has_value());
    CHECK(all->op == session_command::operation::subscribe);
    CHECK(all->types.empty());
    auto some = parse_command(R"({"op":"subscribe","types":["order.*","user.login"]})");
    REQUIRE(some.has_value());
    CHECK(some->types.size() == 2);
  }

  TEST_CASE("what is no message is a fault in the protocol") {
    for (const auto& text :
         {""s, "ping"s, "[]"s, "{}"s, R"({"op":1})"s, R"({"op":null})"s, R"({"op":"\udc00"})"s,
          R"({"Op":"ping"})"s, R"({"op":"ping"} {})"s, "{\"op\":\"ping\"}\0x"s,
          "\xef\xbb\xbf{\"op\":\"ping\"}"s, R"({"op":"ping","op":"subscribe","types":[]})"s,
          R"({"op":"ping","x":)" + std::string(64, '[') + std::string(64, ']') + "}"}) {
      CAPTURE(text);
      auto x = parse_command(text);
      REQUIRE(x.has_error());
      CHECK(x.error().code == ec::malformed_json);
    }
    for (const auto* text :
         {R"({"op":""})", R"({"op":"Ping"})", R"({"op":"event"})", R"({"op":"unsubscribe"})"})
      CHECK(parse_command(text).error().code == ec::not_found);
  }

  TEST_CASE("wrong types are told, and are no fault in the protocol") {
    std::string many;
    for (int i = 0; i < 101; ++i)
      many += std::string{i == 0 ? "" : ","} + "\"a.b\"";
    for (const auto& types : {"null"s, R"("order.*")"s, "[1]"s, R"(["Order"])"s, R"([""])"s,
                              "[null]"s, "[" + many + "]"}) {
      CAPTURE(types);
      auto x = parse_command(R"({"op":"subscribe","types":)" + types + "}");
      REQUIRE(x.has_error());
      CHECK(x.error().code == ec::invalid_argument);
    }
    CHECK(parse_command(R"({"op":"subscribe"})").error().code == ec::invalid_argument);
  }

  TEST_CASE("a subscription may have a filter") {
    auto x = parse_command(R"({"op":"subscribe","types":[],"filter":{"data.n":9007199254740993}})");
    REQUIRE(x.has_value());
    CHECK(x->filter.text() == R"({"data.n":9007199254740993})");
    CHECK(subscribed_json(x->types, x->filter)
          == R"({"op":"subscribed","types":[],"filter":{"data.n":9007199254740993}})");
    CHECK(parse_command(R"({"op":"subscribe","types":[],"filter":null})")->filter.is_everything());
    auto wrong = parse_command(R"({"op":"subscribe","types":[],"filter":{"data.n":{"$x":1}}})");
    REQUIRE(wrong.has_error());
    CHECK(wrong.error().code == ec::invalid_argument);
    CHECK(wrong.error().field == "filter/data.n/$x");
    CHECK(wrong.error().detail.ends_with(", at filter/data.n/$x"));
  }

  TEST_CASE("a gap between histories tells where to go on") {
    CHECK(gap_json(3, 5) == R"({"op":"gap","from":3,"to":5})");
    CHECK(history_gap_json(51, 100, "h2")
          == R"({"op":"gap","from":51,"to":100,"history":"h2","after":50})");
  }
}

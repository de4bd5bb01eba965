#include "messages/workers/texts.hpp"

#include "base/json/strict_json.hpp"
#include "tests/support/events.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("messages/worker_texts") {
  TEST_CASE("what a worker says") {
    auto credit = parse_worker_command(R"({"op":"credit","n":5})");
    REQUIRE(credit.has_value());
    CHECK(std::get<credit_command>(*credit).deliveries == 5);
    auto ack = parse_worker_command(R"({"op":"ack","ids":["a-1","a-2"]})");
    REQUIRE(ack.has_value());
    const auto& items = std::get<settle_deliveries>(*ack).items;
    REQUIRE(items.size() == 2);
    CHECK(items[1].id == "a-2");
    CHECK(items[1].what == settlement::kind::ack);
    CHECK(items[1].fence.empty());
    auto nack = parse_worker_command(
      R"({"op":"nack","id":"a-1","fence":"1.2","reason":"no","delayMs":50,"dead":true})");
    REQUIRE(nack.has_value());
    const auto& one = std::get<settle_deliveries>(*nack).items.at(0);
    CHECK(one.fence == "1.2");
    CHECK(one.reason == "no");
    CHECK(one.time == 50ms);
    CHECK(one.dead);
    auto extend = parse_worker_command(R"({"op":"extend","id":"a-1","ms":1000})");
    REQUIRE(extend.has_value());
    CHECK(std::get<settle_deliveries>(*extend).items.at(0).time == 1s);
    auto release = parse_worker_command(R"({"op":"release","ids":["a-1","a-2"]})");
    REQUIRE(release.has_value());
    CHECK(std::get<settle_deliveries>(*release).items.size() == 2);
    CHECK(std::get<settle_deliveries>(*release).items[1].what == settlement::kind::release);
    CHECK(std::holds_alternative<drain_command>(*parse_worker_command(R"({"op":"drain"})")));
  }

  TEST_CASE("what nobody should say") {
    for (const auto& [text, field] : std::vector<std::pair<std::string, std::string>>{
           {R"({"op":"credit","n":0})", "n"},
           {R"({"op":"credit","n":10001})", "n"},
           {R"({"op":"credit","n":1,"x":1})", "x"},
           {R"({"op":"ack"})", "id"},
           {R"({"op":"ack","ids":[]})", "ids"},
           {R"({"op":"ack","ids":["a",2]})", "ids"},
           {R"({"op":"ack","deliveries":[{"id":"a"}]})", "deliveries.fence"},
           {R"({"op":"ack","deliveries":[7]})", "deliveries"},
           {R"({"op":"nack","ids":["a"]})", "id"},
           {R"({"op":"nack","id":"a","dead":"yes"})", "dead"},
           {R"({"op":"extend","id":"a","ms":-1})", "ms"},
           {R"({"op":"release"})", "id"},
           {R"({"op":"release","ids":[]})", "ids"},
           {R"({"op":"release","id":"a-1","reason":"tired"})", "reason"},
           {R"({"op":"dance"})", "op"},
           {R"({})", "op"}}) {
      CAPTURE(text);
      auto x = parse_worker_command(text);
      REQUIRE(!x.has_value());
      CHECK(x.error().code == ec::invalid_argument);
      CHECK(x.error().field == field);
    }
    CHECK(parse_worker_command("no").error().code == ec::malformed_json);
  }

  TEST_CASE("by HTTP a settlement needs its fence") {
    auto parse = [](const char* operation, const char* text) {
      auto object = parse_strict_object(text, 8);
      REQUIRE(object.has_value());
      return settlements_from(operation, *object, true);
    };
    CHECK(parse("ack", R"({"id":"a-1","fence":"1.1"})").has_value());
    CHECK(parse("ack", R"({"deliveries":[{"id":"a-1","fence":"1.1"}]})")->items.size() == 1);
    CHECK(parse("release", R"({"id":"a-1","fence":"1.1"})")->items[0].what
          == settlement::kind::release);
    CHECK(parse("release", R"({"id":"a-1"})").error().field == "fence");
    CHECK(!parse("release", R"({"ids":["a-1"]})").has_value());
    CHECK(parse("ack", R"({"id":"a-1"})").error().field == "fence");
    CHECK(!parse("ack", R"({"ids":["a-1"]})").has_value());
    CHECK(parse("nack", R"({"deliveries":[{"id":"a","fence":"1"}],"reason":"r"})")->items[0].reason
          == "r");
  }

  TEST_CASE("deliveries are as many as fit, and at least one") {
    handed_deliveries all;
    for (position seq = 1; seq <= 5; ++seq)
      all.push_back({.id = "a-" + std::to_string(seq),
                     .fence = "1." + std::to_string(seq),
                     .what = {.event = test::make_event(seq), .consumer = "a", .attempt = 2},
                     .deadline = from_micros(1'800'000'000'000'000)});
    all[1].what.replay_id = 9;
    std::string text = "{";
    CHECK(append_deliveries(text, all, 0, 1) == 1);
    text = "{";
    CHECK(append_deliveries(text, all, 1, 1'000'000) == 4);
    auto parsed = parse_strict_object(text + "}", 8);
    REQUIRE(parsed.has_value());
    const auto& first = (*parsed)["deliveries"][0];
    CHECK(first["id"] == "a-2");
    CHECK(first["attempt"].GetInt() == 2);
    CHECK(first["replay"].GetInt() == 9);
    CHECK(first["event"]["seq"].GetInt() == 2);
    CHECK(!(*parsed)["deliveries"][1].HasMember("replay"));
    CHECK(stale_json({"a-1", "a\"b"}) == R"({"op":"stale","ids":["a-1","a\"b"]})");
    CHECK(hello_json("a", {.worker = 4, .generation = 3, .history = "h1", .ack_timeout = 5s})
          == R"({"op":"hello","consumer":"a","generation":3,"history":"h1","ackTimeoutMs":5000})");
    CHECK(acked_json(7) == R"({"op":"acked","upTo":7})");
  }
}

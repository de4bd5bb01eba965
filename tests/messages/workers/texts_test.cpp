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
           {R"({"op":"extend","id":"a"})", "ms"},
           {R"({"op":"release"})", "id"},
           {R"({"op":"release","ids":[]})", "ids"},
           {R"({"op":"release","id":"a-1","reason":"tired"})", "reason"},
           {R"({"op":"extend","id":"a","ms":3600001})", "ms"},
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

  TEST_CASE("of jobs a worker also says what came out, and how far it is") {
    auto of = work_kind::jobs;
    auto item = [&](const std::string& text) {
      CAPTURE(text);
      auto x = parse_worker_command(text, of);
      REQUIRE(x.has_value());
      return std::get<settle_deliveries>(*x).items.at(0);
    };
    // As it was said, with all digits.
    CHECK(item(R"({"op":"ack","id":"7","result": {"n": 0.12345678901234567890} })").result
          == R"({"n": 0.12345678901234567890})");
    CHECK(item(R"({"op":"ack","id":"7","result":[1,"}"]})").result == R"([1,"}"])");
    CHECK(item(R"({"op":"ack","id":"7","result":false})").result == "false");
    CHECK(item(R"({"op":"ack","id":"7","r\u0065sult":5})").result == "5");
    CHECK(item(R"({"op":"ack","id":"7","result":null})").result.empty());
    CHECK(item(R"({"op":"ack","ids":["7"]})").result.empty());
    auto said = item(R"({"op":"progress","id":"7","note":"page 3","percent":40})");
    CHECK(said.what == settlement::kind::progress);
    CHECK(said.progress.note == "page 3");
    CHECK(said.progress.percent == 40u);
    CHECK(!item(R"({"op":"progress","id":"7","note":"page 3"})").progress.percent);
    CHECK(item(R"({"op":"progress","id":"7","percent":0})").progress.percent == 0u);
    const auto big = std::string(32UL * 1024 - 2, 'x');
    CHECK(item(R"({"op":"ack","id":"7","result":")" + big + R"("})").result.size() == 32UL * 1024);
    for (const auto& [text, field] : std::vector<std::pair<std::string, std::string>>{
           {R"({"op":"ack","id":"7","result":")" + big + R"(x"})", "result"},
           {R"({"op":"ack","ids":["7"],"result":1})", "result"},
           {R"({"op":"nack","id":"7","result":1})", "result"},
           {R"({"op":"progress","id":"7"})", "note"},
           {R"({"op":"progress","note":"x"})", "id"},
           {R"({"op":"progress","id":"7","note":7})", "note"},
           {R"({"op":"progress","id":"7","note":")" + std::string(501, 'x') + R"("})", "note"},
           {R"({"op":"progress","id":"7","percent":101})", "percent"},
           {R"({"op":"progress","id":"7","percent":1.5})", "percent"},
           {R"({"op":"progress","id":"7","percent":-1})", "percent"}}) {
      CAPTURE(text.substr(0, 80));
      auto x = parse_worker_command(text, of);
      REQUIRE(!x.has_value());
      CHECK(x.error().field == field);
    }
    // Not of deliveries.
    CHECK(parse_worker_command(R"({"op":"progress","id":"a-7","note":"x"})").error().field == "op");
    CHECK(parse_worker_command(R"({"op":"ack","id":"a-7","result":1})").error().field == "result");
  }

  TEST_CASE("what is said of many deliveries does not grow with their number") {
    std::string all;
    for (int i = 0; i < 1'000; ++i)
      all += R"({"id":"1","fence":"1.1"},)";
    all.pop_back();
    auto say = [&](const std::string& rest) {
      return parse_worker_command(R"({"op":)" + rest + R"(,"deliveries":[)" + all + "]}",
                                  work_kind::jobs);
    };
    const std::string large(32'000, 'x');
    auto refused = say(R"("ack","result":")" + large + '"');
    REQUIRE(!refused.has_value());
    CHECK(refused.error().field == "result");
    auto small = say(R"("ack","result":{"a":7})");
    REQUIRE(small.has_value());
    CHECK(std::get<settle_deliveries>(*small).items.at(999).result == R"({"a":7})");
    auto rejected = say(R"("nack","reason":")" + large + '"');
    REQUIRE(rejected.has_value());
    CHECK(std::get<settle_deliveries>(*rejected).items.at(999).reason.size() == 1'000);
  }

  TEST_CASE("a job is handed over with its payload as it came") {
    auto work = std::make_shared<job>();
    work->id = 7;
    work->kind = "thumbs.small";
    work->key = "photo \"7\"";
    work->payload = R"({"n": 1.0000000000000000001})";
    work->company_id = "c-1";
    handed_deliveries all;
    all.push_back({.id = "7",
                   .fence = "1.4",
                   .what = {},
                   .deadline = from_micros(1'800'000'000'000'000),
                   .work = work});
    all[0].what.attempt = 3;
    std::string text = "{";
    CHECK(append_deliveries(text, all, 0, 1) == 1);
    CHECK(text.find(R"("payload":{"n": 1.0000000000000000001})") != std::string::npos);
    auto parsed = parse_strict_object(text + "}", 8);
    REQUIRE(parsed.has_value());
    const auto& first = (*parsed)["deliveries"][0];
    CHECK(first["id"] == "7");
    CHECK(first["attempt"].GetInt() == 3);
    CHECK(!first.HasMember("event"));
    CHECK(first["job"]["queue"] == "thumbs");
    CHECK(first["job"]["kind"] == "thumbs.small");
    CHECK(first["job"]["key"] == "photo \"7\"");
    CHECK(first["job"]["companyId"] == "c-1");
    CHECK(hello_json("thumbs", {1, 0, {}, 30s}, work_kind::jobs)
          == R"({"op":"hello","queue":"thumbs","ackTimeoutMs":30000})");
  }
}

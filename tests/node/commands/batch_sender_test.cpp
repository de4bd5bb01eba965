#include "node/commands/support/batch_sender.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <vector>

using namespace carillon;
using namespace carillon::commands;
using namespace std::chrono_literals;

TEST_SUITE("node/batch_sender") {
  namespace {

  api_answer problem(int status, const std::string& code, std::chrono::seconds retry_after = 0s) {
    return {status, R"({"type":"x","title":"t","detail":"why","code":")" + code + "\"}",
            retry_after};
  }

  /// Answers with a result for each event; events that contain `bad` are rejected.
  api_answer verdicts(const std::string& body) {
    rapidjson::Document events;
    events.Parse(body.c_str());
    REQUIRE(events.IsArray());
    std::string out;
    uint64_t seq = 0;
    for (const auto& x : events.GetArray()) {
      out += out.empty() ? "" : ",";
      if (x.HasMember("bad"))
        out += R"({"error":{"code":"schema_violation","detail":"why","field":"data"}})";
      else
        out += R"({"seq":)" + std::to_string(++seq) + R"(,"id":"x","duplicate":)"
               + (x.HasMember("twice") ? "true}" : "false}");
    }
    return {200, R"({"results":[)" + out + "]}", 0s};
  }

  struct fixture {
    std::deque<expected<api_answer>> scripted;
    std::vector<std::string> bodies;
    std::vector<std::pair<size_t, ec>> refused;
    std::vector<std::chrono::milliseconds> pauses;
    batch_sender sender{
      {.post = [this](const std::string& body) -> expected<api_answer> {
         bodies.push_back(body);
         if (scripted.empty())
           return verdicts(body);
         auto out = scripted.front();
         scripted.pop_front();
         return out;
       },
       .on_refused
       = [this](size_t line, const failure& why) { refused.emplace_back(line, why.code); },
       .sleep = [this](auto x) { pauses.push_back(x); },
       .retry_for = 60s}};

    expected<void> send(const std::vector<std::string>& texts) {
      std::vector<input_item> items;
      for (size_t i = 0; i < texts.size(); ++i)
        items.push_back({texts[i], i + 1});
      return sender.send(items);
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "each item gets its verdict") {
    REQUIRE(send({"{}", R"({"bad":1})", R"({"twice":1})"}));
    CHECK(sender.totals().published == 2);
    CHECK(sender.totals().duplicates == 1);
    CHECK(sender.totals().refused == 1);
    CHECK(sender.totals().last_seq == 2);
    CHECK(refused == std::vector<std::pair<size_t, ec>>{{2, ec::schema_violation}});
    CHECK(bodies.size() == 1);
    REQUIRE(send({}));
    CHECK(bodies.size() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "what the node can't take now is sent again, after its pause") {
    scripted
      = {problem(503, "overloaded", 2s), failure{ec::timeout, "gone", {}}, problem(504, "timeout")};
    REQUIRE(send({"{}"}));
    CHECK(bodies.size() == 4);
    CHECK(bodies.front() == bodies.back());
    REQUIRE(pauses.size() == 3);
    CHECK(pauses[0] == 2s);
    CHECK(pauses[1] == 200ms);
    CHECK(pauses[2] == 400ms);
    CHECK(sender.totals().published == 1);
  }

  TEST_CASE_FIXTURE(fixture, "it gives up when the time is over, with the last reason") {
    for (int i = 0; i < 100; ++i)
      scripted.push_back(problem(503, "store_unavailable", 5s));
    auto done = send({"{}"});
    REQUIRE_FALSE(done);
    CHECK(done.error().code == ec::store_unavailable);
    CHECK(pauses.size() == 12);
    CHECK(sender.totals().published == 0);
  }

  TEST_CASE_FIXTURE(fixture, "an item that spoils the request is found by halving") {
    scripted = {problem(400, "malformed_json"), problem(400, "malformed_json"),
                problem(400, "malformed_json")};
    REQUIRE(send({"{}", "{}", "{}", "{}"}));
    CHECK(bodies.size() == 5);
    CHECK(sender.totals().published == 3);
    CHECK(refused == std::vector<std::pair<size_t, ec>>{{1, ec::malformed_json}});
  }

  TEST_CASE_FIXTURE(fixture, "a key that is not valid ends it at once") {
    scripted = {problem(401, "unauthenticated")};
    auto done = send({"{}", "{}"});
    REQUIRE_FALSE(done);
    CHECK(done.error().code == ec::unauthenticated);
    CHECK(bodies.size() == 1);
    CHECK(refused.empty());
  }

  TEST_CASE_FIXTURE(fixture, "an answer that fits no request is a fault") {
    scripted = {api_answer{200, "hello", 0s}};
    CHECK_FALSE(send({"{}"}));
    scripted = {api_answer{200, R"({"results":[]})", 0s}};
    CHECK_FALSE(send({"{}"}));
  }

  TEST_CASE("an item without an id gets one, and keeps its own") {
    auto given = with_id(R"({"id":"a","type":"x.y"})");
    REQUIRE(given);
    CHECK(*given == R"({"id":"a","type":"x.y"})");
    for (const char* text : {R"(  {"type":"x.y"})", "{}", "{ }", R"({"data":{"id":1}})"}) {
      CAPTURE(text);
      auto out = with_id(text);
      REQUIRE(out);
      rapidjson::Document x;
      x.Parse(out->c_str());
      REQUIRE_FALSE(x.HasParseError());
      CHECK(std::string{x["id"].GetString()}.size() == 36);
    }
  }

  TEST_CASE("what is no JSON object is refused before it is sent") {
    CHECK(with_id("{\"a\":").error().code == ec::malformed_json);
    CHECK(with_id("{} {}").error().code == ec::malformed_json);
    CHECK(with_id("{\"a\":\"\xff\"}").error().code == ec::malformed_json);
    CHECK(with_id("[1]").error().code == ec::schema_violation);
    CHECK(with_id("3").error().code == ec::schema_violation);
    CHECK(with_id(std::string(200'000, '[')).error().code == ec::malformed_json);
  }
}

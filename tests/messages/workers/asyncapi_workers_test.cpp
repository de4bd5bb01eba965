#include "base/json/strict_json.hpp"
#include "messages/sessions/texts.hpp"
#include "messages/workers/texts.hpp"
#include "tests/support/asyncapi_workers.hpp"
#include "tests/support/events.hpp"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("messages/asyncapi_workers") {
  namespace {

  using names = std::set<std::string>;

  /// Examples by message, as they stand in the document.
  std::map<std::string, std::vector<std::string>> examples() {
    std::map<std::string, std::vector<std::string>> out;
    std::istringstream in{std::string{worker_messages()}};
    const std::string name = "      name: ";
    const std::string payload = "        - payload: ";
    std::string message;
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with(name))
        message = line.substr(name.size());
      else if (line.starts_with(payload))
        out[message].push_back(line.substr(payload.size()));
    }
    return out;
  }

  /// What a channel refers to.
  names messages_of(const std::string& channel) {
    std::istringstream in{std::string{worker_channels()}};
    const std::string begin = "'#/components/messages/";
    names out;
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with("  /"))
        inside = line == "  " + channel + ":";
      if (auto at = line.find(begin); inside && at != std::string::npos) {
        auto name = line.substr(at + begin.size());
        out.insert(name.substr(0, name.find('\'')));
      }
    }
    return out;
  }

  void add_members(const rapidjson::Value& x, const std::string& path, names& out) {
    for (const auto& member : x.GetObject()) {
      auto name = path + std::string{view_of(member.name)};
      out.insert(name);
      // Not below an event and a payload: what is inside is that of the publisher.
      if (name == "deliveries")
        add_members(member.value.GetArray()[0], "deliveries.", out);
      if (name == "deliveries.job")
        add_members(member.value, "deliveries.job.", out);
    }
  }

  /// Members by their paths.
  names members_of(const std::string& text) {
    auto object = parse_strict_object(text, 64);
    REQUIRE_MESSAGE(object.has_value(), text);
    names out;
    add_members(*object, {}, out);
    return out;
  }

  handed_deliveries handed(std::shared_ptr<const job> work) {
    delivery what;
    what.event = test::make_event(7);
    what.consumer = "loyalty";
    what.attempt = 1;
    return {{.id = "loyalty-7",
             .fence = "3.12",
             .what = what,
             .deadline = from_micros(1),
             .work = std::move(work)}};
  }

  std::string deliver_text(std::shared_ptr<const job> work = {}) {
    std::string out = R"({"op":"deliver",)";
    append_deliveries(out, handed(std::move(work)), 0, 1'000'000);
    return out + '}';
  }

  /// One of every text that the node writes, by message.
  std::map<std::string, std::string> sent_texts() {
    worker_hello hello{1, 3, "0123456789abcdef", 30s};
    auto work = std::make_shared<job>();
    work->id = 17;
    work->kind = "thumbnails.small";
    work->payload = "{}";
    auto error = error_json({ec::invalid_argument, "no", {}});
    return {{"work.hello", hello_json("loyalty", hello)},
            {"work.deliver", deliver_text()},
            {"work.acked", acked_json(7)},
            {"work.stale", stale_json({"loyalty-7"})},
            {"work.error", error},
            {"queue_work.hello", hello_json("thumbnails", hello, work_kind::jobs)},
            {"queue_work.deliver", deliver_text(work)},
            {"queue_work.stale", stale_json({"17"})},
            {"queue_work.error", error}};
  }

  const char* const channels[] = {"/consume/{name}", "/consume/queue/{queue}"};

  } // namespace

  TEST_CASE("each message of a channel has an example, and belongs to one") {
    names referred;
    for (const auto* channel : channels)
      for (const auto& x : messages_of(channel))
        CHECK_MESSAGE(referred.insert(x).second, x);
    names described;
    for (const auto& [message, all] : examples())
      described.insert(message);
    CHECK(described == referred);
    CHECK(referred.size() > 20);
  }

  TEST_CASE("an example of what the node sends has the members that the node writes") {
    auto all = examples();
    for (const auto& [message, text] : sent_texts()) {
      CAPTURE(message);
      REQUIRE(all.contains(message));
      for (const auto& example : all.at(message))
        CHECK(members_of(example) == members_of(text));
    }
    // The texts above, and the drain, which has no members, are all of them.
    size_t sent = 0;
    for (const auto& [message, own] : all)
      if (message.starts_with("work.") || message.starts_with("queue_work."))
        ++sent;
    CHECK(sent == sent_texts().size() + 2);
  }

  TEST_CASE("an example of what a worker sends is understood, and says what its name says") {
    names operations[2];
    for (const auto& [message, all] : examples()) {
      const bool jobs = message.starts_with("queue_worker.");
      if (!jobs && !message.starts_with("worker."))
        continue;
      const auto operation = message.substr(message.find('.') + 1);
      operations[jobs ? 1 : 0].insert(operation);
      for (const auto& text : all) {
        CAPTURE(text);
        auto object = parse_strict_object(text, 64);
        REQUIRE(object.has_value());
        CHECK(find_text(*object, "op") == operation);
        CHECK(
          parse_worker_command(text, jobs ? work_kind::jobs : work_kind::deliveries).has_value());
      }
    }
    // Every operation that is understood: the refusal of another one names them.
    for (auto of : {work_kind::deliveries, work_kind::jobs}) {
      auto refused = parse_worker_command(R"({"op":"dance"})", of);
      REQUIRE(!refused.has_value());
      const auto index = of == work_kind::jobs ? 1 : 0;
      CHECK(operations[index].size() == (of == work_kind::jobs ? 7 : 6));
      for (const auto& x : operations[index])
        CHECK(refused.error().detail.find(x) != std::string::npos);
    }
  }
}

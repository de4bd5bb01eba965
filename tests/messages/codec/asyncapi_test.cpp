#include "tests/support/asyncapi.hpp"

#include "base/json/strict_json.hpp"
#include "messages/events/payload_filter.hpp"
#include "messages/sessions/live_event.hpp"
#include "messages/sessions/texts.hpp"
#include "messages/telemetry.hpp"

#include <doctest/doctest.h>

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <vector>

using namespace carillon;

TEST_SUITE("messages/asyncapi") {
  namespace {

  using names = std::set<std::string>;

  /// The lines below the line `from`, up to a line that is not indented further.
  std::vector<std::string> below(const std::string& document, const std::string& from) {
    std::istringstream in{document};
    std::vector<std::string> out;
    auto indent = from.find_first_not_of(' ');
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
      if (inside && line.find_first_not_of(' ') <= indent)
        break;
      if (inside)
        out.push_back(line);
      inside = inside || line == from;
    }
    REQUIRE_MESSAGE(!out.empty(), "not in the document: ", from);
    return out;
  }

  std::string text_of(const std::vector<std::string>& lines) {
    std::string out;
    for (const auto& x : lines)
      out += x + '\n';
    return out;
  }

  /// The members that a message declares.
  names members_in(const std::string& document, const std::string& message) {
    names out;
    constexpr std::string_view indent = "        ";
    auto model = message;
    model.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(model.front())));
    auto block = text_of(below(document, "    Session" + model + ":"));
    for (const auto& x : below(block, "      properties:"))
      if (x.starts_with(indent) && x[indent.size()] != ' ')
        out.insert(x.substr(indent.size(), x.find(':') - indent.size()));
    return out;
  }

  /// References of an operation of `/ws`.
  names messages_of(const std::string& document, const std::string& operation) {
    names out;
    auto channel = text_of(below(document, "  /ws:"));
    const std::string begin = "'#/components/messages/session.";
    for (const auto& x : below(channel, "    " + operation + ":"))
      if (auto at = x.find(begin); at != std::string::npos) {
        auto name = x.substr(at + begin.size());
        out.insert(name.substr(0, name.find('\'')));
      }
    return out;
  }

  event_ptr an_event() {
    auto out = std::make_shared<event>();
    out->seq = 7;
    out->type = "user.login";
    out->data = R"({"ip":"x"})";
    return out;
  }

  /// One of every text that the node sends.
  std::vector<std::string> sent_texts() {
    return {to_json(hello_text{1, {"u", "c"}, 5, std::chrono::seconds{25}, "5", "h"}),
            subscribed_json({*type_pattern::parse("order.*")},
                            payload_filter::parse(R"({"data.total":{"$gt":9}})").value()),
            position_json(5, "5"),
            gap_json(1, 4),
            history_gap_json(3, 4, "h"),
            error_json({ec::overloaded, "slow down", {}}),
            live_event{an_event(), 3, false, true}.text()};
  }

  } // namespace

  // CARILLON_UPDATE_DOCS=1 writes the file anew.
  TEST_CASE("docs/asyncapi.yaml is what the code says") {
    type_registry types;
    auto wanted = asyncapi_yaml(types);
    std::string file = CARILLON_SOURCE_DIR "/docs/asyncapi.yaml";
    if (std::getenv("CARILLON_UPDATE_DOCS") != nullptr)
      std::ofstream{file} << wanted;
    std::ifstream in{file};
    std::ostringstream found;
    found << in.rdbuf();
    CHECK(found.str() == wanted);
    CHECK(wanted.find("  order.created:\n    publish:\n") != std::string::npos);
    CHECK(wanted.find("    OrderCreated: {\"title\":\"OrderCreated\",") != std::string::npos);
    CHECK(wanted.find("  handler.dead_lettered:\n    subscribe:\n") != std::string::npos);
  }

  TEST_CASE("every frame of a session is described with its members, and no other") {
    auto document = asyncapi_yaml(type_registry{});
    names made;
    // Some members are in some of a frame's texts only.
    std::map<std::string, names> members;
    for (const auto& text : sent_texts()) {
      CAPTURE(text);
      auto json = parse_strict_object(text, 64);
      REQUIRE(json.has_value());
      auto op = std::string{find_text(*json, "op").value_or("")};
      made.insert(op);
      for (const auto& x : json->GetObject())
        members[op].emplace(view_of(x.name));
    }
    for (const auto& [op, of_frame] : members) {
      CAPTURE(op);
      CHECK(members_in(document, op) == of_frame);
      CHECK(document.find("        op: {type: string, const: " + op + "}\n") != std::string::npos);
    }
    CHECK(made == names(session_frames.begin(), session_frames.end()));
    CHECK(messages_of(document, "subscribe") == made);
  }

  TEST_CASE("every command of a client is described, and no other") {
    auto document = asyncapi_yaml(type_registry{});
    names taken;
    for (auto x : session_commands) {
      auto op = std::string{x};
      CAPTURE(op);
      auto command = parse_command(R"({"op":")" + op + R"(","types":[]})");
      REQUIRE(command.has_value());
      CHECK(session_commands.at(static_cast<size_t>(command->op)) == op);
      CHECK(members_in(document, op).contains("op"));
      taken.insert(op);
    }
    CHECK(messages_of(document, "publish") == taken);
  }

  TEST_CASE("every message that is described belongs to the channel") {
    auto document = asyncapi_yaml(type_registry{});
    names described;
    const std::string begin = "      name: session.";
    std::istringstream in{document};
    for (std::string line; std::getline(in, line);)
      if (line.starts_with(begin))
        described.insert(line.substr(begin.size()));
    auto all = messages_of(document, "subscribe");
    all.merge(messages_of(document, "publish"));
    CHECK(described == all);
  }
}

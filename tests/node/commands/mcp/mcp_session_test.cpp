#include "base/json/strict_json.hpp"
#include "node/commands/mcp/session.hpp"
#include "node/commands/mcp/tools_text.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace carillon;
using namespace carillon::commands;
using namespace carillon::commands::mcp;

TEST_SUITE("node/mcp") {
  namespace {

  const std::string initialize
    = R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18"}})";

  std::string text(const rapidjson::Value& x) {
    return x.IsString() ? std::string{x.GetString(), x.GetStringLength()} : "no text";
  }

  /// A session whose calls are only noted.
  struct fixture {
    explicit fixture(bool writes = false) : tools{mcp_tools_json(), writes} {
    }

    tool_table tools;
    std::vector<std::string> lines;
    std::vector<std::pair<std::string, tool_call>> calls;
    std::vector<std::string> cancelled;
    bool has_room = true;
    session peer{{
      .tools = tools,
      .write = [this](const std::string& line) { lines.push_back(line); },
      .begin =
        [this](const std::string& id, tool_call call) {
          if (has_room)
            calls.emplace_back(id, std::move(call));
          return has_room;
        },
      .cancel = [this](const std::string& id) { cancelled.push_back(id); },
    }};

    /// The one answer to a line.
    rapidjson::Document ask(const std::string& line) {
      lines.clear();
      peer.take(line);
      REQUIRE(lines.size() == 1);
      CHECK(lines[0].find('\n') == std::string::npos);
      auto out = parse_strict_object(lines[0], 64);
      REQUIRE_MESSAGE(out.has_value(), lines[0]);
      CHECK(text((*out)["jsonrpc"]) == "2.0");
      return std::move(*out);
    }

    int error_of(const std::string& line) {
      auto answer = ask(line);
      return answer.HasMember("error") ? answer["error"]["code"].GetInt() : 0;
    }

    /// A call of a tool that begins; it has no answer yet.
    tool_call begun(const std::string& tool, const std::string& arguments) {
      lines.clear();
      calls.clear();
      peer.take(R"({"jsonrpc":"2.0","id":"c","method":"tools/call","params":{"name":")" + tool
                + R"(","arguments":)" + arguments + "}}");
      REQUIRE_MESSAGE(calls.size() == 1, (lines.empty() ? "" : lines[0]));
      CHECK(calls[0].first == "\"c\"");
      return calls[0].second;
    }

    /// The text of a result that is an error.
    std::string refused(const std::string& tool, const std::string& arguments) {
      auto answer = ask(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":")" + tool
                        + R"(","arguments":)" + arguments + "}}");
      REQUIRE(answer.HasMember("result"));
      CHECK(answer["result"]["isError"].GetBool());
      CHECK(calls.empty());
      return text(answer["result"]["content"][0]["text"]);
    }
  };

  struct begun_session : fixture {
    begun_session() {
      peer.take(initialize);
    }
  };

  struct writing_session : fixture {
    writing_session() : fixture{true} {
      peer.take(initialize);
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "the version is the client's if it is known, else the newest") {
    for (const auto& [asked, answered] :
         {std::pair{"2025-06-18", "2025-06-18"}, std::pair{"2024-11-05", "2024-11-05"},
          std::pair{"2025-03-26", "2025-06-18"}, std::pair{"1900-01-01", "2025-06-18"}}) {
      auto answer
        = ask(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":")"
              + std::string{asked} + R"("}})");
      CHECK(text(answer["result"]["protocolVersion"]) == answered);
      CHECK(text(answer["result"]["serverInfo"]["name"]) == "carillon");
      CHECK(answer["result"]["capabilities"].HasMember("tools"));
    }
  }

  TEST_CASE_FIXTURE(fixture, "before initialize only ping is answered") {
    CHECK(error_of(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})") == -32600);
    CHECK(error_of(R"({"jsonrpc":"2.0","id":1,"method":"ping"})") == 0);
    CHECK(error_of(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{}})") == -32602);
  }

  TEST_CASE_FIXTURE(begun_session,
                    "what is no message is answered by an error, and the session goes on") {
    CHECK(error_of("{") == -32700);
    CHECK(error_of("\xff\xfe") == -32700);
    CHECK(error_of("[]") == -32600);
    CHECK(error_of("7") == -32600);
    CHECK(error_of("{}") == -32600);
    CHECK(error_of(R"({"jsonrpc":"1.0","id":1,"method":"ping"})") == -32600);
    CHECK(error_of(R"({"jsonrpc":"2.0","id":null,"method":"ping"})") == -32600);
    CHECK(error_of(R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})") == -32600);
    CHECK(error_of(R"({"jsonrpc":"2.0","id":{},"method":"ping"})") == -32600);
    CHECK(error_of(R"({"jsonrpc":"2.0","id":")" + std::string(300, 'x') + R"(","method":"ping"})")
          == -32600);
    CHECK(error_of(R"({"jsonrpc":"2.0","id":1,"id":2,"method":"ping"})") == -32600);
    CHECK(error_of(R"({"jsonrpc":"2.0","id":1,"method":7})") == -32600);
    CHECK(error_of(R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[]})") == -32602);
    CHECK(error_of(R"({"jsonrpc":"2.0","id":1,"method":"tools/jump"})") == -32601);
    CHECK(error_of(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"x"}})")
          == -32602);
    CHECK(error_of(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}})") == -32602);
    CHECK(error_of(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"no"}})")
          == -32602);
    CHECK(
      error_of(
        R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"getNode","arguments":[]}})")
      == -32602);
    CHECK(error_of(std::string(200'000, '[')) == -32700);
    CHECK(error_of(R"({"jsonrpc":"2.0","id":1,"method":"ping"})") == 0);
  }

  TEST_CASE_FIXTURE(begun_session, "an id comes back as it was") {
    for (const std::string id : {"0", "-7", "18446744073709551615", R"("a")", R"("\u00e4\"")"}) {
      lines.clear();
      peer.take(R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"ping"})");
      REQUIRE(lines.size() == 1);
      auto answer = parse_strict_object(lines[0], 8);
      auto wanted = parse_strict_object(R"({"id":)" + id + "}", 8);
      REQUIRE(answer.has_value());
      CHECK(to_text((*answer)["id"]) == to_text((*wanted)["id"]));
    }
  }

  TEST_CASE_FIXTURE(begun_session, "notifications and answers get no answer") {
    lines.clear();
    peer.take(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    peer.take(R"({"jsonrpc":"2.0","method":"no/such/thing","params":{"x":1}})");
    peer.take(R"({"jsonrpc":"2.0","id":1,"result":{}})");
    peer.take(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"c"}})");
    peer.take(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
    peer.take(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}})");
    CHECK(lines.empty());
    CHECK(cancelled == std::vector<std::string>{"\"c\"", "7"});
  }

  TEST_CASE("only reading tools are listed, unless changes are allowed; secrets never") {
    auto names_of = [](bool writes) {
      fixture x{writes};
      x.peer.take(initialize);
      auto answer = x.ask(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
      std::set<std::string> out;
      for (const auto& tool : answer["result"]["tools"].GetArray()) {
        CHECK(text(tool["inputSchema"]["type"]) == "object");
        CHECK(tool["description"].GetStringLength() > 0);
        CHECK((writes || tool["annotations"]["readOnlyHint"].GetBool()));
        out.insert(text(tool["name"]));
      }
      return out;
    };
    const auto reading = names_of(false);
    const auto all = names_of(true);
    CHECK(reading.size() > 30);
    CHECK(all.size() > reading.size() + 20);
    CHECK(reading.contains("listEvents"));
    CHECK_FALSE(reading.contains("publishEvent"));
    CHECK(all.contains("publishEvent"));
    CHECK(all.contains("deleteWebhook"));
    for (const auto* withheld : {"createKey", "rotateWebhookSecret", "openSession", "getConsole"})
      CHECK_FALSE(all.contains(withheld));
  }

  TEST_CASE_FIXTURE(begun_session, "arguments become path and query, escaped") {
    const auto list = begun("listEvents", R"({"types":"order.*,a b&c=d","limit":5})");
    CHECK(list.method == "GET");
    CHECK(list.target.starts_with("/api/events?"));
    CHECK(list.target.find("types=order.%2A%2Ca%20b%26c%3Dd") != std::string::npos);
    CHECK(list.target.find("limit=5") != std::string::npos);
    CHECK(list.body.empty());
    CHECK(begun("getEvent", R"({"id":"a/../b?x#y"})").target == "/api/events/a%2F..%2Fb%3Fx%23y");
    CHECK(begun("listNotifications", R"({"unread":true,"userId":null})").target
          == "/api/notifications?unread=true");
  }

  TEST_CASE_FIXTURE(begun_session,
                    "arguments that the tool does not take are an error that the agent sees") {
    CHECK(refused("getEvent", "{}").find("id") != std::string::npos);
    CHECK(refused("getEvent", R"({"id":".."})").find("not a name") != std::string::npos);
    CHECK(refused("getEvent", R"({"id":""})").find("not a name") != std::string::npos);
    CHECK(refused("getEvent", R"({"id":{}})").find("not a text") != std::string::npos);
    CHECK(refused("getEvent", R"({"id":"x","no":1})").find("'no'") != std::string::npos);
    CHECK(refused("listEvents", R"({"types":")" + std::string(9'000, 'a') + R"("})").find("8192")
          != std::string::npos);
    CHECK(refused("listEvents", R"({"body":{}})").find("body") != std::string::npos);
  }

  TEST_CASE_FIXTURE(begun_session, "a tool that changes something is refused") {
    CHECK(refused("deleteWebhook", R"({"id":1})").find("--allow-writes") != std::string::npos);
    CHECK(refused("publishEvent", R"({"body":{}})").find("--allow-writes") != std::string::npos);
  }

  TEST_CASE_FIXTURE(writing_session, "a body goes on as it was sent") {
    const auto call = begun(
      "publishEvent", R"({"body":{"type":"a.b","data":{"n":1.10,"m":12345678901234567890123}}})");
    CHECK(call.method == "POST");
    CHECK(call.target == "/api/publish");
    CHECK(call.body == R"({"type":"a.b","data":{"n":1.10,"m":12345678901234567890123}})");
    CHECK(begun("deleteWebhook", R"({"id":7})").method == "DELETE");
  }

  TEST_CASE_FIXTURE(begun_session, "one call too many is refused") {
    has_room = false;
    CHECK(error_of(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"getNode"}})")
          == -32000);
  }

  TEST_CASE_FIXTURE(begun_session, "the description of the API is a resource") {
    auto list = ask(R"({"jsonrpc":"2.0","id":1,"method":"resources/list"})");
    const auto uri = text(list["result"]["resources"][0]["uri"]);
    auto read = ask(R"({"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":")" + uri
                    + R"("}})");
    CHECK(text(read["result"]["contents"][0]["text"]).starts_with("openapi: 3.0"));
    CHECK(
      error_of(
        R"({"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":"file:///etc/passwd"}})")
      == -32602);
  }

  TEST_CASE("an answer is bounded and has no secret") {
    auto shown = [](const std::string& body, size_t most = 1'000, int status = 200) {
      return text_for_agent({status, body, {}}, false, most);
    };
    CHECK(shown(R"({"n":1.10})") == R"({"n":1.10})");
    CHECK(shown("") == "done");
    CHECK(shown("", 100, 500).find("500") != std::string::npos);
    for (const std::string body : {R"({"id":1,"secret":"hush"})", R"({"a":[{"password":"hush"}]})",
                                   R"({"key":"ck_hush"})", R"({"any":"whsec_hush"})",
                                   R"({"token":"hush","n":1})", R"({"secrets":["hush","hush"]})"}) {
      CAPTURE(body);
      CHECK(shown(body).find("hush") == std::string::npos);
      CHECK(shown(body).find("***") != std::string::npos);
    }
    // A name is no secret.
    CHECK(shown(R"({"key":"photo-7"})") == R"({"key":"photo-7"})");
    const auto cut = shown("{\"a\":\"" + std::string(2'000, 'x') + "\"}");
    CHECK(cut.size() < 1'300);
    CHECK(cut.find("cut") != std::string::npos);
    // Beyond what is read nothing is shown: a secret could not be told.
    CHECK(text_for_agent({200, R"({"secret":"hush)", {}}, true, 1'000).find("hush")
          == std::string::npos);
    CHECK(shown("not JSON \xff").find("not JSON") == 0);
  }
}

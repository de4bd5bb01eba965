// Sessions with third-party clients.

#include "tests/e2e/node_process.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <vector>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("peers/session_peers") {
  namespace {

  /// Publishes for everybody, one at a time, with what JSON and UTF-8 make difficult.
  std::vector<uint64_t> publish(const node_process& node, size_t count) {
    std::vector<uint64_t> out;
    auto client = node.data();
    for (size_t i = 0; i < count; ++i) {
      auto text = i % 3 == 0 ? std::string{R"(\"é\n😀)"} : std::string(i * 200, 'x');
      auto answer = parse(client->Post("/api/events",
                                       R"({"type":"user.login","userId":"u-1","companyId":"c-1",)"
                                       R"("audience":"all","data":{"ip":"::1","userAgent":")"
                                         + text + R"("}})",
                                       "application/json"));
      out.push_back(answer["seq"].GetUint64());
    }
    return out;
  }

  /// Runs a client that prints "live" and then its events.
  void check_client(const std::string& program, std::vector<std::string> arguments,
                    std::vector<std::string> node_options = {}) {
    temporary_directory dir;
    node_process node{dir.path() + "/data", std::move(node_options)};
    REQUIRE_MESSAGE(node.ready(), node.log());
    publish(node, 3);
    constexpr size_t count = 100;
    arguments.push_back("ws://127.0.0.1:" + std::to_string(node.data_port())
                        + "/ws?user=u-1&company=c-1");
    arguments.push_back(std::to_string(count));
    process client{program, arguments, dir.path() + "/client.log"};
    REQUIRE(client.read_line() == "live");
    auto expected = publish(node, count);
    auto line = client.read_line(50s);
    REQUIRE(line);
    rapidjson::Document got;
    got.Parse(line->c_str());
    REQUIRE(got.IsArray());
    std::vector<uint64_t> seqs;
    for (const auto& x : got.GetArray())
      seqs.push_back(x.GetUint64());
    CHECK(seqs == expected);
    CHECK(client.wait() == 0);
  }

  } // namespace

  TEST_CASE("npm's ws gets every event over five connections") {
    ::setenv("CARILLON_NPM_DIR", CARILLON_NPM_DIR, 1);
    check_client("/usr/bin/env", {"node", CARILLON_SESSION_CLIENT_JS});
  }

  TEST_CASE("Debian's python3-websockets gets every event over five connections") {
    check_client("/usr/bin/python3", {CARILLON_SESSION_CLIENT_PY});
  }

  TEST_CASE("Chromium with clients/browser gets every event") {
    temporary_directory dir;
    node_process node{dir.path() + "/data", {"--sessions-origins", "*"}};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto before = publish(node, 30);
    // Earlier events by `since`, later ones live.
    process client{"/usr/bin/env",
                   {"node", CARILLON_CHROMIUM_CLIENT,
                    "ws://127.0.0.1:" + std::to_string(node.data_port()) + "/ws", "60", "since=0",
                    "user=u-1", "company=c-1", "deadline=45"},
                   dir.path() + "/client.log"};
    auto after = publish(node, 30);
    before.insert(before.end(), after.begin(), after.end());
    auto line = client.read_line(55s);
    REQUIRE(line);
    rapidjson::Document got;
    got.Parse(line->c_str());
    std::vector<uint64_t> seqs;
    for (const auto& x : got["seqs"].GetArray())
      seqs.push_back(x.GetUint64());
    CHECK(seqs == before);
    CHECK(got["errors"].Empty());
    CHECK(client.wait() == 0);
  }
}

// Sessions of the real node opened by a token, and streams that resume at their position.

#include "tests/e2e/node_process.hpp"
#include "tests/net/auth/token/token_issuer.hpp"
#include "tests/net/data/sessions/stream_client.hpp"

#include "base/time.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/session_token") {
  namespace {

  const std::string secret = "a secret of at least thirty-two bytes";

  /// A token that ends then, to the microsecond.
  std::string token_until(timestamp end) {
    auto micros = std::to_string(to_micros(end));
    micros.insert(micros.size() - 6, ".");
    return token_issuer::hs256(secret).token(R"({"sub":"u-1","company":"c-1","exp":)" + micros
                                             + "}");
  }

  /// Publishes one event; answers its position.
  uint64_t publish(const node_process& node, const std::string& audience,
                   const std::string& company, const std::string& user) {
    auto body = R"({"type":"user.login","audience":")" + audience + R"(","companyId":")" + company
                + R"(","userId":")" + user + R"(","data":{"ip":"192.0.2.1","userAgent":"x"}})";
    return parse(node.data()->Post("/api/events", body, "application/json"))["seq"].GetUint64();
  }

  /// Publishes events of every audience; returns the positions of the events visible to `u-1` of
  /// `c-1`.
  std::vector<uint64_t> publish_mixed(const node_process& node, size_t rounds) {
    std::vector<uint64_t> out;
    for (size_t i = 0; i < rounds; ++i) {
      out.push_back(publish(node, "user", "c-1", "u-1"));
      publish(node, "user", "c-1", "u-2");
      publish(node, "company", "c-2", "u-1");
      out.push_back(publish(node, "company", "c-1", "u-3"));
      publish(node, "none", "c-1", "u-1");
      out.push_back(publish(node, "all", "c-2", "u-2"));
    }
    return out;
  }

  /// A node whose keys are in a file.
  struct key_set_node {
    temporary_directory dir;
    scratch_file keys{key_set_of({es256_issuer().jwk(R"("kid":"a")"), hs256_issuer().jwk()})};
    node_process node;

    key_set_node() : node{dir.path() + "/data", {"--jwks-file", keys.path()}} {
      REQUIRE_MESSAGE(node.ready(), node.log());
    }

    socket_client open(const token_issuer& x, const std::string& more = {}) {
      return socket_client{node.data_port(), "/ws?token=" + x.token(R"({"sub":"u-1"})", more)};
    }
  };

  struct token_node {
    temporary_directory dir;
    node_process node;

    token_node() : node{dir.path() + "/data", {"--jwt-secret", secret}} {
      REQUIRE_MESSAGE(node.ready(), node.log());
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(token_node, "a token that ends ends its WebSocket, with 4001 and in time") {
    auto end = wall_clock_now() + 2s;
    socket_client client{node.data_port(), "/ws?token=" + token_until(end)};
    REQUIRE(client.greeting.status == 101);
    auto hello = client.read().payload;
    CHECK(hello.find(R"("userId":"u-1","companyId":"c-1")") != std::string::npos);
    auto seq = publish(node, "user", "c-1", "u-1");
    CHECK(client.read().payload.starts_with(R"({"op":"event","seq":)" + std::to_string(seq)));
    auto said = client.read();
    CHECK(said.payload
          == R"({"op":"error","code":"unauthenticated","message":"the token has expired"})");
    auto closed = client.read();
    auto late = wall_clock_now() - end;
    REQUIRE(closed.opcode == op_close);
    CHECK(closed.code() == 4001);
    CHECK(closed.payload.substr(2) == "position=" + std::to_string(seq));
    CHECK(late >= 0s);
    CHECK(late < 2s);
    client.send(op_close, closed.payload.substr(0, 2));
    CHECK(client.raw.closed());
    socket_client again{node.data_port(), "/ws?token=" + token_until(end - 120s)};
    CHECK(again.read().payload == said.payload);
    CHECK(again.read().code() == 4001);
    // One session has ended, and the other one never was.
    CHECK(eventually([&] {
      auto metrics = node.admin()->Get("/metrics")->body;
      auto has = [&](const char* line) { return metrics.find(line) != std::string::npos; };
      return has("\ncarillon_sessions_closed_total{code=\"4001\"} 1\n")
             && has("\ncarillon_sessions_refused_total 1\n") && has("\ncarillon_sessions 0\n");
    }));
  }

  TEST_CASE_FIXTURE(token_node, "a token that ends ends its stream, with a message and in time") {
    auto end = wall_clock_now() + 2s;
    stream_client client{node.data_port(), "",
                         "Authorization: Bearer " + token_until(end) + "\r\n"};
    REQUIRE(client.greeting.status == 200);
    CHECK(client.read()->type == "hello");
    auto seq = publish(node, "company", "c-1", "u-9");
    const auto got = client.event();
    REQUIRE(got.has_value());
    CHECK(got->id.substr(got->id.find('.') + 1) == std::to_string(seq));
    CHECK(client.read()->type == "error");
    auto last = client.read();
    auto late = wall_clock_now() - end;
    REQUIRE(last.has_value());
    CHECK(last->type == "end");
    CHECK(last->data == R"({"code":4001,"position":)" + std::to_string(seq) + "}");
    CHECK(late >= 0s);
    CHECK(late < 2s);
    CHECK(client.ended());
    stream_client again{node.data_port(), "",
                        "Authorization: Bearer " + token_until(end - 120s) + "\r\n"};
    CHECK(again.greeting.status == 401);
  }

  TEST_CASE_FIXTURE(key_set_node, "SIGHUP ends the sessions of a key that is gone, and no other") {
    auto ends = open(es256_issuer(), R"("kid":"a")");
    auto stays = open(hs256_issuer());
    REQUIRE(ends.read().payload.starts_with(R"({"op":"hello")"));
    REQUIRE(stays.read().payload.starts_with(R"({"op":"hello")"));
    keys.write(key_set_of({hs256_issuer().jwk(), rs256_issuer().jwk(R"("kid":"b")")}));
    node.child().signal(SIGHUP);
    CHECK(ends.read().payload.find("the key of the token was taken away") != std::string::npos);
    CHECK(ends.read().code() == 4001);
    auto seq = publish(node, "all", "c-1", "u-1");
    CHECK(stays.read().payload.starts_with(R"({"op":"event","seq":)" + std::to_string(seq)));
    CHECK(open(es256_issuer(), R"("kid":"a")").read().payload.find("kid") != std::string::npos);
    CHECK(open(rs256_issuer(), R"("kid":"b")").read().payload.starts_with(R"({"op":"hello")"));
    // No audience was configured.
    CHECK(node.log().find("--jwt-audience") != std::string::npos);
  }

  TEST_CASE_FIXTURE(token_node, "a stream from beyond the log is refused by a status") {
    auto bearer = "Authorization: Bearer " + token_until(wall_clock_now() + 1h) + "\r\n";
    publish(node, "all", "c-1", "u-1");
    for (const auto& [query, fields] :
         {std::pair{"", bearer + "Last-Event-ID: 99\r\n"}, std::pair{"?since=1000", bearer}}) {
      stream_client refused{node.data_port(), query, fields};
      CHECK(refused.greeting.status == 400);
      CHECK(refused.greeting.field("content-type") == "application/problem+json");
    }
    // A WebSocket gets the end of the log, not its own position.
    socket_client client{node.data_port(),
                         "/ws?since=1000&token=" + token_until(wall_clock_now() + 1h)};
    CHECK(client.read().payload.find(R"("op":"hello")") != std::string::npos);
    CHECK(client.read().payload.find("since 1000 is beyond the head of the log, which is 1")
          != std::string::npos);
    auto closed = client.read();
    CHECK(closed.code() == 4009);
    CHECK(closed.payload.substr(2) == "position=1");
  }

  TEST_CASE_FIXTURE(token_node, "an event with line breaks comes whole, and without its metadata") {
    auto bearer = "Authorization: Bearer " + token_until(wall_clock_now() + 1h) + "\r\n";
    stream_client client{node.data_port(), "", bearer};
    REQUIRE(client.read()->type == "hello");
    auto answer = node.data()->Post("/api/events", R"({"type":"user.login","audience":"all",
      "data":{"ip":"192.0.2.1",
              "userAgent":"x"}, "metadata":{"ip":"192.0.2.7"}})",
                                    "application/json");
    REQUIRE(answer);
    REQUIRE(answer->status == 201);
    auto got = client.event();
    REQUIRE(got.has_value());
    rapidjson::Document json;
    json.Parse(got->data.c_str());
    REQUIRE(json.IsObject());
    CHECK(json["data"]["userAgent"] == "x");
    CHECK(!json.HasMember("metadata"));
    auto stored = parse(node.admin()->Get("/api/events/" + got->id.substr(got->id.find('.') + 1)));
    CHECK(stored["metadata"]["ip"] == "192.0.2.7");
  }

  TEST_CASE_FIXTURE(token_node, "a stream goes on from Last-Event-ID with exactly what it missed") {
    auto bearer = "Authorization: Bearer " + token_until(wall_clock_now() + 1h) + "\r\n";
    auto seen = publish_mixed(node, 3);
    std::string last_id;
    size_t got = 0;
    {
      stream_client first{node.data_port(), "?since=0", bearer};
      REQUIRE(first.greeting.status == 200);
      for (; got < 4; ++got) {
        auto x = first.event();
        REQUIRE(x.has_value());
        CHECK(x->id.ends_with('.' + std::to_string(seen[got])));
        last_id = x->id;
      }
    }
    // Published without any session.
    for (auto seq : publish_mixed(node, 5))
      seen.push_back(seq);
    // The header takes precedence, since a browser repeats the URL with its first `since`.
    stream_client second{node.data_port(), "?since=0",
                         bearer + "Last-Event-ID: " + last_id + "\r\n"};
    REQUIRE(second.greeting.status == 200);
    auto expect_all = [&] {
      for (; got < seen.size(); ++got) {
        auto x = second.event();
        REQUIRE(x.has_value());
        CHECK(x->id.ends_with('.' + std::to_string(seen[got])));
        CHECK(x->data.starts_with(R"({"seq":)" + std::to_string(seen[got]) + ","));
      }
    };
    expect_all();
    // Then the new events, without a gap.
    for (auto seq : publish_mixed(node, 2))
      seen.push_back(seq);
    expect_all();
    auto stats = parse(node.admin()->Get("/api/events/websocket/stats"));
    CHECK(stats["resumes"].GetUint64() == 2);
    CHECK(stats["eventsSent"].GetUint64() >= seen.size());
    for (const auto* wrong : {"x", "-1", "1.5", "99999999999999999999"})
      CHECK(stream_client{node.data_port(), "", bearer + "Last-Event-ID: " + wrong + "\r\n"}
              .greeting.status
            == 400);
  }
}

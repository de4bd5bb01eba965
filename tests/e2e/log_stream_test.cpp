// The log as a stream for API keys: every event of the key's scope, once and in order.

#include "tests/e2e/node_process.hpp"
#include "tests/net/data/sessions/socket_client.hpp"
#include "tests/net/data/sessions/stream_client.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/log_stream") {
  namespace {

  constexpr const char* json = "application/json";

  using seqs = std::vector<uint64_t>;

  std::string text_of(const rapidjson::Value& x) {
    return {x.GetString(), x.GetStringLength()};
  }

  std::string an_order(const std::string& id, const std::string& company,
                       const std::string& audience) {
    auto of = company.empty() ? std::string{} : R"("companyId":")" + company + R"(",)";
    return R"({"type":"order.created","id":")" + id + R"(",)" + of
           + R"("userId":"u-1","audience":")" + audience + R"(","data":{"orderId":")" + id
           + R"(","total":1,"items":[],"status":"new"}})";
  }

  /// A node that asks for keys.
  struct secured_node {
    explicit secured_node(std::vector<std::string> more = {})
      : node(dir.path() + "/data", std::move(more), true), admin(node.admin()), data(node.data()) {
      REQUIRE_MESSAGE(node.ready(), node.log());
      admin->set_bearer_token_auth(node.bootstrap_key().c_str());
      data->set_bearer_token_auth(node.bootstrap_key().c_str());
    }

    struct made_key {
      std::string text;
      uint64_t id = 0;

      std::string field() const {
        return "Authorization: Bearer " + text + "\r\n";
      }
    };

    made_key make(const std::string& role, const std::string& company = {},
                  const std::string& more = {}) const {
      auto body = R"({"name":"k","role":")" + role + '"';
      if (!company.empty())
        body += R"(,"companyId":")" + company + '"';
      auto made = parse(admin->Post("/api/keys", body + more + '}', json));
      REQUIRE(made.HasMember("key"));
      return {text_of(made["key"]), made["id"].GetUint64()};
    }

    /// Returns the position.
    uint64_t publish(const std::string& company, const std::string& audience) {
      auto id = "o-" + std::to_string(++published);
      auto done = data->Post("/api/events", an_order(id, company, audience), json);
      REQUIRE(done);
      REQUIRE_MESSAGE(done->status == 201, done->body);
      return parse(done)["seq"].GetUint64();
    }

    temporary_directory dir;
    node_process node;
    std::unique_ptr<httplib::Client> admin;
    std::unique_ptr<httplib::Client> data;
    int published = 0;
  };

  uint64_t seq_of(const std::string& event) {
    rapidjson::Document x;
    x.Parse(event.data(), event.size());
    REQUIRE(x.IsObject());
    return x["seq"].GetUint64();
  }

  /// Events of a stream up to a position, which ends with one that every reader of the test sees.
  seqs until(stream_client& from, uint64_t last) {
    seqs out;
    while (out.empty() || out.back() < last) {
      auto x = from.event();
      REQUIRE(x.has_value());
      out.push_back(seq_of(x->data));
    }
    return out;
  }

  rapidjson::Document next(socket_client& from) {
    rapidjson::Document out;
    for (auto x = from.read(); x.came && x.opcode != op_close; x = from.read())
      if (x.opcode == op_text) {
        out.Parse(x.payload.data(), x.payload.size());
        break;
      }
    return out;
  }

  seqs until(socket_client& from, uint64_t last) {
    seqs out;
    while (out.empty() || out.back() < last) {
      auto x = next(from);
      REQUIRE(x.IsObject());
      if (x["op"] == "event")
        out.push_back(x["seq"].GetUint64());
    }
    return out;
  }

  constexpr const char* subprotocol = "Sec-WebSocket-Protocol: carillon.v1\r\n";

  } // namespace

  TEST_CASE("who sees what of the log, by either wire") {
    secured_node at;
    struct event {
      uint64_t seq;
      std::string company;
    };
    std::vector<event> log;
    auto publish = [&](const std::string& company, const std::string& audience) {
      log.push_back({at.publish(company, audience), company});
    };
    auto publish_all = [&] {
      for (const std::string audience : {"none", "user", "company", "all"})
        for (const std::string company : {"c-1", "c-2"})
          publish(company, audience);
    };
    struct row {
      std::string role;
      std::string key_company;
      std::string more;
      std::string query;
      /// 200, or the status of the refusal.
      int status;
      /// Of which company the events are; empty = of all.
      std::string seen;
    };
    const std::vector<row> table{
      {"reader", "", "", "", 200, ""},
      {"reader", "c-1", "", "", 200, "c-1"},
      {"reader", "", "", "&companyId=c-2", 200, "c-2"},
      {"reader", "c-1", "", "&companyId=c-1", 200, "c-1"},
      {"reader", "c-1", "", "&companyId=c-2", 403, ""},
      {"worker", "", "", "", 200, ""},
      {"worker", "c-2", "", "", 200, "c-2"},
      {"worker", "c-2", R"(,"consumers":"billing")", "", 403, ""},
      {"admin", "c-1", "", "", 200, "c-1"},
      {"publisher", "", "", "", 403, ""},
      {"publisher", "c-1", "", "", 403, ""},
    };
    publish_all();
    struct reader {
      const row* what;
      stream_client stream;
      socket_client socket;
    };
    std::vector<std::unique_ptr<reader>> readers;
    for (const auto& x : table) {
      CAPTURE(x.role);
      CAPTURE(x.key_company);
      CAPTURE(x.query);
      auto key = at.make(x.role, x.key_company, x.more);
      // Refusals are events, too.
      auto query = "?since=0&types=order.*" + x.query;
      readers.push_back(std::make_unique<reader>(
        reader{&x, stream_client{at.node.data_port(), query, key.field()},
               socket_client{at.node.data_port(), "/ws" + query, subprotocol + key.field()}}));
      CHECK(readers.back()->stream.greeting.status == x.status);
      CHECK(readers.back()->socket.greeting.status == (x.status == 200 ? 101 : x.status));
    }
    publish_all();
    for (auto& x : readers) {
      if (x->what->status != 200)
        continue;
      CAPTURE(x->what->role);
      CAPTURE(x->what->key_company);
      CAPTURE(x->what->query);
      seqs wanted;
      for (const auto& y : log)
        if (x->what->seen.empty() || y.company == x->what->seen)
          wanted.push_back(y.seq);
      CHECK(until(x->stream, wanted.back()) == wanted);
      CHECK(until(x->socket, wanted.back()) == wanted);
    }
    CHECK(socket_client{at.node.data_port(), "/ws", "Authorization: Bearer ck_nobody\r\n"}
            .greeting.status
          == 401);
  }

  TEST_CASE("a key that is deleted ends its streams") {
    secured_node at;
    auto key = at.make("worker");
    stream_client stream{at.node.data_port(), "?since=0", key.field()};
    socket_client socket{at.node.data_port(), "/ws?since=0", subprotocol + key.field()};
    at.publish("c-1", "none");
    CHECK(until(stream, 1) == seqs{1});
    CHECK(until(socket, 1) == seqs{1});
    auto path = "/api/keys/" + std::to_string(key.id);
    REQUIRE(at.admin->Delete(path.c_str())->status == 204);
    at.publish("c-1", "none");
    auto error = stream.read();
    REQUIRE(error.has_value());
    CHECK(error->type == "error");
    CHECK(error->data.find("unauthenticated") != std::string::npos);
    auto end = stream.read();
    REQUIRE(end.has_value());
    CHECK(end->type == "end");
    CHECK(end->data == R"({"code":4001,"position":1})");
    CHECK(stream.ended());
    auto told = next(socket);
    REQUIRE(told.IsObject());
    CHECK(told["code"] == "unauthenticated");
    auto last = socket.read();
    CHECK(last.opcode == op_close);
    CHECK(last.code() == 4001);
  }

  TEST_CASE("a bookmark resumes, and one of another history is refused") {
    secured_node at;
    auto key = at.make("reader");
    for (int i = 0; i < 3; ++i)
      at.publish("c-1", "none");
    stream_client stream{at.node.data_port(), "?since=1", key.field()};
    auto hello = stream.read();
    REQUIRE(hello.has_value());
    CHECK(hello->type == "hello");
    auto second = stream.event();
    REQUIRE(second.has_value());
    CHECK(second->id.ends_with(".2"));
    stream_client again{at.node.data_port(), "",
                        key.field() + "Last-Event-ID: " + second->id + "\r\n"};
    CHECK(until(again, 3) == seqs{3});
    for (const std::string since : {"4", "0123456789ab.2", "0123456789ab.4"}) {
      CAPTURE(since);
      stream_client refused{at.node.data_port(), "?since=" + since, key.field()};
      CHECK(refused.greeting.status == 409);
      socket_client socket{at.node.data_port(), "/ws?since=" + since, subprotocol + key.field()};
      CHECK(socket.greeting.status == 101);
      auto told = next(socket);
      REQUIRE(told.IsObject());
      CHECK(told["op"] == "error");
      CHECK(told["code"] == "conflict");
      CHECK(socket.read().code() == 4009);
    }
    CHECK(stream_client{at.node.data_port(), "?since=x", key.field()}.greeting.status == 400);
  }

  TEST_CASE("from the log to what is live there is no hole") {
    secured_node at;
    auto key = at.make("reader");
    constexpr uint64_t arrays = 60;
    constexpr uint64_t each = 50;
    std::atomic<bool> failed{false};
    std::thread publisher{[&] {
      auto data = at.node.data();
      data->set_bearer_token_auth(at.node.bootstrap_key().c_str());
      for (uint64_t i = 0; i < arrays; ++i) {
        std::string all = "[";
        for (uint64_t j = 0; j < each; ++j)
          all
            += (j > 0 ? "," : "")
               + an_order("x-" + std::to_string(i * each + j), "c-1", j % 2 == 0 ? "none" : "all");
        auto done = data->Post("/api/events", all + "]", json);
        failed = failed || !done || done->status != 200;
      }
    }};
    std::vector<seqs> got(4);
    std::vector<std::thread> readers;
    for (auto& x : got)
      readers.emplace_back([&, to = &x] {
        // Each stream is dropped after some events, and resumed by its bookmark.
        std::string place = "0";
        while (to->size() < arrays * each) {
          stream_client stream{at.node.data_port(), "?since=" + place, key.field()};
          for (size_t n = 0; n < 700 && to->size() < arrays * each; ++n) {
            auto message = stream.event();
            if (!message)
              return;
            rapidjson::Document event;
            event.Parse(message->data.data(), message->data.size());
            to->push_back(event["seq"].GetUint64());
            place = message->id;
          }
        }
      });
    publisher.join();
    for (auto& x : readers)
      x.join();
    CHECK(!failed);
    for (const auto& x : got) {
      REQUIRE(x.size() == arrays * each);
      for (size_t i = 0; i < x.size(); ++i)
        REQUIRE(x[i] == i + 1);
    }
  }

  TEST_CASE("there are --log-streams of them, and operators see them") {
    secured_node at{{"--log-streams", "1"}};
    auto key = at.make("reader", "c-1");
    stream_client first{at.node.data_port(), "", key.field()};
    REQUIRE(first.greeting.status == 200);
    stream_client second{at.node.data_port(), "", key.field()};
    CHECK(second.greeting.status >= 429);
    auto list = parse(at.admin->Get("/api/events/websocket/sessions?companyId=c-1"));
    REQUIRE(list["sessions"].Size() == 1);
    CHECK(list["sessions"][0]["live"].GetBool());
    auto id = std::to_string(list["sessions"][0]["id"].GetUint64());
    CHECK(at.admin->Delete(("/api/events/websocket/sessions/" + id).c_str())->status == 200);
    CHECK(eventually([&] {
      return stream_client{at.node.data_port(), "", key.field()}.greeting.status == 200;
    }));
  }
}

#include "messages/workers/own_name.hpp"
#include "tests/e2e/node_process.hpp"
#include "tests/net/data/sessions/socket_client.hpp"
#include "tests/support/random_run.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>

using namespace carillon;
using namespace carillon::test;
using namespace std::literals;

TEST_SUITE("e2e/worker") {
  namespace {

  constexpr const char* json = "application/json";
  constexpr const char* protocol = "Sec-WebSocket-Protocol: carillon.consumer.v1\r\n";

  std::string order(const std::string& id, const std::string& company = "c-1") {
    return R"({"type":"order.created","id":")" + id + R"(","companyId":")" + company
           + R"(","data":{"orderId":")" + id + R"(","total":1,"items":[],"status":"new"}})";
  }

  void publish(const node_process& node, int from, int count, const std::string& company = "c-1") {
    std::string all = "[";
    for (int i = 0; i < count; ++i)
      all += (i > 0 ? "," : "") + order("o-" + std::to_string(from + i), company);
    auto done = node.data()->Post("/api/events", all + "]", json);
    REQUIRE(done);
    REQUIRE(done->status == 200);
  }

  int put(const node_process& node, const std::string& name, const std::string& settings) {
    auto done = node.data()->Put(("/api/consumers/" + name).c_str(), settings, json);
    return done ? done->status : 0;
  }

  rapidjson::Document pull(const node_process& node, const std::string& name, int most, int wait) {
    return parse(node.data()->Post(
      ("/api/consumers/" + name + "/pull").c_str(),
      R"({"max":)" + std::to_string(most) + R"(,"waitMs":)" + std::to_string(wait) + "}", json));
  }

  std::string text_of(const rapidjson::Value& x) {
    return {x.GetString(), x.GetStringLength()};
  }

  std::string settlements(const rapidjson::Document& pulled) {
    std::string out = R"({"deliveries":[)";
    for (const auto& x : pulled["deliveries"].GetArray())
      out += (out.back() == '[' ? "" : ",") + std::string{R"({"id":")"} + text_of(x["id"])
             + R"(","fence":")" + text_of(x["fence"]) + R"("})";
    return out + "]}";
  }

  rapidjson::Document ack(const node_process& node, const std::string& name,
                          const rapidjson::Document& pulled) {
    return parse(
      node.data()->Post(("/api/consumers/" + name + "/ack").c_str(), settlements(pulled), json));
  }

  /// A worker's connection.
  struct worker {
    worker(const node_process& node, const std::string& name, const std::string& more = {})
      : socket(node.data_port(), "/consume/" + name, std::string{protocol} + more) {
    }

    void say(const std::string& text) {
      socket.send(op_text, text);
    }

    /// The next message; a null document if there is none.
    rapidjson::Document next() {
      rapidjson::Document out;
      for (;;) {
        auto x = socket.read();
        if (!x.came || x.opcode == op_close) {
          closed = x;
          return out;
        }
        if (x.opcode == op_ping)
          socket.send(op_pong, x.payload);
        if (x.opcode == op_text) {
          out.Parse(x.payload.data(), x.payload.size());
          return out;
        }
      }
    }

    /// The next message of a kind.
    rapidjson::Document next(const std::string& op) {
      for (;;) {
        auto x = next();
        if (!x.IsObject() || x["op"] == op)
          return x;
      }
    }

    socket_client socket;
    frame closed;
  };

  } // namespace

  TEST_CASE("a consumer is created once, changed where its cursor allows it, and removed") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    CHECK(put(node, "loyalty", R"({"types":["order.*"]})") == 201);
    CHECK(put(node, "loyalty", R"({"types":["order.*"]})") == 200);
    CHECK(put(node, "loyalty", R"({"types":["order.*"],"maxInFlight":7})") == 200);
    CHECK(put(node, "loyalty", R"({"types":["user.*"]})") == 409);
    CHECK(put(node, "loyalty", R"({"types":["order.*"],"order":"total"})") == 409);
    CHECK(put(node, "audit", "{}") == 409);
    CHECK(put(node, "webhook.7", "{}") == 400);
    CHECK(put(node, "x", R"({"types":[]})") == 400);
    CHECK(put(node, "x", R"({"colour":"red"})") == 400);
    CHECK(put(node, "x", R"({"retrySchedule":[-1]})") == 400);
    auto shown = parse(node.data()->Get("/api/consumers/loyalty/workers"));
    CHECK(shown["maxInFlight"].GetInt() == 7);
    CHECK(shown["workers"]["connected"].GetInt() == 0);
    auto known = parse(node.admin()->Get("/api/consumers"));
    bool listed = false;
    for (const auto& x : known["consumers"].GetArray())
      listed = listed || x["name"] == "loyalty";
    CHECK(listed);
    CHECK(node.data()->Delete("/api/consumers/loyalty")->status == 200);
    CHECK(node.data()->Delete("/api/consumers/loyalty")->status == 404);
    CHECK(node.data()->Get("/api/consumers/loyalty/workers")->status == 404);
    CHECK(pull(node, "loyalty", 1, 0)["code"] == "not_found");
    CHECK(put(node, "loyalty", R"({"types":["user.*"]})") == 201);
  }

  TEST_CASE("a pull brings events, and what was acknowledged never comes again") {
    temporary_directory dir;
    std::string history;
    {
      node_process node{dir.path() + "/data"};
      REQUIRE_MESSAGE(node.ready(), node.log());
      publish(node, 1, 2);
      REQUIRE(put(node, "loyalty", R"({"types":["order.*"],"start":"beginning"})") == 201);
      auto first = pull(node, "loyalty", 1, 5'000);
      REQUIRE(first["deliveries"].Size() == 1);
      history = text_of(first["history"]);
      const auto& x = first["deliveries"][0];
      CHECK(x["id"] == "loyalty-1");
      CHECK(x["attempt"].GetInt() == 1);
      CHECK(x["event"]["data"]["orderId"] == "o-1");
      auto done = ack(node, "loyalty", first);
      CHECK(done["settled"].GetInt() == 1);
      CHECK(ack(node, "loyalty", first)["stale"].Size() == 1);
      // Until the cursor is durable.
      CHECK(eventually([&] {
        auto all = parse(node.admin()->Get("/api/consumers"));
        for (const auto& y : all["consumers"].GetArray())
          if (y["name"] == "loyalty")
            return y["cursor"].GetUint64() == 1;
        return false;
      }));
      node.child().kill();
    }
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto second = pull(node, "loyalty", 10, 5'000);
    CHECK(text_of(second["history"]) == history);
    REQUIRE(second["deliveries"].Size() == 1);
    CHECK(second["deliveries"][0]["id"] == "loyalty-2");
    CHECK(pull(node, "loyalty", 10, 0)["deliveries"].Empty());
  }

  TEST_CASE("a pull whose client has gone takes nothing") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    REQUIRE(put(node, "loyalty", R"({"maxAttempts":1})") == 201);
    const std::string body = R"({"max":10,"waitMs":20000})";
    auto waiting = [&] {
      return parse(node.data()->Get("/api/consumers/loyalty/workers"))["workers"]["waitingPulls"]
        .GetInt();
    };
    for (const char* more : {"", "Connection: close\r\n"}) {
      raw_client client{node.data_port()};
      client.send(std::string{"POST /api/consumers/loyalty/pull HTTP/1.1\r\nHost: localhost\r\n"}
                  + more + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
      REQUIRE(eventually([&] { return waiting() == 1; }));
      client.close();
      CHECK(eventually([&] { return waiting() == 0; }));
    }
    publish(node, 1, 3);
    auto got = pull(node, "loyalty", 10, 5'000);
    REQUIRE(got["deliveries"].Size() >= 1);
    CHECK(got["deliveries"][0]["id"] == "loyalty-1");
    CHECK(got["deliveries"][0]["attempt"].GetInt() == 1);
  }

  TEST_CASE("a worker that ends gives back what it has not begun") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    REQUIRE(put(node, "loyalty", R"({"maxAttempts":1,"order":"total"})") == 201);
    publish(node, 1, 1);
    auto release = [&](const rapidjson::Document& pulled) {
      return parse(node.data()->Post("/api/consumers/loyalty/release", settlements(pulled), json));
    };
    auto first = pull(node, "loyalty", 5, 5'000);
    CHECK(release(first)["settled"].GetInt() == 1);
    CHECK(release(first)["stale"].Size() == 1);
    worker a{node, "loyalty"};
    a.say(R"({"op":"credit","n":1})");
    auto second = a.next("deliver");
    REQUIRE(second.IsObject());
    CHECK(second["deliveries"][0]["attempt"].GetInt() == 1);
    a.say(R"({"op":"drain"})");
    a.say(R"({"op":"release","ids":["loyalty-1"]})");
    auto third = pull(node, "loyalty", 5, 5'000);
    REQUIRE(third["deliveries"].Size() == 1);
    CHECK(third["deliveries"][0]["attempt"].GetInt() == 1);
    CHECK(text_of(third["deliveries"][0]["fence"]) != text_of(second["deliveries"][0]["fence"]));
    CHECK(ack(node, "loyalty", third)["settled"].GetInt() == 1);
    CHECK(parse(node.admin()->Get("/api/dead-letters"))["deadLetters"].Empty());
  }

  TEST_CASE("a consumer begins where it is told to") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    publish(node, 1, 5);
    auto third = parse(node.admin()->Get("/api/events?limit=3"));
    auto recorded = text_of(third["events"][2]["recordedAt"]);
    CHECK(put(node, "beyond", R"({"start":6})") == 400);
    REQUIRE(put(node, "end", R"({"start":5})") == 201);
    REQUIRE(put(node, "position", R"({"start":3})") == 201);
    REQUIRE(put(node, "now", R"({"start":"now"})") == 201);
    REQUIRE(put(node, "time", R"({"start":")" + recorded + R"("})") == 201);
    CHECK(pull(node, "position", 10, 5'000)["deliveries"][0]["id"] == "position-4");
    CHECK(pull(node, "now", 10, 0)["deliveries"].Empty());
    CHECK(pull(node, "time", 10, 5'000)["deliveries"].Size() >= 1);
    // No cursor is beyond the log, which would keep the node from starting.
    node.child().kill();
    node_process again{dir.path() + "/data"};
    CHECK_MESSAGE(again.ready(), again.log());
  }

  TEST_CASE("a connection gets what it asked for, and hears what is durable") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    REQUIRE(put(node, "loyalty", R"({"types":["order.*"],"ackTimeoutMs":5000})") == 201);
    worker a{node, "loyalty"};
    REQUIRE(a.socket.greeting.status == 101);
    auto hello = a.next();
    REQUIRE(hello.IsObject());
    CHECK(hello["op"] == "hello");
    CHECK(hello["consumer"] == "loyalty");
    CHECK(hello["ackTimeoutMs"].GetInt() == 5000);
    CHECK(hello["generation"].GetInt() >= 1);
    auto shown = parse(node.data()->Get("/api/consumers/loyalty/workers"));
    CHECK(shown["generation"].GetInt() == hello["generation"].GetInt());
    CHECK(text_of(shown["history"]).size() == 16);
    CHECK(text_of(hello["history"]) == text_of(shown["history"]));
    a.say(R"({"op":"credit","n":2})");
    publish(node, 1, 3);
    std::vector<std::string> ids;
    while (ids.size() < 2) {
      auto x = a.next("deliver");
      REQUIRE(x.IsObject());
      for (const auto& y : x["deliveries"].GetArray())
        ids.push_back(text_of(y["id"]));
    }
    a.say(R"({"op":"ack","ids":[")" + ids[0] + R"(",")" + ids[1] + R"("]})");
    auto durable = a.next("acked");
    REQUIRE(durable.IsObject());
    CHECK(durable["upTo"].GetUint64() >= 1);
    a.say(R"({"op":"ack","ids":["loyalty-99"]})");
    CHECK(a.next("stale")["ids"][0] == "loyalty-99");
    a.say(R"({"op":"credit","n":1})");
    auto third = a.next("deliver");
    REQUIRE(third.IsObject());
    // Its connection ends: a second later another worker has it.
    worker b{node, "loyalty"};
    b.next();
    b.say(R"({"op":"credit","n":10})");
    const auto begin = std::chrono::steady_clock::now();
    a.socket.raw.close();
    auto again = b.next("deliver");
    REQUIRE(again.IsObject());
    CHECK(text_of(again["deliveries"][0]["id"]) == text_of(third["deliveries"][0]["id"]));
    CHECK(again["deliveries"][0]["attempt"].GetInt() == 1);
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
  }

  TEST_CASE("a worker that sends nonsense is told so, and harms nobody") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    REQUIRE(put(node, "loyalty", "{}") == 201);
    worker a{node, "loyalty"};
    a.next();
    for (const char* text :
         {"nonsense", "[]", "{}", R"({"op":"fly"})", R"({"op":"credit"})",
          R"({"op":"credit","n":-1})", R"({"op":"ack","ids":[]})", R"({"op":"ack","ids":[1]})",
          R"({"op":"nack"})", R"({"op":"extend","id":"x","ms":"long"})",
          R"({"op":"ack","ids":["x"],"more":1})", R"({"op":"credit","n":1,"n":2})"}) {
      CAPTURE(text);
      a.say(text);
      auto answer = a.next();
      REQUIRE(answer.IsObject());
      CHECK(answer["op"] == "error");
    }
    worker none{node, "nobody"};
    auto refused = none.next();
    REQUIRE(refused.IsObject());
    CHECK(refused["code"] == "not_found");
    socket_client plain{node.data_port(), "/consume/loyalty"};
    CHECK(plain.greeting.status == 400);
    publish(node, 1, 1);
    CHECK(pull(node, "loyalty", 1, 5'000)["deliveries"].Size() == 1);
  }

  TEST_CASE("a worker whose connection carries garbage loses it, and another has its deliveries") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    // One attempt: a loss that counted as one would be a dead letter.
    REQUIRE(put(node, "loyalty", R"({"maxAttempts":1})") == 201);
    int number = 0;
    for (const auto& garbage : {std::string(2'000, '\xff'), std::string(64, '\0'),
                                frame_text(op_text, std::string(70'000, 'x')),
                                frame_text(op_text, "{}", {.masked = false})}) {
      CAPTURE(number);
      worker a{node, "loyalty"};
      REQUIRE(a.next().IsObject());
      a.say(R"({"op":"credit","n":1})");
      publish(node, ++number, 1);
      auto got = a.next("deliver");
      REQUIRE(got.IsObject());
      a.socket.raw.send(garbage);
      while (a.next().IsObject()) {
      }
      auto again = pull(node, "loyalty", 5, 10'000);
      REQUIRE(again["deliveries"].Size() == 1);
      CHECK(text_of(again["deliveries"][0]["id"]) == text_of(got["deliveries"][0]["id"]));
      CHECK(again["deliveries"][0]["attempt"].GetInt() == 1);
      CHECK(ack(node, "loyalty", again)["settled"].GetInt() == 1);
    }
  }

  TEST_CASE("who is silent, or acknowledges what it never got, harms only itself") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    REQUIRE(put(node, "loyalty", R"({"ackTimeoutMs":1000,"retrySchedule":[0]})") == 201);
    REQUIRE(put(node, "billing", "{}") == 201);
    worker silent{node, "loyalty"};
    REQUIRE(silent.next().IsObject());
    silent.say(R"({"op":"credit","n":1})");
    publish(node, 1, 1);
    auto held = silent.next("deliver");
    REQUIRE(held.IsObject());
    // Neither another connection nor a made-up fence may settle it.
    worker liar{node, "loyalty"};
    REQUIRE(liar.next().IsObject());
    liar.say(R"({"op":"ack","ids":["loyalty-1"]})");
    CHECK(liar.next("stale")["ids"][0] == "loyalty-1");
    liar.say(R"({"op":"nack","id":"loyalty-1","reason":"no","dead":true})");
    CHECK(liar.next("stale")["ids"][0] == "loyalty-1");
    liar.say(R"({"op":"release","ids":["loyalty-1"]})");
    CHECK(liar.next("stale")["ids"][0] == "loyalty-1");
    auto forged = parse(node.data()->Post("/api/consumers/loyalty/ack",
                                          R"({"id":"loyalty-1","fence":"1.99"})", json));
    CHECK(forged["stale"].Size() == 1);
    // Another consumer does not notice.
    auto other = pull(node, "billing", 1, 5'000);
    REQUIRE(other["deliveries"].Size() == 1);
    // Its time is over: the next one has it.
    auto second = pull(node, "loyalty", 1, 10'000);
    REQUIRE(second["deliveries"].Size() == 1);
    CHECK(second["deliveries"][0]["id"] == "loyalty-1");
    CHECK(second["deliveries"][0]["attempt"].GetInt() == 2);
    CHECK(ack(node, "loyalty", second)["settled"].GetInt() == 1);
    silent.say(R"({"op":"ack","ids":["loyalty-1"]})");
    CHECK(silent.next("stale")["ids"][0] == "loyalty-1");
    CHECK(parse(node.admin()->Get("/api/dead-letters"))["deadLetters"].Empty());
  }

  TEST_CASE("a worker that opens a thousand connections harms only itself") {
    constexpr size_t most = 1'000;
    rlimit files{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
    files.rlim_cur = files.rlim_max;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
    REQUIRE(files.rlim_cur > most + 200);
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    REQUIRE(put(node, "loyalty", "{}") == 201);
    REQUIRE(put(node, "billing", "{}") == 201);
    std::vector<std::unique_ptr<worker>> all;
    for (size_t i = 0; i < most; ++i) {
      all.push_back(std::make_unique<worker>(node, "loyalty"));
      REQUIRE(all.back()->socket.greeting.status == 101);
      REQUIRE(all.back()->next()["op"] == "hello");
    }
    for (int i = 0; i < 20; ++i) {
      worker beyond{node, "loyalty"};
      auto refused = beyond.next();
      REQUIRE(refused.IsObject());
      CHECK(refused["code"] == "overloaded");
      CHECK(beyond.next().IsNull());
      CHECK(beyond.closed.code() == 1013);
    }
    // Who publishes, other consumers, and those of the thousand that work go on.
    publish(node, 1, 2);
    worker good{node, "billing"};
    REQUIRE(good.next()["op"] == "hello");
    good.say(R"({"op":"credit","n":1})");
    CHECK(good.next("deliver").IsObject());
    CHECK(pull(node, "billing", 1, 5'000)["deliveries"].Size() == 1);
    all.back()->say(R"({"op":"credit","n":1})");
    CHECK(all.back()->next("deliver").IsObject());
    all.clear();
    CHECK(eventually([&] {
      worker again{node, "loyalty"};
      auto x = again.next();
      return x.IsObject() && x["op"] == "hello";
    }));
  }

  TEST_CASE("who may work for which consumer") {
    temporary_directory dir;
    node_process node{dir.path() + "/data", {}, true};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto admin = node.admin();
    admin->set_bearer_token_auth(node.bootstrap_key().c_str());
    std::map<std::string, std::string> keys{{"nobody", ""}, {"admin", node.bootstrap_key()}};
    auto make = [&](const std::string& name, const std::string& rest) {
      auto made
        = parse(admin->Post("/api/keys", R"({"name":")" + name + R"(",)" + rest + "}", json));
      REQUIRE(made.HasMember("key"));
      keys[name] = text_of(made["key"]);
    };
    make("publisher", R"("role":"publisher")");
    make("reader", R"("role":"reader")");
    make("worker", R"("role":"worker")");
    make("worker of billing", R"("role":"worker","consumers":"billing,mail.*")");
    make("worker of c-1", R"("role":"worker","companyId":"c-1")");
    make("admin of c-2", R"("role":"admin","companyId":"c-2")");
    CHECK(admin->Post("/api/keys", R"({"name":"x","role":"reader","consumers":"a"})", json)->status
          == 400);
    auto call = [&](const std::string& who, const std::string& method, const std::string& path,
                    const std::string& body) {
      auto data = node.data();
      if (!keys[who].empty())
        data->set_bearer_token_auth(keys[who].c_str());
      auto done = method == "PUT"      ? data->Put(path.c_str(), body, json)
                  : method == "DELETE" ? data->Delete(path.c_str())
                  : method == "GET"    ? data->Get(path.c_str())
                                       : data->Post(path.c_str(), body, json);
      return done ? done->status : 0;
    };
    REQUIRE(call("admin", "PUT", "/api/consumers/loyalty", R"({"companyId":"c-1"})") == 201);
    REQUIRE(call("admin", "PUT", "/api/consumers/billing", "{}") == 201);
    struct row {
      const char* who;
      int get_loyalty, pull_loyalty, pull_billing, put_loyalty;
    };
    // loyalty is of company c-1, billing of none.
    for (const auto& x :
         {row{"nobody", 401, 401, 401, 401}, row{"publisher", 403, 403, 403, 403},
          row{"reader", 403, 403, 403, 403}, row{"worker", 200, 200, 200, 200},
          row{"worker of billing", 403, 403, 200, 403}, row{"worker of c-1", 200, 200, 404, 200},
          row{"admin of c-2", 404, 404, 404, 403}, row{"admin", 200, 200, 200, 200}}) {
      CAPTURE(x.who);
      CHECK(call(x.who, "GET", "/api/consumers/loyalty/workers", "") == x.get_loyalty);
      CHECK(call(x.who, "POST", "/api/consumers/loyalty/pull", "{}") == x.pull_loyalty);
      CHECK(call(x.who, "POST", "/api/consumers/billing/pull", "{}") == x.pull_billing);
      CHECK(call(x.who, "POST", "/api/consumers/loyalty/ack", R"({"id":"loyalty-1","fence":"1.1"})")
            == x.pull_loyalty);
      CHECK(call(x.who, "PUT", "/api/consumers/loyalty", R"({"companyId":"c-1"})")
            == x.put_loyalty);
    }
    // No answer tells a company which names others have, or how theirs are set up.
    CHECK(call("admin of c-2", "DELETE", "/api/consumers/loyalty", "") == 404);
    CHECK(call("admin of c-2", "DELETE", "/api/consumers/free", "") == 404);
    for (const char* path :
         {"/api/consumers/loyalty", "/api/consumers/billing", "/api/consumers/free"}) {
      CAPTURE(path);
      CHECK(call("admin of c-2", "PUT", path, R"({"order":"total"})") == 201);
      CHECK(call("admin of c-2", "PUT", path, R"({"order":"total"})") == 200);
      CHECK(call("admin of c-2", "PUT", path, R"({"order":"none"})") == 409);
      CHECK(call("admin of c-2", "POST", path + "/pull"s, "{}") == 200);
      CHECK(call("admin of c-2", "DELETE", path, "") == 200);
    }
    CHECK(call("admin of c-2", "PUT", "/api/consumers/audit", "{}") == 201);
    CHECK(call("worker", "PUT", "/api/consumers/audit", "{}") == 409);
    CHECK(call("admin", "GET", "/api/consumers/loyalty/workers", "") == 200);
    CHECK(call("worker of c-1", "GET", "/api/consumers/audit/workers", "") == 404);
    CHECK(call("admin of c-2", "PUT", "/api/consumers/" + std::string(51, 'a'), "{}") == 201);
    CHECK(call("admin of c-2", "PUT", "/api/consumers/" + std::string(52, 'a'), "{}") == 400);
    // A bound key's consumer gets its company's events only, also when it does not say so.
    REQUIRE(call("worker of c-1", "PUT", "/api/consumers/own", R"({"start":"beginning"})") == 201);
    auto data = node.data();
    data->set_bearer_token_auth(keys["admin"].c_str());
    REQUIRE(data->Post("/api/events", "[" + order("a", "c-1") + "," + order("b", "c-2") + "]", json)
              ->status
            == 200);
    data->set_bearer_token_auth(keys["worker of c-1"].c_str());
    auto got = parse(data->Post("/api/consumers/own/pull", R"({"max":10,"waitMs":5000})", json));
    REQUIRE(got["deliveries"].Size() == 1);
    CHECK(got["deliveries"][0]["event"]["companyId"] == "c-1");
    const auto full = own_name("own", "c-1");
    const auto first = got["deliveries"][0]["event"]["seq"].GetUint64();
    CHECK(text_of(got["deliveries"][0]["id"]) == full + "-" + std::to_string(first));
    auto shown = parse(data->Get("/api/consumers/own/workers"));
    CHECK(shown["name"] == "own");
    // Others call it by its whole name, and give its company no second one of that name.
    CHECK(call("worker", "GET", "/api/consumers/" + full + "/workers", "") == 200);
    CHECK(call("worker", "GET", "/api/consumers/own/workers", "") == 404);
    CHECK(call("worker", "PUT", "/api/consumers/own", R"({"companyId":"c-1"})") == 409);
    CHECK(call("worker", "PUT", "/api/consumers/own", R"({"companyId":"c-2"})") == 201);
    worker mine{node, "own", "Authorization: Bearer " + keys["worker of c-1"] + "\r\n"};
    CHECK(mine.next()["consumer"] == "own");
    // What handlers made of an event names no consumer of another company.
    admin->set_bearer_token_auth(node.bootstrap_key().c_str());
    auto made_of = [&](uint64_t seq) {
      return admin->Get(("/api/events/" + std::to_string(seq) + "?expand=handlers").c_str())->body;
    };
    CHECK(made_of(first).find('"' + full + '"') != std::string::npos);
    CHECK(made_of(first + 1).find('"' + full + '"') == std::string::npos);
    CHECK(made_of(first + 1).find("\"loyalty\"") == std::string::npos);
    CHECK(made_of(first + 1).find("\"billing\"") != std::string::npos);
    // Not as a worker: publishing, reading, administration.
    CHECK(call("worker", "POST", "/api/events", order("x")) == 403);
    auto reading = node.admin();
    reading->set_bearer_token_auth(keys["worker"].c_str());
    CHECK(reading->Get("/api/events")->status == 403);
    CHECK(reading->Get("/api/keys")->status == 403);
    socket_client foreign{node.data_port(), "/consume/loyalty",
                          std::string{protocol} + "Authorization: Bearer " + keys["reader"]
                            + "\r\n"};
    CHECK(foreign.greeting.status == 403);
    worker bound{node, "billing", "Authorization: Bearer " + keys["worker of c-1"] + "\r\n"};
    CHECK(bound.next()["code"] == "not_found");
  }

  TEST_CASE("a worker whose key was revoked gets nothing more") {
    temporary_directory dir;
    node_process node{dir.path() + "/data", {}, true};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto admin = node.admin();
    admin->set_bearer_token_auth(node.bootstrap_key().c_str());
    auto made = parse(admin->Post("/api/keys", R"({"name":"w","role":"worker"})", json));
    REQUIRE(made.HasMember("key"));
    auto data = node.data();
    data->set_bearer_token_auth(node.bootstrap_key().c_str());
    REQUIRE(data->Put("/api/consumers/loyalty", "{}", json)->status == 201);
    worker a{node, "loyalty", "Authorization: Bearer " + text_of(made["key"]) + "\r\n"};
    REQUIRE(a.next().IsObject());
    a.say(R"({"op":"credit","n":5})");
    REQUIRE(data->Post("/api/events", order("o-1"), json)->status == 201);
    CHECK(a.next("deliver").IsObject());
    REQUIRE(admin->Delete(("/api/keys/" + std::to_string(made["id"].GetUint64())).c_str())->status
            == 204);
    REQUIRE(data->Post("/api/events", order("o-2"), json)->status == 201);
    auto last = a.next("error");
    REQUIRE(last.IsObject());
    CHECK(last["code"] == "unauthenticated");
    while (a.next().IsObject()) {
    }
    CHECK(a.closed.code() == 4001);
    // The next one has both.
    worker b{node, "loyalty", "Authorization: Bearer " + node.bootstrap_key() + "\r\n"};
    b.say(R"({"op":"credit","n":5})");
    size_t got = 0;
    while (got < 2) {
      auto x = b.next("deliver");
      REQUIRE(x.IsObject());
      got += x["deliveries"].Size();
    }
  }

  TEST_CASE("workers and the node are killed: nothing is lost, each key keeps its order") {
    constexpr int events = 600;
    constexpr int companies = 7;
    constexpr int pullers = 3;
    auto seed = seed_of_run();
    MESSAGE("seed ", seed);
    temporary_directory dir;
    auto node = std::make_unique<node_process>(dir.path() + "/data");
    REQUIRE_MESSAGE(node->ready(), node->log());
    REQUIRE(
      put(*node, "loyalty",
          R"({"types":["order.*"],"order":"per_key","ackTimeoutMs":1000,"retrySchedule":[0]})")
      == 201);
    for (int i = 0; i < events; i += 20)
      for (int k = 0; k < 20; ++k)
        REQUIRE(
          node->data()
            ->Post("/api/events",
                   order("o-" + std::to_string(i + k), "c-" + std::to_string((i + k) % companies)),
                   json)
            ->status
          == 201);
    std::mutex mutex;
    std::map<std::string, std::vector<uint64_t>> handled; // by company, in the order of handling
    std::set<uint64_t> all;
    std::atomic<bool> stop{false};
    auto work = [&](unsigned number) {
      std::minstd_rand random{seed + number};
      while (!stop) {
        std::lock_guard guard{mutex};
        auto pulled = pull(*node, "loyalty", 5, 200);
        if (!pulled.IsObject() || !pulled.HasMember("deliveries"))
          continue;
        for (const auto& x : pulled["deliveries"].GetArray()) {
          auto seq = x["event"]["seq"].GetUint64();
          handled[text_of(x["event"]["companyId"])].push_back(seq);
          all.insert(seq);
        }
        // It dies before it says so.
        if (random() % 8 == 0 || pulled["deliveries"].Empty())
          continue;
        ack(*node, "loyalty", pulled);
      }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < pullers; ++i)
      threads.emplace_back(work, i);
    for (int kill = 0; kill < 3; ++kill) {
      auto target = static_cast<size_t>((kill + 1) * events / 6);
      CHECK(eventually(
        [&] {
          std::lock_guard guard{mutex};
          return all.size() >= target;
        },
        60s));
      std::lock_guard guard{mutex};
      node->child().kill();
      node = std::make_unique<node_process>(dir.path() + "/data");
      REQUIRE_MESSAGE(node->ready(), node->log());
    }
    CHECK(eventually(
      [&] {
        std::lock_guard guard{mutex};
        return all.size() == events;
      },
      100s));
    stop = true;
    for (auto& x : threads)
      x.join();
    CHECK(all.size() == events);
    for (const auto& [company, seqs] : handled) {
      CAPTURE(company);
      // A repeat goes back; what is new comes in order.
      uint64_t last = 0;
      std::set<uint64_t> seen;
      for (auto seq : seqs)
        if (seen.insert(seq).second) {
          CHECK(seq > last);
          last = seq;
        }
    }
  }
}

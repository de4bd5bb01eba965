#include "base/time.hpp"
#include "tests/e2e/node_process.hpp"
#include "tests/net/data/sessions/socket_client.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

// Jobs of queues whose workers are outside of the node.
TEST_SUITE("e2e/job") {
  namespace {

  constexpr const char* json = "application/json";
  constexpr const char* protocol = "Sec-WebSocket-Protocol: carillon.consumer.v1\r\n";

  std::string string_of(const rapidjson::Value& x) {
    return {x.GetString(), x.GetStringLength()};
  }

  uint64_t enqueue(const node_process& node, const std::string& body) {
    auto done = parse(node.data()->Post("/api/jobs", body, json));
    REQUIRE(done.IsObject());
    REQUIRE(done.HasMember("id"));
    return done["id"].GetUint64();
  }

  rapidjson::Document job_at(const node_process& node, uint64_t id) {
    return parse(node.data()->Get(("/api/jobs/" + std::to_string(id)).c_str()));
  }

  bool is_in_state(const node_process& node, uint64_t id, const char* state) {
    return eventually([&] {
      auto x = job_at(node, id);
      return x.IsObject() && x.HasMember("state") && x["state"] == state;
    });
  }

  /// A job that a worker has.
  struct held {
    std::string id;
    std::string fence;
    std::string company;
    std::string kind;
    int attempt = 0;

    /// `{"id","fence"}`, with more members.
    std::string with(const std::string& more = {}) const {
      return R"({"id":")" + id + R"(","fence":")" + fence + '"' + more + '}';
    }
  };

  /// Pulls until so many came; fewer if no more come.
  std::vector<held> take(httplib::Client& data, const std::string& queue, size_t count,
                         int wait = 5'000) {
    std::vector<held> out;
    while (out.size() < count) {
      auto got = parse(data.Post(("/api/jobs/queues/" + queue + "/pull").c_str(),
                                 R"({"max":)" + std::to_string(count - out.size()) + R"(,"waitMs":)"
                                   + std::to_string(wait) + "}",
                                 json));
      if (!got.IsObject() || !got.HasMember("deliveries") || got["deliveries"].Empty())
        break;
      for (const auto& x : got["deliveries"].GetArray()) {
        const auto& company = x["job"]["companyId"];
        out.push_back({string_of(x["id"]), string_of(x["fence"]),
                       company.IsString() ? string_of(company) : "", string_of(x["job"]["kind"]),
                       x["attempt"].GetInt()});
      }
    }
    return out;
  }

  std::vector<held> take(const node_process& node, const std::string& queue, size_t count) {
    return take(*node.data(), queue, count);
  }

  rapidjson::Document say(const node_process& node, const std::string& queue,
                          const std::string& action, const std::string& body) {
    return parse(
      node.data()->Post(("/api/jobs/queues/" + queue + '/' + action).c_str(), body, json));
  }

  /// A worker's connection.
  struct connection {
    connection(const node_process& node, const std::string& queue, const std::string& more = {})
      : socket(node.data_port(), "/consume/queue/" + queue, std::string{protocol} + more) {
    }

    void say(const std::string& text) {
      socket.send(op_text, text);
    }

    /// The next message of a kind; a null document if the connection ends before.
    rapidjson::Document next(const std::string& op) {
      for (;;) {
        auto x = socket.read();
        if (!x.came || x.opcode == op_close)
          return {};
        if (x.opcode == op_ping)
          socket.send(op_pong, x.payload);
        if (x.opcode != op_text)
          continue;
        rapidjson::Document out;
        out.Parse(x.payload.data(), x.payload.size());
        if (out.IsObject() && out["op"] == op)
          return out;
      }
    }

    socket_client socket;
  };

  } // namespace

  TEST_CASE("a job is done by whoever pulls it, and keeps what came out") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    const std::string body
      = R"({"queue":"thumbs","kind":"thumbs.small","key":"photo-7","payload":{"n": 1.50},)"
        R"("companyId":"c-1"})";
    auto made = node.data()->Post("/api/jobs", body, json);
    REQUIRE(made);
    CHECK(made->status == 201);
    auto id = parse(made)["id"].GetUint64();
    CHECK(made->get_header_value("Location") == "/api/jobs/" + std::to_string(id));
    auto again = node.data()->Post("/api/jobs", body, json);
    CHECK(again->status == 200);
    CHECK(parse(again)["id"].GetUint64() == id);
    auto other = node.data()->Post(
      "/api/jobs", R"({"queue":"thumbs","kind":"thumbs.small","key":"photo-7","companyId":"c-1"})",
      json);
    CHECK(other->status == 409);
    // The key is another one for another company.
    CHECK(node.data()
            ->Post("/api/jobs", R"({"queue":"thumbs","key":"photo-7","companyId":"c-2"})", json)
            ->status
          == 201);
    auto got = take(node, "thumbs", 2);
    REQUIRE(got.size() == 2);
    std::sort(got.begin(), got.end(),
              [](const auto& a, const auto& b) { return a.company < b.company; });
    const auto& first = got[0];
    CHECK(first.id == std::to_string(id));
    CHECK(first.kind == "thumbs.small");
    CHECK(job_at(node, id)["state"] == "running");
    auto settled = [&](const char* action, const std::string& what) {
      return say(node, "thumbs", action, what)["settled"].GetInt();
    };
    CHECK(settled("progress", first.with(R"(,"note":"resized","percent":50)")) == 1);
    CHECK(settled("extend", first.with(R"(,"ms":60000)")) == 1);
    CHECK(settled("ack", first.with(R"(,"result":{"width": 64})")) == 1);
    CHECK(is_in_state(node, id, "done"));
    auto done = job_at(node, id);
    CHECK(done["result"]["width"].GetInt() == 64);
    CHECK(done["progress"]["note"] == "resized");
    CHECK(done["progress"]["percent"].GetInt() == 50);
    CHECK(done["payload"]["n"].GetDouble() == 1.5);
    CHECK(settled("ack", first.with()) == 0);
    const auto& second = got[1];
    CHECK(settled("nack", second.with(R"(,"reason":"no photo","dead":true)")) == 1);
    auto dead = std::stoull(second.id);
    CHECK(is_in_state(node, dead, "dead"));
    CHECK(job_at(node, dead)["lastError"] == "no photo");
    // An operator retries it.
    auto path = "/api/jobs/" + second.id + "/retry";
    CHECK(node.admin()->Post(path.c_str(), "{}", json)->status == 200);
    auto retried = take(node, "thumbs", 1);
    REQUIRE(retried.size() == 1);
    CHECK(retried[0].attempt == 1);
  }

  TEST_CASE("a job waits for its time, and a refusal for its reason") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto later = enqueue(node, R"({"queue":"exports","runAt":")" + to_rfc3339(wall_clock_now() + 2s)
                                 + R"("})");
    auto now = enqueue(node, R"({"queue":"exports"})");
    auto got = take(node, "exports", 2);
    REQUIRE(got.size() == 2);
    CHECK(got[0].id == std::to_string(now));
    CHECK(got[1].id == std::to_string(later));
    struct row {
      const char* path;
      std::string body;
      int status;
      const char* code;
    };
    for (const auto& x : {
           row{"/api/jobs", "{}", 400, "invalid_argument"},
           row{"/api/jobs", "nonsense", 400, "malformed_json"},
           row{"/api/jobs", R"({"queue":"A"})", 400, "invalid_argument"},
           row{"/api/jobs", R"({"queue":"a","colour":1})", 400, "invalid_argument"},
           row{"/api/jobs",
               R"({"queue":"a","payload":{"a":")" + std::string(263'000, 'x') + R"("}})", 413,
               "too_large"},
           row{"/api/jobs", R"({"queue":"email","kind":"email.welcome"})", 409, "conflict"},
           row{"/api/jobs", R"({"queue":"document"})", 409, "conflict"},
           row{"/api/jobs/queues/email/pull", "{}", 409, "conflict"},
           row{"/api/jobs/queues/email/ack", R"({"id":"1","fence":"1.1"})", 409, "conflict"},
           row{"/api/jobs/queues/A/pull", "{}", 400, "invalid_argument"},
           row{"/api/jobs/queues/a/pull", R"({"max":0})", 400, "invalid_argument"},
           row{"/api/jobs/queues/a/ack", R"({"id":"1"})", 400, "invalid_argument"},
           row{"/api/jobs/queues/a/ack",
               R"({"id":"1","fence":"1.1","result":")" + std::string(33'000, 'x') + R"("})", 413,
               "too_large"},
           row{"/api/jobs/queues/a/progress", R"({"id":"1","fence":"1.1"})", 400,
               "invalid_argument"},
         }) {
      CAPTURE(x.path);
      CAPTURE(x.body.substr(0, 100));
      auto done = node.data()->Post(x.path, x.body, json);
      REQUIRE(done);
      CHECK(done->status == x.status);
      CHECK(parse(done)["code"] == x.code);
    }
    CHECK(node.data()->Get("/api/jobs")->status == 405);
    CHECK(node.data()->Get("/api/jobs/4711")->status == 404);
    CHECK(node.data()->Get("/api/jobs/x")->status == 404);
    CHECK(node.data()->Get("/api/jobs/queues")->status == 404);
    CHECK(say(node, "a", "ack", R"({"id":"4711","fence":"1.1"})")["stale"].Size() == 1);
    // The node's own jobs are shown to nobody here.
    connection own{node, "email"};
    CHECK(own.next("error")["code"] == "conflict");
  }

  TEST_CASE("a connection gets jobs within its credit, and loses them with itself") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    connection a{node, "thumbs"};
    auto hello = a.next("hello");
    REQUIRE(hello.IsObject());
    CHECK(hello["queue"] == "thumbs");
    CHECK(hello["ackTimeoutMs"].GetInt() == 30'000);
    a.say(R"({"op":"credit","n":1})");
    auto first = enqueue(node, R"({"queue":"thumbs"})");
    auto second = enqueue(node, R"({"queue":"thumbs"})");
    auto got = a.next("deliver");
    REQUIRE(got.IsObject());
    REQUIRE(got["deliveries"].Size() == 1);
    auto id = string_of(got["deliveries"][0]["id"]);
    CHECK(id == std::to_string(first));
    a.say(R"({"op":"progress","id":")" + id + R"(","note":"half","percent":50})");
    CHECK(eventually([&] { return job_at(node, first)["progress"].IsObject(); }));
    CHECK(job_at(node, second)["state"] == "queued");
    a.say(R"({"op":"ack","id":")" + id + R"(","result":"small"})");
    CHECK(is_in_state(node, first, "done"));
    CHECK(job_at(node, first)["result"] == "small");
    a.say(R"({"op":"ack","ids":[")" + id + R"("]})");
    CHECK(string_of(a.next("stale")["ids"][0]) == id);
    a.say(R"({"op":"progress","id":"x"})");
    CHECK(a.next("error")["code"] == "invalid_argument");
    a.say(R"({"op":"credit","n":1})");
    REQUIRE(a.next("deliver").IsObject());
    connection b{node, "thumbs"};
    b.say(R"({"op":"credit","n":5})");
    REQUIRE(b.next("hello").IsObject());
    a.socket.raw.close();
    auto again = b.next("deliver");
    REQUIRE(again.IsObject());
    CHECK(string_of(again["deliveries"][0]["id"]) == std::to_string(second));
    CHECK(again["deliveries"][0]["attempt"].GetInt() == 1);
  }

  TEST_CASE("a job that a worker gives back is another's at once, and that was no attempt") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto id = std::to_string(enqueue(node, R"({"queue":"thumbs"})"));
    connection a{node, "thumbs"};
    a.say(R"({"op":"credit","n":1})");
    REQUIRE(a.next("deliver").IsObject());
    a.say(R"({"op":"drain"})");
    a.say(R"({"op":"release","ids":[")" + id + R"("]})");
    auto data = node.data();
    auto again = take(*data, "thumbs", 1);
    REQUIRE(again.size() == 1);
    CHECK(again[0].id == id);
    CHECK(again[0].attempt == 1);
    a.say(R"({"op":"ack","ids":[")" + id + R"("]})");
    CHECK(string_of(a.next("stale")["ids"][0]) == id);
    // A client that is gone before there is a job takes none.
    {
      connection gone{node, "other"};
      gone.say(R"({"op":"credit","n":1})");
      REQUIRE(gone.next("hello").IsObject());
      gone.socket.raw.close();
    }
    enqueue(node, R"({"queue":"other"})");
    CHECK(take(*data, "other", 1).size() == 1);
  }

  TEST_CASE("a node that is killed gives its jobs again, and late ends are stale") {
    temporary_directory dir;
    std::set<uint64_t> all;
    std::vector<held> before;
    {
      node_process node{dir.path() + "/data"};
      REQUIRE_MESSAGE(node.ready(), node.log());
      for (int i = 0; i < 20; ++i)
        all.insert(enqueue(node, R"({"queue":"thumbs","key":"k-)" + std::to_string(i) + R"("})"));
      before = take(node, "thumbs", 5);
      REQUIRE(before.size() == 5);
      node.child().kill();
    }
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto after = take(node, "thumbs", all.size());
    REQUIRE(after.size() == all.size());
    std::map<std::string, int> attempts;
    for (const auto& x : after)
      CHECK(attempts.emplace(x.id, x.attempt).second);
    for (const auto& x : before) {
      CHECK(attempts[x.id] == 2);
      CHECK(say(node, "thumbs", "ack", x.with())["stale"].Size() == 1);
    }
    for (const auto& x : after)
      CHECK(say(node, "thumbs", "ack", x.with())["settled"].GetInt() == 1);
    for (auto id : all)
      CHECK(is_in_state(node, id, "done"));
  }

  TEST_CASE("who may enqueue, take and see which job") {
    temporary_directory dir;
    node_process node{dir.path() + "/data", {}, true};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto admin = node.admin();
    admin->set_bearer_token_auth(node.bootstrap_key().c_str());
    std::map<std::string, std::string> keys{{"nobody", ""}, {"admin", node.bootstrap_key()}};
    for (const auto& [name, rest] : std::vector<std::pair<std::string, std::string>>{
           {"publisher", R"("role":"publisher")"},
           {"publisher of c-1", R"("role":"publisher","companyId":"c-1")"},
           {"reader", R"("role":"reader")"},
           {"reader of c-2", R"("role":"reader","companyId":"c-2")"},
           {"worker", R"("role":"worker")"},
           {"worker of c-1", R"("role":"worker","companyId":"c-1")"},
           {"worker of c-2", R"("role":"worker","companyId":"c-2")"},
           {"worker of exports", R"("role":"worker","consumers":"queue/exports*")"},
           {"worker of billing", R"("role":"worker","consumers":"thumbs,billing")"}}) {
      auto made
        = parse(admin->Post("/api/keys", R"({"name":")" + name + R"(",)" + rest + "}", json));
      REQUIRE(made.HasMember("key"));
      keys[name] = string_of(made["key"]);
    }
    auto client = [&](const std::string& who) {
      auto out = node.data();
      if (!keys[who].empty())
        out->set_bearer_token_auth(keys[who].c_str());
      return out;
    };
    auto made = client("publisher of c-1")->Post("/api/jobs", R"({"queue":"thumbs"})", json);
    REQUIRE(made->status == 201);
    auto path = "/api/jobs/" + std::to_string(parse(made)["id"].GetUint64());
    struct row {
      const char* who;
      int enqueue, pull, see;
    };
    // The job is of c-1.
    for (const auto& x :
         {row{"nobody", 401, 401, 401}, row{"publisher", 201, 403, 200},
          row{"publisher of c-1", 201, 403, 200}, row{"reader", 403, 403, 200},
          row{"reader of c-2", 403, 403, 404}, row{"worker of c-2", 403, 200, 404},
          row{"worker of exports", 403, 403, 404}, row{"worker of billing", 403, 403, 404},
          row{"worker of c-1", 403, 200, 200}, row{"worker", 403, 200, 200},
          row{"admin", 201, 200, 200}}) {
      CAPTURE(x.who);
      CHECK(client(x.who)->Post("/api/jobs", R"({"queue":"other"})", json)->status == x.enqueue);
      CHECK(client(x.who)->Post("/api/jobs/queues/thumbs/pull", R"({"max":1})", json)->status
            == x.pull);
      CHECK(client(x.who)->Get(path.c_str())->status == x.see);
    }
    CHECK(client("publisher of c-1")
            ->Post("/api/jobs", R"({"queue":"thumbs","companyId":"c-2"})", json)
            ->status
          == 403);
    // Two companies and one that has none: a bound worker gets its own jobs only.
    for (const auto* company : {R"("c-1")", R"("c-2")", "null"})
      CHECK(client("admin")
              ->Post("/api/jobs",
                     R"({"queue":"exports","key":"same","companyId":)" + std::string{company} + "}",
                     json)
              ->status
            == 201);
    auto got = take(*client("worker of c-2"), "exports", 2, 1'000);
    REQUIRE(got.size() == 1);
    CHECK(got[0].company == "c-2");
    // Nobody else ends it, not even with its fence.
    auto end
      = parse(client("worker of c-1")->Post("/api/jobs/queues/exports/ack", got[0].with(), json));
    CHECK(end["stale"].Size() == 1);
    CHECK(take(*client("worker of exports"), "exports", 2).size() == 2);
    connection foreign{node, "thumbs",
                       "Authorization: Bearer " + keys["worker of exports"] + "\r\n"};
    CHECK(foreign.socket.greeting.status == 403);
    connection own{node, "exports-2",
                   "Authorization: Bearer " + keys["worker of exports"] + "\r\n"};
    CHECK(own.socket.greeting.status == 101);
  }
}

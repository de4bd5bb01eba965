#include "tests/e2e/node_process.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/node") {
  namespace {

  std::string order(const std::string& id, const std::string& company, const std::string& user) {
    return R"({"type":"order.created","id":")" + id + R"(","companyId":")" + company
           + R"(","userId":")" + user + R"(","correlationId":"corr-)" + company
           + R"(","data":{"orderId":")" + id + R"(","total":12.5,"items":[],"status":"new"}})";
  }

  std::set<std::string> ids(const rapidjson::Document& page) {
    std::set<std::string> out;
    for (const auto& x : page["events"].GetArray())
      out.insert(x["id"].GetString());
    return out;
  }

  /// The log holds nothing but what a test publishes, and all of it is audited.
  const std::vector<std::string> plain_log{"--notification-types", "", "--audit-types", "*"};

  struct fixture {
    temporary_directory dir;
    node_process node{dir.path() + "/data", plain_log};
    std::unique_ptr<httplib::Client> data = node.data();
    std::unique_ptr<httplib::Client> admin = node.admin();

    fixture() {
      REQUIRE_MESSAGE(node.ready(), node.log());
    }

    httplib::Result post(const std::string& body, const char* type = "application/json") {
      return data->Post("/api/events", body, type);
    }

    rapidjson::Document get(const std::string& path) {
      return parse(admin->Get(path));
    }

    /// Rows of the audit log, at most 100, without that of the first checkpoint.
    size_t audited() {
      size_t out = 0;
      const auto page = get("/api/audit?limit=100");
      for (const auto& x : page["audit"].GetArray())
        out += std::string_view{x["action"].GetString()} == "evidence.signed" ? 0U : 1U;
      return out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "an event goes the whole way: stored, handled, queried") {
    auto answer = post(order("o-1", "c-1", "u-1"));
    REQUIRE(answer);
    CHECK(answer->status == 201);
    auto stored = parse(answer);
    CHECK(stored["seq"].GetUint64() == 1);
    CHECK(stored["id"] == "o-1");
    CHECK_FALSE(stored["duplicate"].GetBool());

    auto one = get("/api/events/1");
    CHECK(one["type"] == "order.created");
    CHECK(one["data"]["orderId"] == "o-1");
    CHECK(get("/api/events/o-1")["seq"].GetUint64() == 1);
    CHECK(get("/api/events/stats")["order.created"].GetUint64() == 1);
    CHECK(eventually([&] { return get("/api/metrics")["metrics"].Size() == 1; }));
    CHECK(eventually([&] { return audited() == 1; }));
    CHECK(get("/api/audit/verify")["valid"].GetBool());
  }

  TEST_CASE_FIXTURE(fixture,
                    "in an array each item gets its verdict and the valid ones are stored") {
    auto answer = post("[" + order("a", "c-1", "u-1") + R"(,{"type":"order.created"},)"
                       + order("a", "c-1", "u-1") + "," + order("b", "c-1", "u-1") + "]");
    REQUIRE(answer);
    CHECK(answer->status == 200);
    auto verdicts = parse(answer);
    REQUIRE(verdicts["results"].Size() == 4);
    CHECK(verdicts["results"][0]["seq"].GetUint64() == 1);
    CHECK(verdicts["results"][1].HasMember("error"));
    CHECK(verdicts["results"][2]["duplicate"].GetBool());
    CHECK(verdicts["results"][2]["seq"].GetUint64() == 1);
    CHECK(verdicts["results"][3]["seq"].GetUint64() == 2);
  }

  TEST_CASE_FIXTURE(fixture, "queries filter by everything they offer, and page to the end") {
    for (int i = 0; i < 60; ++i)
      REQUIRE(post(order("e-" + std::to_string(i), "c-" + std::to_string(i % 3),
                         "u-" + std::to_string(i % 2)))
                ->status
              == 201);
    CHECK(get("/api/events?companyId=c-1&limit=100")["events"].Size() == 20);
    CHECK(get("/api/events?companyId=c-1&userId=u-0&limit=100")["events"].Size() == 10);
    CHECK(get("/api/events?correlationId=corr-c-2&limit=100")["events"].Size() == 20);
    CHECK(get("/api/events?types=payment.*")["events"].Size() == 0);
    CHECK(get("/api/events?types=order.*,user.login&limit=100")["events"].Size() == 60);
    CHECK(get("/api/events?endDate=2001-01-01")["events"].Size() == 0);
    std::set<std::string> seen;
    std::string cursor;
    do {
      auto page = get("/api/events?order=asc&limit=7" + cursor);
      seen.merge(ids(page));
      cursor = page["nextCursor"].IsNull()
                 ? ""
                 : std::string{"&cursor="} + page["nextCursor"].GetString();
    } while (!cursor.empty());
    CHECK(seen.size() == 60);
  }

  TEST_CASE_FIXTURE(fixture, "a replay counts and audits nothing twice, and is on record") {
    for (int i = 0; i < 20; ++i)
      post(order("e-" + std::to_string(i), "c-1", "u-1"));
    REQUIRE(eventually([&] { return audited() == 20; }));
    auto made
      = admin->Post("/api/events/replay", R"({"filter":{"types":["order.*"]},"target":"all"})",
                    "application/json");
    REQUIRE(made);
    CHECK(made->status == 202);
    CHECK(parse(made)["matched"].GetUint64() == 20);
    auto id = std::to_string(parse(made)["replayId"].GetUint64());
    CHECK(eventually([&] {
      auto progress = get("/api/events/replay/" + id);
      return progress.IsObject() && std::string{progress["phase"].GetString()} == "done";
    }));
    CHECK(audited() == 21);
    CHECK(get("/api/metrics")["metrics"][0]["count"].GetUint64() == 20);
    CHECK(get("/api/audit/verify")["valid"].GetBool());
  }

  TEST_CASE_FIXTURE(fixture,
                    "a type registered at run time is checked, and known after a restart") {
    const char* body
      = R"({"audience":"company","schema":{"type":"object","required":["level"],"properties":{"level":{"type":"integer"}}}})";
    CHECK(post(R"({"type":"tank.filled","companyId":"c","data":{"level":3}})")->status == 422);
    auto put = admin->Put("/api/events/types/tank.filled", body, "application/json");
    REQUIRE(put);
    CHECK(put->status < 300);
    CHECK(post(R"({"type":"tank.filled","companyId":"c","data":{"level":3}})")->status == 201);
    auto refused = post(R"({"type":"tank.filled","companyId":"c","data":{"level":"x"}})");
    CHECK(refused->status == 422);
    CHECK(refused->body.find("schema_violation") != std::string::npos);
    // Also a type of the catalogue, and one that is removed again.
    auto extended
      = admin->Put("/api/events/types/user.login",
                   R"({"audience":"user","schema":{"required":["device"]}})", "application/json");
    CHECK(extended->status == 201);
    CHECK(admin->Put("/api/events/types/tank.emptied", body, "application/json")->status == 201);
    CHECK(admin->Delete("/api/events/types/tank.emptied")->status == 204);
    node.child().kill();
    node_process again{dir.path() + "/data"};
    REQUIRE(again.ready());
    auto client = again.data();
    CHECK(client
            ->Post("/api/events", R"({"type":"tank.filled","companyId":"c","data":{"level":3}})",
                   "application/json")
            ->status
          == 201);
    auto login = client->Post(
      "/api/events", R"({"type":"user.login","userId":"u","data":{"ip":"1","userAgent":"x"}})",
      "application/json");
    CHECK(login->body.find("data.device") != std::string::npos);
    auto forgotten
      = client->Post("/api/events", R"({"type":"tank.emptied","companyId":"c","data":{"level":3}})",
                     "application/json");
    CHECK(forgotten->body.find("unknown_type") != std::string::npos);
  }

  TEST_CASE_FIXTURE(fixture, "a paused handler waits at its cursor and goes on from there") {
    CHECK(admin->Post("/api/consumers/audit/pause", "", "application/json")->status == 200);
    for (int i = 0; i < 5; ++i)
      post(order("e-" + std::to_string(i), "c-1", "u-1"));
    CHECK(eventually([&] { return get("/api/metrics")["metrics"].Size() == 1; }));
    auto paused = get("/api/consumers/audit");
    CHECK(paused["paused"].GetBool());
    CHECK(paused["lag"].GetUint64() == 5);
    CHECK(admin->Post("/api/consumers/audit/resume", "", "application/json")->status == 200);
    CHECK(eventually([&] { return get("/api/consumers/audit")["lag"].GetUint64() == 0; }));
    // Five events, and the pause and the resumption as such.
    CHECK(eventually([&] { return audited() == 7; }));
  }

  TEST_CASE_FIXTURE(fixture, "a company's key reads and publishes for its company only") {
    post(order("a-1", "a", "u-1"));
    post(order("b-1", "b", "u-2"));
    auto made = admin->Post("/api/keys", R"({"name":"a","role":"admin","companyId":"a"})",
                            "application/json");
    REQUIRE(made);
    REQUIRE(made->status == 201);
    std::string key = parse(made)["key"].GetString();
    node.child().signal(SIGTERM);
    REQUIRE(node.child().wait() == 0);
    node_process secured{dir.path() + "/data", plain_log, true};
    REQUIRE(secured.ready());
    auto reader = secured.admin();
    reader->set_bearer_token_auth(key);
    CHECK(ids(parse(reader->Get("/api/events"))) == std::set<std::string>{"a-1"});
    CHECK(reader->Get("/api/events?companyId=b")->status == 403);
    CHECK(reader->Get("/api/events/b-1")->status == 404);
    CHECK(reader->Get("/api/events/2")->status == 404);
    CHECK(parse(reader->Get("/api/events/stats"))["order.created"].GetUint64() == 1);
    auto publisher = secured.data();
    publisher->set_bearer_token_auth(key);
    CHECK(publisher->Post("/api/events", order("a-2", "a", "u"), "application/json")->status
          == 201);
    CHECK(publisher->Post("/api/events", order("b-2", "b", "u"), "application/json")->status
          == 403);
    // An id belongs to its company: ids of another company are neither reserved nor revealed.
    CHECK(publisher->Post("/api/events", order("b-1", "a", "u"), "application/json")->status
          == 201);
  }

  TEST_CASE("a threshold that is reached is an event, which is sent like others") {
    temporary_directory dir;
    // Of the disk of a machine that runs tests, a hundredth is in use.
    node_process node{
      dir.path() + "/data",
      {"--alert-interval", "50ms", "--alert-disk-free", "99", "--alert-index-lag", "0"}};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto admin = node.admin();
    const auto alerts = [&] { return parse(admin->Get("/api/events?types=system.alert")); };
    REQUIRE(eventually([&] { return alerts()["events"].Size() == 1; }));
    const auto found = alerts();
    const auto& x = found["events"][0];
    CHECK(x["source"] == "/carillon/alerts");
    CHECK(x["data"]["alert"] == "disk_free");
    CHECK(x["data"]["state"] == "begun");
    CHECK(x["data"]["threshold"].GetInt64() == 99);
    CHECK(node.log().find("alert disk_free begins: ") != std::string::npos);
    CHECK(admin->Get("/readyz")->status == 200);
    CHECK(alerts()["events"].Size() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "health, readiness, metrics and the API's description are served") {
    CHECK(data->Get("/healthz")->status == 200);
    CHECK(admin->Get("/healthz")->status == 200);
    // A machine with much else to do may answer the store's part late.
    CHECK(eventually([&] { return admin->Get("/readyz")->status == 200; }));
    post(order("a", "c", "u"));
    auto text = admin->Get("/metrics")->body;
    CHECK(text.find("carillon_") != std::string::npos);
    CHECK(admin->Get("/openapi.yaml")->body.starts_with("openapi:"));
  }
}

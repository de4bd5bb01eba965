#include "tests/net/admin/admin_fixture.hpp"

using namespace carillon;
using carillon::test::admin_fixture;

TEST_SUITE("net/admin_change") {

  namespace {

  constexpr const char* schema_body
    = R"({"audience":"company","schema":{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}}})";

  } // namespace

  TEST_CASE("a replay is started by positions, by ids, or by a filter") {
    admin_fixture f;
    f.add_events(9);
    auto started
      = f.post("/api/events/replay", R"({"eventIds":[3,"e-7",5,3],"target":"all","rate":10})");
    CHECK(started.status == 202);
    CHECK(started.number("/replayId") == 1);
    CHECK(started.number("/matched") == 3);
    CHECK(started.field("Location") == "/api/events/replay/1");
    REQUIRE(f.data.replays.size() == 1);
    CHECK(f.data.replays[0].positions == std::vector<position>{3, 5, 7});
    CHECK(f.data.replays[0].rate == 10);
    CHECK(f.data.replays[0].target == replay_target::all());
    CHECK(f.data.replays[0].by.who == "key:3");
    auto filtered
      = f.post("/api/events/replay", R"({"filter":{"types":["order.*"],"companyId":"A"}})");
    CHECK(filtered.number("/matched") == 7);
    CHECK(f.data.replays[1].filter.company_id == "A");
    // Customers' webhooks and live sessions are meant only where they are named.
    CHECK(f.data.replays[1].target == replay_target{});
  }

  TEST_CASE("a number is a position and a text is an id, whatever they look like") {
    admin_fixture f;
    f.add_events(3);
    // Bob's event, at position 4, has an id that looks like Alice's position.
    auto named = [&](position seq, std::string id, std::string source) {
      auto x = test::make_event(seq, "A");
      x->id = std::move(id);
      x->source = std::move(source);
      f.data.events.push_back(x);
    };
    named(4, "2", "/shop");
    f.post("/api/events/replay", R"({"eventIds":[2]})");
    f.post("/api/events/replay", R"({"eventIds":["2"]})");
    REQUIRE(f.data.replays.size() == 2);
    CHECK(f.data.replays[0].positions == std::vector<position>{2});
    CHECK(f.data.replays[1].positions == std::vector<position>{4});
    CHECK(f.post("/api/events/replay", R"({"eventIds":["3"]})").status == 404);
    // Two events have it: the port does not guess.
    named(5, "2", "/elsewhere");
    auto ambiguous = f.post("/api/events/replay", R"({"eventIds":["2"]})");
    CHECK(ambiguous.status == 400);
    CHECK(ambiguous.text("/field") == "eventIds[0]");
  }

  TEST_CASE("a dry run only counts") {
    admin_fixture f;
    f.add_events(9);
    auto counted = f.post("/api/events/replay", R"({"filter":{},"dryRun":true})");
    CHECK(counted.status == 200);
    CHECK(counted.body
          == R"({"matched":7,"targets":[{"target":"handler/audit","matched":5},)"
             R"({"target":"webhooks","receivers":3}]})");
    CHECK(f.post("/api/events/replay", R"({"eventIds":[1,2],"dryRun":true})").number("/matched")
          == 2);
    CHECK(f.data.replays.empty());
  }

  TEST_CASE("a bad replay is refused by its field and starts nothing") {
    admin_fixture f;
    f.add_events(9);
    struct entry {
      const char* body;
      int status;
      const char* field;
    };
    for (const auto& x :
         {entry{R"({})", 400, "eventIds"},
          entry{R"({"eventIds":[1],"filter":{}})", 400, "eventIds"},
          entry{R"({"eventIds":[]})", 400, "eventIds"},
          entry{R"({"eventIds":3})", 400, "eventIds"},
          entry{R"({"eventIds":[1,0]})", 404, "eventIds[1]"},
          entry{R"({"eventIds":[10]})", 404, "eventIds[0]"},
          entry{R"({"eventIds":[1,-1]})", 400, "eventIds[1]"},
          entry{R"({"eventIds":[1.5]})", 400, "eventIds[0]"},
          entry{R"({"eventIds":[1,2,"nothing"]})", 404, "eventIds[2]"},
          entry{R"({"eventIds":[""]})", 400, "eventIds[0]"},
          entry{R"({"filter":[]})", 400, "filter"},
          entry{R"({"filter":{"types":["*"],"x":1}})", 400, "filter.x"},
          entry{R"({"filter":{"filter":7}})", 400, "filter/filter"},
          entry{R"({"filter":{"filter":{"data.n":{"$gtt":1}}}})", 400, "filter/filter/data.n/$gtt"},
          entry{R"({"filter":{"filters":{}}})", 400, "filter.filters"},
          entry{R"({"filter":{},"rate":-1})", 400, "rate"},
          entry{R"({"filter":{},"rate":1000001})", 400, "rate"},
          entry{R"({"filter":{},"dryRun":"yes"})", 400, "dryRun"},
          entry{R"({"filter":{},"target":"handler/none"})", 404, "target"},
          entry{R"({"filter":{},"target":7})", 400, "target"},
          entry{R"({"filter":{},"speed":7})", 400, "speed"}}) {
      CAPTURE(x.body);
      auto refused = f.post("/api/events/replay", x.body);
      CHECK(refused.status == x.status);
      CHECK(refused.text("/field") == x.field);
    }
    std::string many = R"({"eventIds":[1)";
    for (int i = 0; i < 10'000; ++i)
      many += ",1";
    CHECK(f.post("/api/events/replay", many + "]}").text("/field") == "eventIds");
    CHECK(f.data.replays.empty());
  }

  TEST_CASE("replays are listed and shown with their progress") {
    admin_fixture f;
    f.add_events(9);
    for (int i = 0; i < 3; ++i)
      f.post("/api/events/replay", R"({"eventIds":[1,2]})");
    f.post("/api/events/replay", R"({"filter":{"types":["user.login"]}})");
    auto page = f.get("/api/events/replay?limit=3");
    CHECK(page.size("/replays") == 3);
    CHECK(page.number("/replays/0/replayId") == 4);
    CHECK(page.text("/replays/0/filter/types/0") == "user.login");
    CHECK(page.text("/replays/0/phase") == "running");
    CHECK(
      f.get("/api/events/replay?cursor=" + page.text("/nextCursor")).number("/replays/0/replayId")
      == 1);
    auto one = f.get("/api/events/replay/1");
    CHECK(one.size("/eventIds") == 2);
    CHECK(one.text("/by") == "key:3");
    CHECK(f.get("/api/events/replay/9").status == 404);
    CHECK(f.get("/api/events/replay/x").status == 404);
  }

  TEST_CASE("a type is registered, replaced, listed and shown") {
    admin_fixture f;
    auto made = f.put("/api/events/types/crm.lead_won", schema_body);
    CHECK(made.status == 201);
    CHECK(made.text("/audience") == "company");
    CHECK(made.text("/schema/type") == "object");
    REQUIRE(f.data.types.size() == 1);
    CHECK(f.data.types[0].audience == audience::company);
    CHECK(f.types.find("crm.lead_won") != nullptr);
    CHECK(f.put("/api/events/types/crm.lead_won", schema_body).status == 200);
    CHECK(f.get("/api/events/types/crm.lead_won").text("/type") == "crm.lead_won");
    CHECK(f.get("/api/events/types").size("/types") == 34);
    CHECK(f.get("/api/events/types/no.such").status == 404);
  }

  TEST_CASE("a type of the catalogue is extended, and is itself again") {
    admin_fixture f;
    auto made = f.put("/api/events/types/order.created",
                      R"({"audience":"user","schema":{"required":["channel"]}})");
    CHECK(made.status == 201);
    auto shown = f.get("/api/events/types/order.created");
    CHECK(shown.text("/audience") == "user");
    CHECK(shown.text("/schema/required/0") == "channel");
    CHECK(shown.text("/describedSchema/properties/orderId/type") == "string");
    CHECK(f.get("/api/events/types").size("/types") == 33);
    CHECK(f.put("/api/events/types/order.created", schema_body).status == 200);
    CHECK(f.remove("/api/events/types/order.created").status == 204);
    auto again = f.get("/api/events/types/order.created");
    CHECK(again.text("/audience") == "company");
    CHECK(again.text("/schema/properties/orderId/type") == "string");
    CHECK(f.data.types.back().schema.empty());
    auto refused = f.remove("/api/events/types/order.created");
    CHECK(refused.status == 409);
    CHECK(refused.text("/field") == "type");
  }

  TEST_CASE("a type of the application is deleted, from the store first") {
    admin_fixture f;
    f.put("/api/events/types/a.b", schema_body);
    f.data.broken = true;
    CHECK(f.remove("/api/events/types/a.b").status == 503);
    CHECK(f.types.find("a.b") != nullptr);
    f.data.broken = false;
    CHECK(f.remove("/api/events/types/a.b").status == 204);
    CHECK(f.types.find("a.b") == nullptr);
    CHECK(f.data.types.back().type == "a.b");
    CHECK(f.data.types.back().schema.empty());
    CHECK(f.data.stamps.back().who == f.data.stamps.front().who);
    CHECK(f.remove("/api/events/types/a.b").status == 404);
  }

  TEST_CASE("a bad type is refused and registered nowhere") {
    admin_fixture f;
    struct entry {
      const char* type;
      const char* body;
      int status;
      const char* field;
    };
    for (const auto& x :
         {entry{"a.b", R"({"schema":{}})", 400, "audience"},
          entry{"a.b", R"({"audience":"company"})", 400, "schema"},
          entry{"a.b", R"({"audience":"everyone","schema":{}})", 400, "audience"},
          entry{"a.b", R"({"audience":"none","schema":[]})", 400, "schema"},
          entry{"a.b", R"({"audience":"none","schema":{},"x":1})", 400, "x"},
          entry{"Bad", R"({"audience":"none","schema":{}})", 400, "type"},
          entry{"a.b", R"({"audience":"none","schema":{"nullable":true}})", 400, "schema"},
          entry{"handler.dead_lettered", R"({"audience":"none","schema":{}})", 409, "type"},
          entry{"order.created",
                R"({"audience":"none","schema":{"properties":{"orderId":{"type":"integer"}}}})",
                409, "schema"}}) {
      CAPTURE(x.type);
      CAPTURE(x.body);
      auto refused = f.put(std::string{"/api/events/types/"} + x.type, x.body);
      CHECK(refused.status == x.status);
      CHECK(refused.text("/field") == x.field);
    }
    auto large = R"({"audience":"none","schema":{"title":")" + std::string(70'000, 'x') + "\"}}";
    CHECK(f.put("/api/events/types/a.b", large).status == 413);
    CHECK(f.data.types.empty());
    CHECK(f.types.find("a.b") == nullptr);
  }

  TEST_CASE("a type that the store did not take is not registered") {
    admin_fixture f;
    f.data.broken = true;
    auto refused = f.put("/api/events/types/a.b", schema_body);
    CHECK(refused.status == 503);
    CHECK(refused.field("Retry-After") == "5");
    CHECK(refused.code() == "store_unavailable");
    CHECK(f.types.find("a.b") == nullptr);
  }

  TEST_CASE("a key works at once when it is made, and never again once it is deleted") {
    admin_fixture f;
    auto made = f.post("/api/keys", R"({"name":"shop","role":"reader","companyId":"A"})");
    REQUIRE(made.status == 201);
    auto key = made.text("/key");
    CHECK(key.starts_with("ck_"));
    CHECK(made.text("/companyId") == "A");
    auto id = std::to_string(made.number("/id"));
    CHECK(f.data.keys.back().hash == key_ring::hash_of(key));
    CHECK(f.send("GET", "/api/events", key).status == 200);
    CHECK(f.send("GET", "/api/events?companyId=B", key).status == 403);
    auto listed = f.get("/api/keys");
    CHECK(listed.size("/keys") == 6);
    CHECK(listed.body.find(key) == std::string::npos);
    CHECK(listed.body.find(f.data.keys.back().hash) == std::string::npos);
    auto gone = f.remove("/api/keys/" + id);
    CHECK(gone.status == 204);
    CHECK(gone.body.empty());
    CHECK(f.send("GET", "/api/events", key).status == 401);
    CHECK(f.remove("/api/keys/" + id).status == 404);
  }

  TEST_CASE("a key is bound to a certificate, which no other key is") {
    admin_fixture f;
    const std::string printed = "EE" + [] {
      std::string more;
      for (int i = 0; i < 31; ++i)
        more += ":0A";
      return more;
    }();
    auto body = R"({"name":"shop","role":"reader","certificate":")" + printed + R"("})";
    auto made = f.post("/api/keys", body);
    REQUIRE(made.status == 201);
    CHECK(made.text("/certificate").starts_with("ee0a0a"));
    CHECK(f.data.keys.back().certificate == made.text("/certificate"));
    // This connection has shown none.
    CHECK(f.send("GET", "/api/events", made.text("/key")).status == 401);
    auto again = f.post("/api/keys", body);
    CHECK(again.status == 409);
    CHECK(again.text("/field") == "certificate");
  }

  TEST_CASE("a bad key is refused by its field and not made") {
    admin_fixture f;
    for (auto [body, field] : std::vector<std::pair<std::string, std::string>>{
           {R"({"role":"reader"})", "name"},
           {R"({"name":"","role":"reader"})", "name"},
           {R"({"name":"x"})", "role"},
           {R"({"name":"x","role":"root"})", "role"},
           {R"({"name":"x","role":"reader","companyId":""})", "companyId"},
           {R"({"name":"x","role":"reader","companyId":null})", "companyId"},
           {R"({"name":"x","role":"reader","certificate":"ee"})", "certificate"},
           {R"({"name":"x","role":"reader","hash":"0"})", "hash"}}) {
      CAPTURE(body);
      auto refused = f.post("/api/keys", body);
      CHECK(refused.status == 400);
      CHECK(refused.text("/field") == field);
    }
    CHECK(f.data.keys.size() == 5);
  }

  TEST_CASE("the last unbound admin key can't be deleted with a key") {
    admin_fixture f;
    auto refused = f.remove("/api/keys/3");
    CHECK(refused.status == 409);
    CHECK(f.get("/api/keys").status == 200);
    f.post("/api/keys", R"({"name":"second","role":"admin"})");
    CHECK(f.remove("/api/keys/3").status == 204);
    CHECK(f.get("/api/keys").status == 401);
  }

  TEST_CASE("a key that the store did not delete goes on; one whose fate is unknown does not") {
    auto options = admin_fixture::defaults();
    options.request_deadline = std::chrono::milliseconds{150};
    admin_fixture f{options};
    f.data.broken = true;
    CHECK(f.remove("/api/keys/2").status == 503);
    CHECK(f.send("GET", "/api/events", f.reader).status == 200);
    CHECK(f.post("/api/keys", R"({"name":"x","role":"reader"})").status == 503);
    f.data.broken = false;
    f.data.silent_changes = true;
    CHECK(f.remove("/api/keys/2").status == 504);
    CHECK(f.send("GET", "/api/events", f.reader).status == 401);
  }

  TEST_CASE("a body that is not one clean JSON object is refused") {
    admin_fixture f;
    auto deep = std::string(65, '[') + std::string(65, ']');
    for (const auto& body : std::vector<std::string>{
           "x", "[]", "1", "{", R"({"name":"a","name":"b","role":"reader"})",
           R"({"name":"\u0000"})", "{\"name\":\"\xff\"}", R"({"a":)" + deep + "}",
           R"({"name":"a","role":"reader"} x)", R"({"a":{"b":1,"b":2}})",
           std::string(1'000'000, '['), R"({"name":01})"}) {
      CAPTURE(body.substr(0, 80));
      auto refused = f.post("/api/keys", body);
      CHECK(refused.status == 400);
      CHECK(refused.code() == "malformed_json");
    }
    CHECK(f.send("POST", "/api/keys", f.admin, "", {{"Content-Type", "application/json"}}).status
          == 400);
    CHECK(f.data.keys.size() == 5);
  }

  TEST_CASE("a body of another media type is refused") {
    admin_fixture f;
    auto body = R"({"name":"x","role":"reader"})";
    for (const auto* type : {"text/plain", "application/x-www-form-urlencoded", "application/jsonx",
                             "application/json; charset=latin1"})
      CHECK(f.send("POST", "/api/keys", f.admin, body, {{"Content-Type", type}}).status == 415);
    CHECK(f.data.keys.size() == 5);
    for (const auto* type : {"application/json", "Application/JSON ; charset=UTF-8"})
      CHECK(f.send("POST", "/api/keys", f.admin, body, {{"Content-Type", type}}).status == 201);
  }
}

#include "net/admin/operations.hpp"
#include "tests/net/admin/admin_contacts_actors.hpp"
#include "tests/net/admin/admin_fixture.hpp"
#include "tests/net/admin/admin_job_actors.hpp"
#include "tests/net/admin/admin_session_actors.hpp"

using namespace carillon;
using carillon::test::admin_fixture;

TEST_SUITE("net/admin_access") {

  namespace {

  /// The answer to each caller; 0 = not rejected (anything but 401 and 403).
  struct expectation {
    const char* method;
    const char* route;
    const char* path;
    const char* body;
    int nobody, publisher, reader, admin, reader_a, admin_a;
  };

  constexpr const char* key_body = R"({"name":"n","role":"reader"})";
  constexpr const char* token_body = R"({"companyId":"A","may":["test"]})";
  constexpr const char* user_body = R"({"userId":"u-1"})";
  constexpr const char* publish_body = R"({"type":"order.cancelled"})";
  constexpr const char* type_body = R"({"audience":"none","schema":{"type":"object"}})";
  constexpr const char* webhook_body = R"({"url":"https://a.example/"})";
  constexpr const char* recover_body = R"({"since":"2026-11-01T00:00:00Z"})";
  constexpr const char* measure_body = R"({"types":["*"],"member":"/a","measures":["sum"]})";
  constexpr const char* inbound_body = R"({"preset":"github"})";
  constexpr const char* schedule_body = R"({"every":"1h","event":{"type":"order.cancelled"}})";
  constexpr const char* letters_body = R"({"consumer":"none"})";
  constexpr const char* replay_body = R"({"filter":{},"dryRun":true})";

  /// Every route of the port; a test checks that none is missing.
  const std::vector<expectation>& table() {
    static const std::vector<expectation> rows{
      {"GET", "/healthz", "/healthz", "", 0, 0, 0, 0, 0, 0},
      {"GET", "/readyz", "/readyz", "", 0, 0, 0, 0, 0, 0},
      {"GET", "/openapi.yaml", "/openapi.yaml", "", 0, 0, 0, 0, 0, 0},
      {"GET", "/", "/", "", 0, 0, 0, 0, 0, 0},
      {"GET", "/console/{file}", "/console/console.js", "", 0, 0, 0, 0, 0, 0},
      {"GET", "/sso/login", "/sso/login", "", 0, 0, 0, 0, 0, 0},
      {"GET", "/sso/callback", "/sso/callback", "", 0, 0, 0, 0, 0, 0},
      {"GET", "/api/sso", "/api/sso", "", 0, 0, 0, 0, 0, 0},
      {"POST", "/api/sso/logout", "/api/sso/logout", "", 0, 0, 0, 0, 0, 0},
      {"GET", "/api/me", "/api/me", "", 401, 403, 0, 0, 0, 0},
      {"GET", "/api/node", "/api/node", "", 401, 403, 0, 0, 403, 403},
      {"GET", "/api/nodes", "/api/nodes", "", 401, 403, 0, 0, 403, 403},
      {"GET", "/api/outboxes", "/api/outboxes", "", 401, 403, 0, 0, 403, 403},
      {"GET", "/api/outboxes/{name}/refused", "/api/outboxes/own/refused", "", 401, 403, 0, 0, 403,
       403},
      {"POST", "/api/outboxes/{name}/refused/{seq}/retry", "/api/outboxes/own/refused/1/retry", "",
       401, 403, 403, 0, 403, 403},
      {"POST", "/api/outboxes/{name}/refused/{seq}/discard", "/api/outboxes/own/refused/1/discard",
       "", 401, 403, 403, 0, 403, 403},
      {"POST", "/api/publish", "/api/publish", publish_body, 401, 403, 403, 0, 403, 0},
      {"GET", "/metrics", "/metrics", "", 401, 403, 0, 0, 403, 403},
      {"GET", "/api/events", "/api/events", "", 401, 403, 0, 0, 0, 0},
      {"GET", "/api/events/stats", "/api/events/stats", "", 401, 403, 0, 0, 0, 0},
      {"GET", "/api/events/replay", "/api/events/replay", "", 401, 403, 0, 0, 403, 403},
      {"POST", "/api/events/replay", "/api/events/replay", replay_body, 401, 403, 403, 0, 403, 403},
      {"GET", "/api/events/replay/{id}", "/api/events/replay/1", "", 401, 403, 0, 0, 403, 403},
      {"GET", "/api/events/types", "/api/events/types", "", 401, 403, 0, 0, 0, 0},
      {"GET", "/api/events/types/{type}", "/api/events/types/order.created", "", 401, 403, 0, 0, 0,
       0},
      {"PUT", "/api/events/types/{type}", "/api/events/types/a.b", type_body, 401, 403, 403, 0, 403,
       403},
      {"DELETE", "/api/events/types/{type}", "/api/events/types/a.b", "", 401, 403, 403, 0, 403,
       403},
      {"GET", "/api/events/webhooks", "/api/events/webhooks", "", 401, 403, 0, 0, 0, 0},
      {"POST", "/api/events/webhooks", "/api/events/webhooks", webhook_body, 401, 403, 403, 0, 403,
       0},
      {"GET", "/api/events/webhooks/{id}", "/api/events/webhooks/1", "", 401, 403, 0, 0, 0, 0},
      {"PATCH", "/api/events/webhooks/{id}", "/api/events/webhooks/1", "{}", 401, 403, 403, 0, 403,
       0},
      {"DELETE", "/api/events/webhooks/{id}", "/api/events/webhooks/999", "", 401, 403, 403, 0, 403,
       0},
      {"POST", "/api/events/webhooks/{id}/rotate-secret", "/api/events/webhooks/1/rotate-secret",
       "", 401, 403, 403, 0, 403, 0},
      {"POST", "/api/events/webhooks/{id}/test", "/api/events/webhooks/1/test", "", 401, 403, 403,
       0, 403, 0},
      {"POST", "/api/events/webhooks/{id}/enable", "/api/events/webhooks/1/enable", "", 401, 403,
       403, 0, 403, 0},
      {"POST", "/api/events/webhooks/{id}/disable", "/api/events/webhooks/1/disable", "", 401, 403,
       403, 0, 403, 0},
      {"POST", "/api/events/webhooks/{id}/match", "/api/events/webhooks/1/match", "{}", 401, 403, 0,
       0, 0, 0},
      {"POST", "/api/events/webhooks/{id}/recover", "/api/events/webhooks/1/recover", recover_body,
       401, 403, 403, 0, 403, 0},
      {"GET", "/api/events/webhooks/{id}/deliveries", "/api/events/webhooks/1/deliveries", "", 401,
       403, 0, 0, 0, 0},
      {"GET", "/api/events/deliveries/{id}", "/api/events/deliveries/1-1", "", 401, 403, 0, 0, 0,
       0},
      {"POST", "/api/events/deliveries/{id}/retry", "/api/events/deliveries/1-1/retry", "", 401,
       403, 403, 0, 403, 0},
      {"GET", "/api/events/websocket/stats", "/api/events/websocket/stats", "", 401, 403, 0, 0, 0,
       0},
      {"GET", "/api/events/websocket/sessions", "/api/events/websocket/sessions", "", 401, 403, 0,
       0, 0, 0},
      {"DELETE", "/api/events/websocket/sessions/{id}", "/api/events/websocket/sessions/9", "", 401,
       403, 403, 0, 403, 0},
      {"DELETE", "/api/events/websocket/users/{userId}", "/api/events/websocket/users/nobody", "",
       401, 403, 403, 0, 403, 0},
      {"GET", "/api/events/{id}", "/api/events/1", "", 401, 403, 0, 0, 0, 0},
      {"GET", "/api/consumers", "/api/consumers", "", 401, 403, 0, 0, 403, 403},
      {"GET", "/api/consumers/{name}", "/api/consumers/audit", "", 401, 403, 0, 0, 403, 403},
      {"POST", "/api/consumers/{name}/pause", "/api/consumers/audit/pause", "", 401, 403, 403, 0,
       403, 403},
      {"POST", "/api/consumers/{name}/resume", "/api/consumers/audit/resume", "", 401, 403, 403, 0,
       403, 403},
      {"GET", "/api/dead-letters", "/api/dead-letters", "", 401, 403, 0, 0, 0, 0},
      {"POST", "/api/dead-letters/retry", "/api/dead-letters/retry", letters_body, 401, 403, 403, 0,
       403, 0},
      {"POST", "/api/dead-letters/discard", "/api/dead-letters/discard", letters_body, 401, 403,
       403, 0, 403, 0},
      {"POST", "/api/dead-letters/{id}/retry", "/api/dead-letters/1/retry", "", 401, 403, 403, 0,
       403, 0},
      {"POST", "/api/dead-letters/{id}/discard", "/api/dead-letters/1/discard", "", 401, 403, 403,
       0, 403, 0},
      {"GET", "/api/jobs", "/api/jobs", "", 401, 403, 0, 0, 0, 0},
      {"GET", "/api/jobs/queues", "/api/jobs/queues", "", 401, 403, 0, 0, 403, 403},
      {"POST", "/api/jobs/queues/{queue}/pause", "/api/jobs/queues/email/pause", "", 401, 403, 403,
       0, 403, 403},
      {"POST", "/api/jobs/queues/{queue}/resume", "/api/jobs/queues/email/resume", "", 401, 403,
       403, 0, 403, 403},
      {"POST", "/api/jobs/retry", "/api/jobs/retry", "{}", 401, 403, 403, 0, 403, 0},
      {"GET", "/api/jobs/{id}", "/api/jobs/1", "", 401, 403, 0, 0, 0, 0},
      {"POST", "/api/jobs/{id}/retry", "/api/jobs/1/retry", "", 401, 403, 403, 0, 403, 0},
      {"POST", "/api/jobs/{id}/cancel", "/api/jobs/1/cancel", "", 401, 403, 403, 0, 403, 0},
      {"GET", "/api/contacts", "/api/contacts", "", 401, 403, 0, 0, 0, 0},
      {"GET", "/api/contacts/{userId}", "/api/contacts/u-1", "", 401, 403, 0, 0, 0, 0},
      {"PUT", "/api/contacts/{userId}", "/api/contacts/u-1", "{}", 401, 403, 403, 0, 403, 0},
      {"DELETE", "/api/contacts/{userId}", "/api/contacts/nobody", "", 401, 403, 403, 0, 403, 0},
      {"GET", "/api/notifications", "/api/notifications?userId=u-1", "", 401, 403, 0, 0, 0, 0},
      {"POST", "/api/notifications/read", "/api/notifications/read", user_body, 401, 403, 403, 0,
       403, 0},
      {"GET", "/api/notifications/{id}", "/api/notifications/1", "", 401, 403, 0, 0, 0, 0},
      {"POST", "/api/notifications/{id}/read", "/api/notifications/1/read", "", 401, 403, 403, 0,
       403, 0},
      {"GET", "/api/documents", "/api/documents", "", 401, 403, 0, 0, 0, 0},
      {"DELETE", "/api/documents", "/api/documents?before=2020-01-01", "", 401, 403, 403, 0, 403,
       0},
      {"GET", "/api/documents/{id}", "/api/documents/1", "", 401, 403, 0, 0, 0, 0},
      {"DELETE", "/api/documents/{id}", "/api/documents/999", "", 401, 403, 403, 0, 403, 0},
      {"GET", "/api/audit", "/api/audit", "", 401, 403, 0, 0, 0, 0},
      {"GET", "/api/audit/verify", "/api/audit/verify", "", 401, 403, 0, 0, 403, 403},
      {"GET", "/api/audit/checkpoint", "/api/audit/checkpoint", "", 401, 403, 0, 0, 0, 0},
      {"GET", "/api/audit/consistency", "/api/audit/consistency?from=1", "", 401, 403, 0, 0, 0, 0},
      {"GET", "/api/audit/events/{seq}/proof", "/api/audit/events/1/proof", "", 401, 403, 0, 0, 0,
       0},
      {"GET", "/api/metrics", "/api/metrics", "", 401, 403, 0, 0, 0, 0},
      {"GET", "/api/metrics/definitions", "/api/metrics/definitions", "", 401, 403, 0, 0, 0, 0},
      {"GET", "/api/metrics/definitions/{name}", "/api/metrics/definitions/sales", "", 401, 403, 0,
       0, 0, 0},
      {"PUT", "/api/metrics/definitions/{name}", "/api/metrics/definitions/sales", measure_body,
       401, 403, 403, 0, 403, 0},
      {"DELETE", "/api/metrics/definitions/{name}", "/api/metrics/definitions/none", "", 401, 403,
       403, 0, 403, 0},
      {"POST", "/api/metrics/definitions/{name}/backfill",
       "/api/metrics/definitions/sales/backfill", "", 401, 403, 403, 0, 403, 0},
      {"GET", "/api/metrics/measures", "/api/metrics/measures?name=sales", "", 401, 403, 0, 0, 0,
       0},
      {"GET", "/api/inbound", "/api/inbound", "", 401, 403, 0, 0, 0, 0},
      {"GET", "/api/inbound/{source}", "/api/inbound/shop", "", 401, 403, 0, 0, 0, 0},
      {"PUT", "/api/inbound/{source}", "/api/inbound/shop", inbound_body, 401, 403, 403, 0, 403, 0},
      {"DELETE", "/api/inbound/{source}", "/api/inbound/none", "", 401, 403, 403, 0, 403, 0},
      {"POST", "/api/inbound/{source}/rotate-secret", "/api/inbound/shop/rotate-secret", "", 401,
       403, 403, 0, 403, 0},
      {"GET", "/api/schedules", "/api/schedules", "", 401, 403, 0, 0, 0, 0},
      {"GET", "/api/schedules/{name}", "/api/schedules/report", "", 401, 403, 0, 0, 0, 0},
      {"PUT", "/api/schedules/{name}", "/api/schedules/report", schedule_body, 401, 403, 403, 0,
       403, 0},
      {"DELETE", "/api/schedules/{name}", "/api/schedules/none", "", 401, 403, 403, 0, 403, 0},
      {"POST", "/api/schedules/{name}/pause", "/api/schedules/report/pause", "", 401, 403, 403, 0,
       403, 0},
      {"POST", "/api/schedules/{name}/resume", "/api/schedules/report/resume", "", 401, 403, 403, 0,
       403, 0},
      {"POST", "/api/schedules/{name}/run", "/api/schedules/none/run", "", 401, 403, 403, 0, 403,
       0},
      {"GET", "/api/occurrences", "/api/occurrences?every=15m", "", 401, 403, 0, 0, 0, 0},
      {"GET", "/api/delayed-events", "/api/delayed-events", "", 401, 403, 0, 0, 0, 0},
      {"GET", "/api/delayed-events/{id}", "/api/delayed-events/1", "", 401, 403, 0, 0, 0, 0},
      {"DELETE", "/api/delayed-events/{id}", "/api/delayed-events/999", "", 401, 403, 403, 0, 403,
       0},
      {"GET", "/api/limits", "/api/limits", "", 401, 403, 0, 0, 0, 0},
      {"POST", "/api/portal-tokens", "/api/portal-tokens", token_body, 401, 403, 403, 409, 403,
       409},
      {"GET", "/api/keys", "/api/keys", "", 401, 403, 403, 0, 403, 403},
      {"POST", "/api/keys", "/api/keys", key_body, 401, 403, 403, 0, 403, 403},
      {"DELETE", "/api/keys/{id}", "/api/keys/999", "", 401, 403, 403, 0, 403, 403},
    };
    return rows;
  }

  /// Fills the fakes with data of A (odd) and of B (even) everywhere.
  void populate(admin_fixture& f) {
    f.add_events(4);
    auto guard = f.lock();
    f.data.consumers.resize(1);
    f.data.consumers.front().name = "audit";
    for (uint64_t i = 1; i <= 4; ++i) {
      std::string company = i % 2 == 1 ? "A" : "B";
      inbound_record source;
      source.source = preset_source(inbound_preset::github);
      source.source.name = "s" + std::to_string(i);
      source.source.company_id = company;
      f.data.inbound.push_back(std::move(source));
      dead_letter letter;
      letter.id = i;
      letter.consumer = "audit";
      letter.company_id = company;
      f.data.letters.push_back(letter);
      audit_row row;
      row.number = i;
      row.entry.company_id = company;
      row.entry.detail = R"({"of":")" + company + "\"}";
      f.data.audit.push_back(row);
      f.data.metrics.push_back({from_micros(0), "order.created", company, i});
      test::add_webhook(f.data, i, company);
      test::add_delivery(f.data, {i, i}, company);
      test::add_job(f.data, i, company);
      test::add_contact(f.data, "u-" + std::to_string(i), company);
      test::add_notification(f.data, i, "u-" + std::to_string(i), company);
      test::keep_document(f.data, i, company);
      test::add_session(f.data, i, "u-" + std::to_string(i), company);
    }
  }

  void check(int status, int expected_status) {
    if (expected_status != 0)
      CHECK(status == expected_status);
    else
      CHECK((status != 401 && status != 403 && status < 500));
  }

  } // namespace

  TEST_CASE("the table names every route of the port and no other") {
    std::vector<std::string> expected_routes;
    std::vector<std::string> served;
    for (const auto& x : table())
      expected_routes.push_back(std::string{x.method} + ' ' + x.route);
    for (const auto& x : admin::operations())
      served.push_back(std::string{x.method} + ' ' + std::string{x.pattern});
    std::sort(expected_routes.begin(), expected_routes.end());
    std::sort(served.begin(), served.end());
    CHECK(expected_routes == served);
  }

  TEST_CASE("every route admits the roles that it is for and nobody else") {
    admin_fixture f;
    populate(f);
    for (const auto& x : table()) {
      CAPTURE(x.method);
      CAPTURE(x.path);
      auto status
        = [&](const std::string& key) { return f.send(x.method, x.path, key, x.body).status; };
      check(status(""), x.nobody);
      check(status("ck_0000000000000000000000000000000000000000000"), x.nobody);
      check(status(f.publisher), x.publisher);
      check(status(f.reader), x.reader);
      check(status(f.reader_a), x.reader_a);
      check(status(f.admin_a), x.admin_a);
      check(status(f.admin), x.admin);
    }
  }

  TEST_CASE("a bound key that asks for another company is refused on every list") {
    admin_fixture f;
    populate(f);
    for (const auto* path :
         {"/api/events", "/api/events/stats", "/api/events/webhooks", "/api/dead-letters",
          "/api/audit", "/api/metrics", "/api/jobs", "/api/contacts", "/api/documents",
          "/api/inbound", "/api/events/websocket/stats", "/api/events/websocket/sessions"}) {
      CAPTURE(path);
      for (const auto& key : {f.reader_a, f.admin_a}) {
        auto other = f.send("GET", std::string{path} + "?companyId=B", key);
        CHECK(other.status == 403);
        CHECK(other.text("/field") == "companyId");
        CHECK(f.send("GET", std::string{path} + "?companyId=A", key).status == 200);
      }
      CHECK(f.send("GET", std::string{path} + "?companyId=B", f.admin).status == 200);
    }
  }

  TEST_CASE("a bound key sees nothing of another company in any answer") {
    admin_fixture f;
    populate(f);
    for (const auto* path :
         {"/api/events", "/api/events/webhooks", "/api/dead-letters", "/api/audit", "/api/metrics",
          "/api/jobs", "/api/contacts", "/api/documents", "/api/inbound",
          "/api/events/websocket/stats", "/api/events/websocket/sessions"}) {
      CAPTURE(path);
      for (const auto& key : {f.reader_a, f.admin_a}) {
        auto own = f.send("GET", path, key);
        CHECK(own.body.find("\"A\"") != std::string::npos);
        CHECK(own.body.find("\"B\"") == std::string::npos);
      }
      CHECK(f.get(path).body.find("\"B\"") != std::string::npos);
    }
    f.send("GET", "/api/events/stats", f.reader_a);
    CHECK(f.data.stats_asked.company_id == "A");
    f.send("GET", "/api/metrics", f.admin_a);
    CHECK(f.data.metrics_asked.company_id == "A");
  }

  TEST_CASE("another company's event is answered exactly like one that does not exist") {
    admin_fixture f;
    populate(f);
    auto absent = f.send("GET", "/api/events/77", f.admin_a);
    CHECK(absent.status == 404);
    for (const auto* path : {"/api/events/2", "/api/events/e-2", "/api/events/e-2?source=/test",
                             "/api/events/2?expand=handlers", "/api/events/2?expand=deliveries"}) {
      CAPTURE(path);
      auto hidden = f.send("GET", path, f.admin_a);
      CHECK(hidden.status == 404);
      CHECK(hidden.body == absent.body);
      CHECK(f.get(path).status == 200);
    }
    CHECK(f.send("GET", "/api/events/1", f.reader_a).status == 200);
  }

  TEST_CASE("a bound admin resolves dead letters of its company only") {
    admin_fixture f;
    populate(f);
    CHECK(f.send("POST", "/api/dead-letters/2/retry", f.admin_a).status == 404);
    CHECK(f.send("POST", "/api/dead-letters/2/discard", f.admin_a).status == 404);
    for (const auto* path : {"/api/dead-letters/retry", "/api/dead-letters/discard"}) {
      const auto none = f.send("POST", path, f.admin_a, R"({"ids":[2,4]})");
      CHECK(none.status == 200);
      CHECK(none.body.find("ed\":0,") != std::string::npos);
      CHECK(f.send("POST", path, f.admin_a, R"({"companyId":"B"})").text("/field") == "companyId");
    }
    CHECK(f.data.letters.size() == 4);
    CHECK(f.send("POST", "/api/dead-letters/1/retry", f.admin_a).status == 200);
    CHECK(f.data.letters.size() == 3);
  }

  TEST_CASE("a cursor of one company's list is no good for another company's") {
    admin_fixture f;
    populate(f);
    auto first = f.send("GET", "/api/events?limit=1", f.reader);
    auto cursor = first.text("/nextCursor");
    REQUIRE(!cursor.empty());
    CHECK(f.send("GET", "/api/events?limit=1&cursor=" + cursor, f.reader).status == 200);
    auto stolen = f.send("GET", "/api/events?limit=1&cursor=" + cursor, f.reader_a);
    CHECK(stolen.status == 400);
    CHECK(stolen.text("/field") == "cursor");
  }

  TEST_CASE(
    "the hook hears of failed logins and of denied access, with the route and not the path") {
    admin_fixture f;
    populate(f);
    f.send("GET", "/api/events/1", "ck_wrong");
    f.send("DELETE", "/api/keys/3", f.reader, {},
           {{"X-Forwarded-For", "9.9.9.9"}, {"REMOTE_ADDR", "9.9.9.9"}});
    f.send("GET", "/api/events?companyId=B", f.reader_a);
    auto heard = f.refusals();
    REQUIRE(heard.size() == 3);
    CHECK(heard[0].why.code == ec::unauthenticated);
    CHECK(heard[0].who.empty());
    CHECK(heard[0].action == "GET /api/events/{id}");
    CHECK(heard[1].why.code == ec::forbidden);
    CHECK(heard[1].who == "key:2");
    CHECK(heard[1].action == "DELETE /api/keys/{id}");
    CHECK(heard[1].ip == "127.0.0.1");
    CHECK(heard[2].who == "key:4");
    CHECK(f.send("GET", "/api/events", f.reader).status == 200);
    CHECK(f.refusals().size() == 3);
  }

  TEST_CASE("a refusal for want of credentials says how to get in") {
    admin_fixture f;
    auto refused = f.send("GET", "/api/events", "");
    CHECK(refused.status == 401);
    CHECK(refused.field("WWW-Authenticate") == "Bearer");
    CHECK(refused.code() == "unauthenticated");
  }

  TEST_CASE("web pages of other origins are refused, with a key and without") {
    admin_fixture f;
    auto own = "http://127.0.0.1:" + std::to_string(f.port());
    CHECK(f.send("GET", "/api/events", f.admin, {}, {{"Origin", own}}).status == 200);
    CHECK(f.send("GET", "/api/events", f.admin, {}, {{"Origin", "https://evil.example"}}).status
          == 403);
    CHECK(f.send("GET", "/api/events", f.admin, {}, {{"Origin", "null"}}).status == 403);
    f.keys.admit_everyone();
    CHECK(f.send("GET", "/api/events", "").status == 200);
    CHECK(f.send("GET", "/api/events", "", {}, {{"Host", "localhost:1"}}).status == 200);
    for (const auto* host : {"evil.example", "127.evil.example", "localhost.evil.example", "[::2]"})
      CHECK(f.send("GET", "/api/events", "", {}, {{"Host", host}}).status == 403);
    CHECK(f.send("GET", "/api/events", "", {}, {{"Host", "[::1].x"}}).status == 400);
  }

  TEST_CASE("who was admitted without a key is called dev in the stamp") {
    admin_fixture f;
    populate(f);
    CHECK(f.post("/api/consumers/audit/pause").status == 200);
    f.keys.admit_everyone();
    CHECK(f.send("POST", "/api/consumers/audit/resume", "").status == 200);
    REQUIRE(f.data.stamps.size() == 2);
    CHECK(f.data.stamps[0].who == "key:3");
    CHECK(f.data.stamps[0].from == "127.0.0.1");
    CHECK(f.data.stamps[1].who == "dev");
  }
}

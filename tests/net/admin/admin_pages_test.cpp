// Requirements of browsers, caches and generic clients on the admin port.

#include "tests/net/admin/admin_contacts_actors.hpp"
#include "tests/net/admin/admin_fixture.hpp"
#include "tests/net/raw_client.hpp"

using namespace carillon;
using carillon::test::admin_fixture;
using carillon::test::raw_client;

TEST_SUITE("net/admin_pages") {

  namespace {

  test::answer ask(const admin_fixture& f, const std::string& line, const std::string& fields,
                   const std::string& body = {}) {
    raw_client client{f.port()};
    client.send(line + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + fields
                + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.read();
  }

  std::string bearer(const std::string& key) {
    return "Authorization: Bearer " + key + "\r\n";
  }

  const std::string preflight = "Access-Control-Request-Method: PUT\r\n"
                                "Access-Control-Request-Headers: authorization\r\n";
  const std::string console = "Origin: https://console.example\r\n";

  admin_port_options with_origins(std::vector<std::string> all) {
    auto out = admin_fixture::defaults();
    out.origins = std::move(all);
    return out;
  }

  } // namespace

  TEST_CASE("pages of listed origins call the port, and read refusals as well") {
    admin_fixture f{with_origins({"https://console.example"})};
    auto allowed = ask(f, "OPTIONS /api/contacts/u-1", console + preflight);
    CHECK(allowed.status == 204);
    CHECK(allowed.field("access-control-allow-origin") == "https://console.example");
    CHECK(allowed.field("access-control-allow-headers") == "authorization");
    CHECK(allowed.field("access-control-allow-methods").find("PUT") != std::string::npos);
    CHECK(allowed.fields.count("content-length") == 0);
    auto read = ask(f, "GET /api/events", console + bearer(f.reader));
    CHECK(read.status == 200);
    CHECK(read.field("access-control-allow-origin") == "https://console.example");
    CHECK(read.field("vary") == "Origin");
    for (const auto& [line, key, status] : {std::tuple{"GET /api/events", std::string{}, 401},
                                            {"GET /api/keys", bearer(f.reader), 403},
                                            {"GET /nothing", bearer(f.reader), 404},
                                            {"PATCH /api/events", bearer(f.reader), 405},
                                            {"GET /api/events?limit=x", bearer(f.reader), 400}}) {
      CAPTURE(line);
      auto refused = ask(f, line, console + key);
      CHECK(refused.status == status);
      CHECK(refused.field("access-control-allow-origin") == "https://console.example");
    }
  }

  TEST_CASE("pages of other origins get neither a preflight nor an answer") {
    admin_fixture f{with_origins({"https://console.example"})};
    for (const auto* origin : {"https://evil.example", "null", "https://console.example.evil"}) {
      CAPTURE(origin);
      auto field = "Origin: " + std::string{origin} + "\r\n";
      auto asked = ask(f, "OPTIONS /api/events", field + preflight);
      CHECK(asked.status == 403);
      CHECK(asked.fields.count("access-control-allow-origin") == 0);
      auto read = ask(f, "GET /api/events", field + bearer(f.admin));
      CHECK(read.status == 403);
      CHECK(read.fields.count("access-control-allow-origin") == 0);
    }
  }

  TEST_CASE("all origins are those with a key; without keys they have to be named") {
    admin_fixture f{with_origins({"*", "https://named.example"})};
    CHECK(ask(f, "GET /api/events", console + bearer(f.reader)).status == 200);
    f.keys.admit_everyone();
    CHECK(ask(f, "GET /api/events", console).status == 403);
    CHECK(ask(f, "GET /api/events", "Origin: https://named.example\r\n").status == 200);
  }

  TEST_CASE("every answer forbids to guess its type and to store it") {
    admin_fixture f;
    for (const auto& [line, key] : {std::pair{"GET /healthz", std::string{}},
                                    {"GET /readyz", {}},
                                    {"GET /openapi.yaml", {}},
                                    {"GET /metrics", bearer(f.admin)},
                                    {"GET /api/events", bearer(f.admin)},
                                    {"GET /api/events", {}},
                                    {"GET /nothing", {}},
                                    {"BREW /", {}},
                                    {"OPTIONS /api/events", {}},
                                    {"GET nowhere", {}}}) {
      CAPTURE(line);
      auto got = ask(f, line, key);
      CHECK(got.field("x-content-type-options") == "nosniff");
      CHECK(got.field("cache-control") == "no-store");
      CHECK(got.fields.count("accept-ranges") == 0);
    }
  }

  TEST_CASE("lists that come in several lines are one list, what is no list stays single") {
    admin_fixture f;
    f.add_events(1);
    auto got
      = ask(f, "GET /api/events/1",
            bearer(f.reader) + "Accept: text/html\r\nAccept: application/cloudevents+json\r\n");
    CHECK(got.status == 200);
    CHECK(got.field("content-type").find("cloudevents") != std::string::npos);
    CHECK(ask(f, "GET /api/events/1", bearer(f.reader) + bearer(f.reader)).status == 400);
    CHECK(
      ask(f, "POST /api/keys",
          bearer(f.admin) + "Content-Type: application/json\r\nContent-Type: application/json\r\n",
          R"({"name":"x","role":"reader"})")
        .status
      == 400);
  }

  TEST_CASE(
    "a host that is not valid is refused, with a target in absolute form the target's counts") {
    admin_fixture f;
    f.keys.admit_everyone();
    for (const auto* host : {"a b", "x/y", "me@x", "[::1", "x:y"}) {
      CAPTURE(host);
      raw_client client{f.port()};
      client.send("GET /healthz HTTP/1.1\r\nHost: " + std::string{host} + "\r\n\r\n");
      CHECK(client.read().status == 400);
    }
    CHECK(ask(f, "GET http://localhost/api/events", "").status == 200);
    CHECK(ask(f, "GET http://evil.example/api/events", "").status == 403);
    // The part after the host is not a path, but a query.
    CHECK(ask(f, "GET http://x?/api/keys", "").status == 400);
    CHECK(ask(f, "GET http://x?a=/api/keys", "").status == 400);
  }

  TEST_CASE("a document that the client has is not sent again") {
    admin_fixture f;
    {
      auto guard = f.lock();
      test::keep_document(f.data, 1, "A");
    }
    auto first = ask(f, "GET /api/documents/1", bearer(f.reader));
    REQUIRE(first.status == 200);
    auto tag = first.field("etag");
    REQUIRE(!tag.empty());
    for (const auto& fields : {"If-None-Match: " + tag + "\r\n", "If-None-Match: W/" + tag + "\r\n",
                               "If-None-Match: \"x\"\r\nIf-None-Match: " + tag + "\r\n",
                               std::string{"If-None-Match: *\r\n"}}) {
      CAPTURE(fields);
      auto again = ask(f, "GET /api/documents/1", bearer(f.reader) + fields);
      CHECK(again.status == 304);
      CHECK(again.field("etag") == tag);
      CHECK(again.body.empty());
      CHECK(again.fields.count("content-length") == 0);
    }
    CHECK(ask(f, "GET /api/documents/1", bearer(f.reader) + "If-None-Match: \"x\"\r\n").status
          == 200);
    CHECK(ask(f, "GET /api/documents/1", bearer(f.reader) + "If-Match: \"x\"\r\n").status == 412);
    CHECK(ask(f, "GET /api/documents/1", bearer(f.reader) + "If-Match: " + tag + "\r\n").status
          == 200);
    // Rejections come first: a condition must not reveal what the caller may not read.
    CHECK(ask(f, "GET /api/documents/1", "If-None-Match: " + tag + "\r\n").status == 401);
  }

  TEST_CASE("a change on a condition that cannot hold is not made") {
    admin_fixture f;
    auto json = bearer(f.admin) + "Content-Type: application/json\r\n";
    CHECK(ask(f, "PUT /api/contacts/u-1", json + "If-Match: \"x\"\r\n", "{}").status == 412);
    CHECK(f.data.stamps.empty());
    CHECK(ask(f, "PUT /api/contacts/u-1", json, "{}").status == 200);
  }

  TEST_CASE("an answer without contents has no length") {
    admin_fixture f;
    {
      auto guard = f.lock();
      test::add_contact(f.data, "u-1", "A");
    }
    auto gone = ask(f, "DELETE /api/contacts/u-1", bearer(f.admin));
    CHECK(gone.status == 204);
    CHECK(gone.fields.count("content-length") == 0);
    CHECK(gone.fields.count("content-type") == 0);
  }

  TEST_CASE("a body may come in chunks") {
    admin_fixture f;
    raw_client client{f.port()};
    client.send("POST /api/keys HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: "
                "application/json\r\n"
                + bearer(f.admin) + "\r\n5\r\n{\"nam\r\n");
    client.send("17\r\ne\":\"x\",\"role\":\"reader\"}\r\n0\r\n\r\n");
    CHECK(client.read().status == 201);
  }

  TEST_CASE("PATCH takes a merge patch, other calls do not") {
    admin_fixture f;
    {
      auto guard = f.lock();
      test::add_webhook(f.data, 1, "A");
    }
    auto patch = bearer(f.admin) + "Content-Type: application/merge-patch+json\r\n";
    CHECK(ask(f, "PATCH /api/events/webhooks/1", patch, R"({"description":"d"})").status == 200);
    CHECK(ask(f, "POST /api/keys", patch, R"({"name":"x","role":"reader"})").status == 415);
    CHECK(ask(f, "PUT /api/contacts/u-1", patch, "{}").status == 415);
  }

  TEST_CASE("a merge patch sets back what is null, and changes headers one by one") {
    admin_fixture f;
    {
      auto guard = f.lock();
      test::add_webhook(f.data, 1, "A");
      auto& x = f.data.webhooks.front().webhook.settings;
      x.description = "d";
      x.headers = {{"X-A", "a"}, {"X-B", "b"}};
    }
    auto patch = bearer(f.admin) + "Content-Type: Application/Merge-Patch+JSON\r\n";
    auto send = [&](const std::string& body) {
      return ask(f, "PATCH /api/events/webhooks/1", patch, body).status;
    };
    CHECK(send(R"({"description":null,"headers":{"X-B":null,"X-C":"c"}})") == 200);
    REQUIRE(f.data.updated_webhooks.size() == 1);
    const auto& change = f.data.updated_webhooks.front().change;
    CHECK(change.description == "");
    CHECK(change.headers
          == std::vector<std::pair<std::string, std::string>>{{"X-A", "a"}, {"X-C", "c"}});
    CHECK(send(R"({"url":null})") == 400);
    // A header whose value is not given again does not follow to another host.
    CHECK(send(R"({"url":"https://other.example/","headers":{"X-C":"c"}})") == 400);
    CHECK(send(R"({"url":"https://other.example/","headers":{"X-A":"a","X-B":null,"X-C":null}})")
          == 200);
  }

  TEST_CASE("what GET gave can be changed and sent back; what the node sets cannot be changed") {
    admin_fixture f;
    {
      auto guard = f.lock();
      test::add_webhook(f.data, 1, "A");
      f.data.webhooks.front().webhook.settings.headers = {{"X-Token", "secret"}};
    }
    auto path = "/api/events/webhooks/1";
    auto shown = f.get(path).body;
    REQUIRE(shown.find("\"status\"") != std::string::npos);
    auto back = f.patch(path, shown);
    CHECK(back.status == 200);
    CHECK(back.text("/headers/X-Token") == "***");
    CHECK(f.data.webhooks.front().webhook.settings.headers.front().second == "secret");
    for (const auto& [from, to] : {std::pair{R"("id":1,)", R"("id":2,)"},
                                   {R"("companyId":"A")", R"("companyId":"B")"},
                                   {R"("enabled":true)", R"("enabled":false)"}}) {
      CAPTURE(from);
      auto changed = shown;
      auto at = changed.find(from);
      REQUIRE(at != std::string::npos);
      changed.replace(at, std::string{from}.size(), to);
      auto refused = f.patch(path, changed);
      CHECK(refused.status == 400);
      CHECK(std::string{from}.find(refused.text("/field")) != std::string::npos);
    }
    CHECK(f.patch(path, R"({"nothing":1})").status == 400);
  }

  TEST_CASE("who asks here for what the data port has is told where that is") {
    admin_fixture f;
    CHECK(ask(f, "POST /api/events", bearer(f.admin), "{}").has("on the data port, http://d:7070"));
    CHECK(ask(f, "GET /ws", "").has("on the data port, http://d:7070"));
    CHECK(!ask(f, "DELETE /api/events", bearer(f.admin)).has("data port"));
  }
}

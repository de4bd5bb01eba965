#include "tests/net/admin/admin_fixture.hpp"

using namespace carillon;
using carillon::test::admin_fixture;

TEST_SUITE("net/admin_console") {

  namespace {

  constexpr const char* order
    = R"({"type":"order.cancelled","id":"o-1","companyId":"A","data":{"orderId":"o-1","reason":"late"}})";

  void expect_receipt(admin_fixture& f, receipt x) {
    auto guard = f.lock();
    f.data.receipt_of_next = std::move(x);
  }

  } // namespace

  TEST_CASE("the page needs no key, runs nothing but its own script, and is in no frame") {
    admin_fixture f;
    auto page = f.send("GET", "/", "");
    CHECK(page.status == 200);
    CHECK(page.field("Content-Type") == "text/html; charset=utf-8");
    CHECK(page.body.starts_with("<!doctype html>"));
    auto policy = page.field("Content-Security-Policy");
    for (const auto* part : {"default-src 'self'", "script-src 'self';", "style-src 'self';",
                             "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"}) {
      CAPTURE(part);
      CHECK(policy.find(part) != std::string::npos);
    }
    CHECK(policy.find("unsafe") == std::string::npos);
    CHECK(page.field("X-Content-Type-Options") == "nosniff");
    CHECK(page.field("X-Frame-Options") == "DENY");
    // What is inline would not run.
    CHECK(page.body.find("<style") == std::string::npos);
    CHECK(page.body.find("<script>") == std::string::npos);
    CHECK(page.body.find(" on") == std::string::npos);
  }

  TEST_CASE("the page names its parts, and there are no others") {
    admin_fixture f;
    auto page = f.send("GET", "/", "").body;
    for (const auto& [path, type] : {std::pair{"/console/console.js", "text/javascript"},
                                     {"/console/console.css", "text/css"}}) {
      CAPTURE(path);
      CHECK(page.find('"' + std::string{path} + '"') != std::string::npos);
      auto part = f.send("GET", path, "");
      CHECK(part.status == 200);
      CHECK(part.body.size() > 1'000);
      CHECK(part.field("Content-Type").starts_with(type));
      CHECK(part.field("X-Content-Type-Options") == "nosniff");
    }
    for (const auto* path : {"/console", "/console/", "/console/index.html",
                             "/console/..%2fconsole.js", "/index.html", "/console/console.js/x"})
      CHECK(f.send("GET", path, "").status == 404);
    CHECK(f.send("POST", "/", f.admin).status == 405);
    CHECK(f.send("GET", "/?key=ck_x", "").status == 400);
  }

  TEST_CASE("a browser that has the page is told so") {
    admin_fixture f;
    for (const auto* path : {"/", "/console/console.js", "/console/console.css"}) {
      CAPTURE(path);
      auto first = f.send("GET", path, "");
      CHECK(first.field("Cache-Control") == "no-cache");
      CHECK(first.fields.count("Cache-Control") == 1);
      auto tag = first.field("ETag");
      REQUIRE(tag.size() == 34);
      auto again = f.send("GET", path, "", {}, {{"If-None-Match", tag}});
      CHECK(again.status == 304);
      CHECK(again.body.empty());
      CHECK(f.send("GET", path, "", {}, {{"If-None-Match", "\"another\""}}).status == 200);
    }
  }

  TEST_CASE("a key is told whose it is and what it may do") {
    admin_fixture f;
    auto reader = f.send("GET", "/api/me", f.reader_a);
    CHECK(reader.text("/name") == "readerA");
    CHECK(reader.text("/role") == "reader");
    CHECK(reader.text("/companyId") == "A");
    CHECK(f.get("/api/me").text("/role") == "admin");
    CHECK(f.get("/api/me").is_null("/companyId"));
    f.keys.admit_everyone();
    auto anybody = f.send("GET", "/api/me", "");
    CHECK(anybody.text("/role") == "admin");
    CHECK(anybody.is_null("/name"));
  }

  TEST_CASE("the node shows its settings") {
    auto options = admin_fixture::defaults();
    options.settings = {{"admin-threads", "Admin port", "3", "8", "Threads"}};
    admin_fixture f{options};
    auto node = f.send("GET", "/api/node", f.reader);
    CHECK(node.status == 200);
    CHECK(node.text("/version") == CARILLON_VERSION);
    CHECK(node.text("/dataAddress") == "http://d:7070");
    CHECK_FALSE(node.text("/startedAt").empty());
    REQUIRE(node.size("/settings") == 1);
    CHECK(node.text("/settings/0/name") == "admin-threads");
    CHECK(node.text("/settings/0/value") == "3");
    CHECK(node.text("/settings/0/default") == "8");
    CHECK(f.send("GET", "/api/node", f.reader_a).status == 403);
  }

  TEST_CASE("the nodes of the store are shown to keys of no company, and counted") {
    admin_fixture f;
    {
      auto guard = f.lock();
      node_record x;
      x.who = {"a", "0123456789ab", "1.2.3"};
      x.at = {"http://10.0.0.1:7070", ""};
      x.beat = 7;
      x.started_at = from_micros(0);
      x.self = true;
      f.data.nodes.push_back(x);
      x.who.name = "b";
      x.self = false;
      x.state = node_state::standby;
      f.data.nodes.push_back(x);
      // It lives no more.
      x.silent = std::chrono::seconds{7};
      f.data.nodes.push_back(x);
      x.state = node_state::lost;
      f.data.nodes.push_back(x);
    }
    auto nodes = f.send("GET", "/api/nodes", f.reader);
    CHECK(nodes.status == 200);
    REQUIRE(nodes.size("/nodes") == 4);
    CHECK(nodes.text("/nodes/0/name") == "a");
    CHECK(nodes.text("/nodes/0/state") == "active");
    CHECK(nodes.text("/nodes/0/version") == "1.2.3");
    CHECK(nodes.text("/nodes/0/dataAddress") == "http://10.0.0.1:7070");
    CHECK(nodes.is_null("/nodes/0/adminAddress"));
    CHECK(nodes.number("/nodes/0/beat") == 7);
    CHECK(nodes.number("/nodes/2/silentMs") == 7'000);
    CHECK(nodes.text("/nodes/3/state") == "lost");
    CHECK(f.send("GET", "/api/nodes", f.reader_a).status == 403);
    const auto metrics = f.get("/metrics").body;
    CHECK(metrics.find("carillon_nodes{state=\"active\"} 1") != std::string::npos);
    CHECK(metrics.find("carillon_nodes{state=\"standby\"} 1") != std::string::npos);
  }

  TEST_CASE("an admin publishes an event by hand") {
    admin_fixture f;
    expect_receipt(f, {.seq = 7});
    auto made = f.post("/api/publish", order);
    CHECK(made.status == 201);
    CHECK(made.number("/seq") == 7);
    CHECK(made.text("/id") == "o-1");
    CHECK_FALSE(made.is_true("/duplicate"));
    expect_receipt(f, {.seq = 7, .duplicate = true});
    auto again = f.post("/api/publish", order);
    CHECK(again.status == 200);
    CHECK(again.is_true("/duplicate"));
    auto guard = f.lock();
    REQUIRE(f.data.published.size() == 2);
    CHECK(f.data.published[0]->type == "order.cancelled");
    CHECK(f.data.published[0]->company_id == "A");
  }

  TEST_CASE("what is no event, or is another company's, is not published") {
    admin_fixture f;
    CHECK(f.post("/api/publish", "{").code() == "malformed_json");
    CHECK(f.post("/api/publish", "[]").status == 400);
    CHECK(f.post("/api/publish", R"({"type":"no.such"})").code() == "unknown_type");
    CHECK(f.post("/api/publish", R"({"type":"order.cancelled","data":{}})").code()
          == "schema_violation");
    CHECK(f.post("/api/publish", R"({"type":"order.cancelled","more":1})").status == 400);
    CHECK(f.send("POST", "/api/publish", f.admin, order, {{"Content-Type", "text/plain"}}).status
          == 415);
    auto other
      = R"({"type":"order.cancelled","companyId":"B","data":{"orderId":"o","reason":"r"}})";
    CHECK(f.send("POST", "/api/publish", f.admin_a, other).status == 403);
    auto guard = f.lock();
    CHECK(f.data.published.empty());
  }

  TEST_CASE("an event by hand is no larger than one of the data port") {
    auto options = admin_fixture::defaults();
    options.event_bytes = std::string_view{order}.size();
    admin_fixture f{options};
    expect_receipt(f, {.seq = 1});
    CHECK(f.post("/api/publish", order).status == 201);
    auto larger = f.post("/api/publish", std::string{order} + ' ');
    CHECK(larger.status == 413);
    CHECK(larger.code() == "too_large");
    auto guard = f.lock();
    CHECK(f.data.published.size() == 1);
  }

  TEST_CASE("a bound admin's event gets the company of the key") {
    admin_fixture f;
    expect_receipt(f, {.seq = 1});
    auto body = R"({"type":"order.cancelled","data":{"orderId":"o-1","reason":"late"}})";
    CHECK(f.send("POST", "/api/publish", f.admin_a, body).status == 201);
    auto guard = f.lock();
    REQUIRE(f.data.published.size() == 1);
    CHECK(f.data.published[0]->company_id == "A");
  }

  TEST_CASE("what the log refuses is said") {
    admin_fixture f;
    expect_receipt(f, {.seq = 3, .duplicate = true, .conflicting_type = "order.created"});
    auto taken = f.post("/api/publish", order);
    CHECK(taken.status == 409);
    CHECK(taken.text("/field") == "id");
    {
      auto guard = f.lock();
      f.data.publish_fault = failure{ec::overloaded, "too many events are in flight", {}};
    }
    auto full = f.post("/api/publish", order);
    CHECK(full.status == 503);
    CHECK_FALSE(full.field("Retry-After").empty());
  }

  TEST_CASE("with unknown types accepted, they are published here as well") {
    auto options = admin_fixture::defaults();
    options.accept_unknown_types = true;
    admin_fixture f{options};
    expect_receipt(f, {.seq = 1});
    CHECK(f.post("/api/publish", R"({"type":"no.such"})").status == 201);
  }
}

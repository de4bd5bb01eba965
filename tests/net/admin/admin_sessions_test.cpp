#include "tests/net/admin/admin_fixture.hpp"
#include "tests/net/admin/admin_session_actors.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using carillon::test::add_session;
using carillon::test::admin_fixture;

TEST_SUITE("net/admin_sessions") {

  TEST_CASE("sessions are counted and listed, page by page") {
    admin_fixture f;
    for (uint64_t i = 1; i <= 5; ++i)
      add_session(f.data, i, "u-" + std::to_string(i % 2), i < 4 ? "A" : "");
    f.data.sessions[4].wire = session_wire::server_sent;
    f.stats->sessions_opened = 7;
    f.stats->session_events = 30;
    f.stats->session_frames = 35;
    f.stats->sessions_refused = 4;
    f.stats->sessions_closed.at(session_close_slot(4008)) = 2;
    auto stats = f.get("/api/events/websocket/stats");
    CHECK(stats.number("/connections") == 5);
    CHECK(stats.number("/opened") == 7);
    CHECK(stats.number("/eventsSent") == 30);
    CHECK(stats.number("/framesSent") == 35);
    CHECK(stats.number("/refused") == 4);
    CHECK(stats.number("/slowCloses") == 2);
    auto own = f.send("GET", "/api/events/websocket/stats", f.reader_a);
    CHECK(own.number("/connections") == 3);
    CHECK(own.body.find("framesSent") == std::string::npos);
    auto page = f.get("/api/events/websocket/sessions?limit=4");
    CHECK(page.text("/sessions/0/userId") == "u-1");
    CHECK(page.text("/sessions/0/transport") == "websocket");
    CHECK(page.body.find(R"("companyId":null)") != std::string::npos);
    auto rest = f.get("/api/events/websocket/sessions?limit=4&cursor=" + page.text("/nextCursor"));
    CHECK(rest.text("/sessions/0/transport") == "sse");
    CHECK(rest.body.find(R"("nextCursor":null)") != std::string::npos);
    auto of_user = f.get("/api/events/websocket/sessions?userId=u-0");
    CHECK(of_user.body.find("u-1") == std::string::npos);
    CHECK(f.get("/api/events/websocket/sessions?user=u-0").status == 400);
  }

  TEST_CASE("operators end sessions of their company, with a stamp for the audit log") {
    admin_fixture f;
    add_session(f.data, 1, "u-1", "A");
    add_session(f.data, 2, "u-1", "B");
    add_session(f.data, 3, "u 3", "B");
    CHECK(f.send("DELETE", "/api/events/websocket/sessions/2", f.admin_a).status == 404);
    CHECK(f.send("DELETE", "/api/events/websocket/users/u%203", f.admin_a).status == 404);
    auto ended = f.send("DELETE", "/api/events/websocket/users/u-1", f.admin_a);
    CHECK(ended.body == R"({"disconnected":1})");
    CHECK(f.send("DELETE", "/api/events/websocket/users/u%203", f.admin).status == 200);
    CHECK(f.send("DELETE", "/api/events/websocket/sessions/2", f.admin).status == 200);
    CHECK(f.data.sessions.empty());
    REQUIRE(!f.data.stamps.empty());
    CHECK(f.data.stamps.back().who.starts_with("key:"));
    for (const auto* id : {"0", "x", "-1", "18446744073709551616"})
      CHECK(f.send("DELETE", std::string{"/api/events/websocket/sessions/"} + id, f.admin).status
            == 404);
  }
}

#include "actors/sessions/session_views.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace carillon;

TEST_SUITE("actors/session_views") {
  namespace {

  using ids = std::vector<uint64_t>;

  struct fixture {
    session_index sessions;

    fixture() {
      open(1, "u-1", "c-1", true);
      open(2, "u-1", "c-1", false);
      open(3, "u-2", "c-1", true);
      open(4, "u-1", "c-2", true, session_wire::server_sent);
      open(5, {}, {}, true);
    }

    void open(uint64_t id, std::string user, std::string company, bool live,
              session_wire wire = session_wire::websocket) {
      session_entry entry;
      entry.info.id = id;
      entry.info.who = {std::move(user), std::move(company)};
      entry.info.live = live;
      entry.info.wire = wire;
      sessions.add(std::move(entry));
    }

    static ids of(const session_list& x) {
      ids out;
      for (const auto& y : x.items)
        out.push_back(y.id);
      return out;
    }

    ids ended_by(const disconnect_sessions& x) {
      auto out = sessions_to_end(sessions, x);
      REQUIRE(out);
      std::sort(out->begin(), out->end());
      return *out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "an overview counts all, or those of a company") {
    auto all = overview_of(sessions, {});
    CHECK(all.sessions == 5);
    CHECK(all.streams == 1);
    CHECK(all.catching_up == 1);
    CHECK(all.users == 2);
    REQUIRE(all.by_company.size() == 2);
    CHECK(all.by_company[0] == std::pair<std::string, uint64_t>{"c-1", 3});
    CHECK(all.by_company[1] == std::pair<std::string, uint64_t>{"c-2", 1});
    auto one = overview_of(sessions, {.company_id = "c-2"});
    CHECK(one.sessions == 1);
    CHECK(one.users == 1);
    CHECK(one.by_company.size() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "a list goes on where the last one ended") {
    auto first = list_of(sessions, {.user_id = {}, .company_id = {}, .after = 0, .limit = 2});
    CHECK(of(first) == ids{1, 2});
    CHECK(first.next == 2);
    auto rest = list_of(sessions, {.user_id = {}, .company_id = {}, .after = 2, .limit = 3});
    CHECK(of(rest) == ids{3, 4, 5});
    CHECK(rest.next == 0);
    CHECK(of(list_of(sessions, {.user_id = "u-1", .company_id = "c-1"})) == ids{1, 2});
    CHECK(of(list_of(sessions, {.user_id = "u-9", .company_id = {}})).empty());
  }

  TEST_CASE_FIXTURE(fixture, "sessions are ended by id or by user, within a company") {
    CHECK(ended_by({.id = 3, .user_id = {}, .company_id = {}, .by = {}}) == ids{3});
    CHECK(ended_by({.id = 0, .user_id = "u-1", .company_id = {}, .by = {}}) == ids{1, 2, 4});
    CHECK(ended_by({.id = 0, .user_id = "u-1", .company_id = "c-1", .by = {}}) == ids{1, 2});
    auto foreign
      = sessions_to_end(sessions, {.id = 4, .user_id = {}, .company_id = "c-1", .by = {}});
    REQUIRE(!foreign);
    CHECK(foreign.error().code == ec::not_found);
    CHECK(foreign.error().field == "id");
    auto nobody
      = sessions_to_end(sessions, {.id = 0, .user_id = "u-9", .company_id = {}, .by = {}});
    REQUIRE(!nobody);
    CHECK(nobody.error().field == "userId");
  }

  TEST_CASE_FIXTURE(fixture, "the audit names what was ended") {
    auto now = from_micros(1'800'000'000'000'000);
    auto one = audit_of({.id = 4, .user_id = {}, .company_id = "c-2", .by = {}}, 1, now);
    CHECK(one.entry.subject == "session:4");
    CHECK(one.entry.company_id == "c-2");
    CHECK(one.entry.detail == R"({"sessions":1})");
    CHECK(one.entry.time == now);
    auto all = audit_of({.id = 0, .user_id = "u-1", .company_id = {}, .by = {}}, 3, now);
    CHECK(all.entry.subject == "user:u-1");
    CHECK(all.entry.action == "session.disconnected");
  }
}

#include "tests/actors/sessions/audience_rule.hpp"
#include "tests/actors/sessions/session_world.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("actors/session") {
  namespace {

  using seqs = std::vector<position>;

  struct started : session_world {
    started() {
      start();
    }

    std::shared_ptr<fake_link> user(const std::string& id = "u-1",
                                    const std::string& company = {}) {
      return open(request_of(id, company));
    }
  };

  bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  } // namespace

  TEST_CASE_FIXTURE(started, "a session begins with a hello, and then sees what is published") {
    publish(audience::all);
    auto x = user("u-1", "c-1");
    REQUIRE(x->texts.size() == 1);
    CHECK(x->texts[0]
          == R"({"op":"hello","session":"1","userId":"u-1","companyId":"c-1","head":1,)"
             R"("heartbeatMs":25000})");
    CHECK(x->seqs.empty());
    publish(audience::all);
    publish(audience::company, "c-1");
    publish(audience::company, "c-2");
    publish(audience::user, "c-1", "u-1");
    publish(audience::user, "c-1", "u-2");
    CHECK(x->seqs == seqs{2, 3, 5});
  }

  TEST_CASE_FIXTURE(started, "whoever it is sees its own, live, remembered and from the log") {
    const std::vector<std::string> users{"", "u-1", "u-2"};
    const std::vector<std::string> companies{"", "c-1", "c-2"};
    std::map<std::pair<std::string, std::string>, std::shared_ptr<fake_link>> live;
    for (const auto& user_id : users)
      for (const auto& company : companies)
        live[{user_id, company}] = user(user_id, company);
    for (int round = 0; round < 2; ++round)
      for (auto to : {audience::none, audience::user, audience::company, audience::all})
        for (const auto& user_id : users)
          for (const auto& company : companies)
            round == 0 ? publish(to, company, user_id) : append(to, company, user_id);
    feed(log.head() / 2);
    bool from_log = false;
    SUBCASE("remembered") {
    }
    SUBCASE("from the log") {
      from_log = true;
      stop(hub);
      for (auto& x : links)
        x->drop();
      start();
    }
    size_t seen = 0;
    for (const auto& [who, link] : live) {
      auto request = request_of(who.first, who.second);
      request.since = 0;
      auto again = open(request);
      seqs wanted;
      for (const auto& x : log.events)
        if (is_for(*x, who.first, who.second))
          wanted.push_back(x->seq);
      CAPTURE(who.first);
      CAPTURE(who.second);
      CHECK(link->seqs == wanted);
      CHECK(again->seqs == wanted);
      seen += wanted.size();
    }
    CHECK(seen > 0);
    CHECK((log.pages > 0) == from_log);
  }

  TEST_CASE_FIXTURE(started, "types select, and can be changed") {
    auto request = request_of("u-1");
    request.types = *parse_patterns("order.*");
    auto x = open(request);
    publish(audience::all, {}, {}, "order.created");
    publish(audience::all, {}, {}, "user.login");
    append(audience::all, {}, {}, "user.login");
    append(audience::all, {}, {}, "order.paid");
    append(audience::all, {}, {}, "user.login");
    append(audience::all, {}, {}, "order.paid");
    feed(2);
    CHECK(x->seqs == seqs{1, 4, 6});
    say(*x, R"({"op":"subscribe","types":["user.login"]})");
    deliver();
    CHECK(x->texts.back() == R"({"op":"subscribed","types":["user.login"]})");
    publish(audience::all, {}, {}, "order.created");
    publish(audience::all, {}, {}, "user.login");
    CHECK(x->seqs == seqs{1, 4, 6, 8});
    say(*x, R"({"op":"subscribe","types":[]})");
    deliver();
    publish(audience::all, {}, {}, "order.created");
    CHECK(x->seqs.back() == 9);
  }

  TEST_CASE_FIXTURE(started, "a heartbeat tells the position, though nothing was for it") {
    auto x = user();
    publish(audience::company, "c-9");
    publish(audience::none);
    run(24s);
    CHECK(x->texts.size() == 1);
    run(2s);
    REQUIRE(x->texts.size() == 2);
    CHECK(x->texts[1] == R"({"op":"position","seq":2})");
    say(*x, R"({"op":"ping"})");
    deliver();
    CHECK(x->texts.back() == R"({"op":"position","seq":2})");
    CHECK(x->taken == 1);
  }

  TEST_CASE_FIXTURE(started, "what cannot be understood ends it, what is wrong does not") {
    struct row {
      const char* text;
      const char* code;
      bool ends;
    };
    const std::vector<row> rows{
      {"{", "malformed_json", true},
      {"[]", "malformed_json", true},
      {"{}", "malformed_json", true},
      {R"({"op":7})", "malformed_json", true},
      {R"({"op":"publish"})", "not_found", true},
      {R"({"op":"subscribe"})", "invalid_argument", false},
      {R"({"op":"subscribe","types":"order.*"})", "invalid_argument", false},
      {R"({"op":"subscribe","types":[1]})", "invalid_argument", false},
      {R"({"op":"subscribe","types":["Order"]})", "invalid_argument", false},
    };
    for (const auto& x : rows) {
      CAPTURE(x.text);
      auto link = user();
      say(*link, x.text);
      deliver();
      CHECK(holds(link->texts.back(), R"("op":"error","code":")" + std::string{x.code} + '"'));
      CHECK(link->closed.has_value() == x.ends);
      if (x.ends)
        CHECK(link->closed->first == session_close::protocol_error);
    }
  }

  TEST_CASE_FIXTURE(started, "a flood of messages ends it") {
    auto x = user();
    for (int i = 0; i < 100; ++i)
      say(*x, R"({"op":"subscribe","types":[]})");
    deliver();
    REQUIRE(x->closed);
    CHECK(x->closed->first == session_close::protocol_error);
    CHECK(holds(x->texts.back(), "overloaded"));
    CHECK(x->texts.size() == 1 + 20 + 1);
    CHECK(x->taken == 100);
  }

  TEST_CASE_FIXTURE(started, "a client that does not take its events is ended with its position") {
    auto x = user();
    x->budget = 2'000;
    x->stalls = true;
    for (int i = 0; i < 20; ++i)
      publish(audience::all);
    auto got = x->seqs.size();
    CHECK(got < 20);
    CHECK(x->unsent <= x->budget);
    run(4s);
    CHECK(!x->closed);
    run(2s);
    REQUIRE(x->closed);
    CHECK(x->closed->first == session_close::too_slow);
    CHECK(x->closed->second == got);
    x->drop();
    deliver();
    CHECK(stats->sessions == 0);
    auto request = request_of("u-1");
    request.since = got;
    auto again = open(request);
    REQUIRE(again->seqs.size() == 20 - got);
    CHECK(again->seqs.front() == got + 1);
  }

  TEST_CASE_FIXTURE(started,
                    "one that asked for it catches up instead, as does one that is back in time") {
    auto request = request_of("u-1");
    request.catch_up = true;
    auto patient = open(request);
    auto quick = user();
    for (auto& x : {patient, quick}) {
      x->budget = 2'000;
      x->stalls = true;
    }
    for (int i = 0; i < 50; ++i)
      publish(audience::all);
    run(3s);
    quick->stalls = false;
    quick->drain();
    run(10s);
    CHECK(!quick->closed);
    CHECK(quick->seqs.size() == 50);
    run(60s);
    CHECK(!patient->closed);
    CHECK(patient->seqs.size() < 20);
    patient->stalls = false;
    patient->drain();
    deliver();
    CHECK(patient->seqs == quick->seqs);
    publish(audience::all);
    CHECK(patient->seqs.back() == 51);
  }

  TEST_CASE_FIXTURE(started, "a token that expires ends it then") {
    auto request = request_of("u-1");
    request.identity.expires_at = now() + 40s;
    auto x = open(request);
    run(39s);
    CHECK(!x->closed);
    run(2s);
    REQUIRE(x->closed);
    CHECK(x->closed->first == session_close::unauthenticated);
    CHECK(holds(x->texts.back(), "unauthenticated"));
    publish(audience::all);
    CHECK(x->seqs.empty());
  }

  TEST_CASE_FIXTURE(started, "a position beyond the log is refused, one beyond the hub is not") {
    append(audience::all);
    append(audience::all);
    auto request = request_of("u-1");
    request.since = 2;
    // The hub has not received them yet.
    auto ahead = open(request);
    feed(0);
    publish(audience::all);
    CHECK(!ahead->closed);
    CHECK(ahead->seqs == seqs{3});
    request.since = 4;
    for (auto since : {position{4}, position{1'000}})
      for (auto one_way : {false, true}) {
        CAPTURE(since);
        CAPTURE(one_way);
        request.since = since;
        request.one_way = one_way;
        auto wrong = open(request);
        REQUIRE(wrong->closed);
        CHECK(wrong->closed->first == session_close::protocol_error);
        // The end of the log, not the client's position.
        CHECK(wrong->closed->second == 3);
        REQUIRE(wrong->refused);
        CHECK(wrong->refused->code == ec::invalid_argument);
        CHECK(holds(wrong->refused->detail, "since " + std::to_string(since)
                                              + " is beyond the head of the log, which is 3"));
        // Nothing is sent before the rejection of a stream, so it can be a status.
        CHECK(wrong->texts.size() == (one_way ? 0 : 1));
        CHECK(wrong->seqs.empty());
      }
  }

  TEST_CASE_FIXTURE(started,
                    "a stream that is ahead of the hub, not of the log, begins a moment later") {
    append(audience::all);
    append(audience::all);
    auto request = request_of("u-1");
    request.since = 2;
    request.one_way = true;
    auto ahead = open(request);
    feed(0);
    publish(audience::all);
    CHECK(!ahead->refused);
    REQUIRE(ahead->texts.size() == 1);
    CHECK(holds(ahead->texts[0], R"("op":"hello")"));
    CHECK(ahead->seqs == seqs{3});
  }

  TEST_CASE("a client of a former history goes on where it and the log part") {
    session_world world;
    world.history = "new";
    world.former = {{"old", 2}};
    world.start();
    for (int i = 0; i < 4; ++i)
      world.publish(audience::all);
    const auto resumed = [&](const std::string& of, position since, bool one_way) {
      auto request = world.request_of("u-1");
      request.since = since;
      request.history = of;
      request.one_way = one_way;
      return world.open(request);
    };
    for (const bool one_way : {false, true}) {
      CAPTURE(one_way);
      // What it has seen is what the log has: nothing is to be told.
      const auto common = resumed("old", 2, one_way);
      REQUIRE(common->texts.size() == 1);
      CHECK(holds(common->texts[0], R"("history":"new")"));
      CHECK(common->seqs == seqs{3, 4});
      // It has seen more of the old one, even more than the log has: a gap, and all of the new one.
      const auto behind = resumed("old", 9, one_way);
      // A stream also gets its new id.
      REQUIRE(behind->texts.size() == (one_way ? 3 : 2));
      CHECK(holds(behind->texts[0], R"("op":"hello")"));
      CHECK(behind->texts[1] == R"({"op":"gap","from":3,"to":9,"history":"new","after":2})");
      if (one_way)
        CHECK(behind->texts[2] == position_json(2, "new.2"));
      CHECK(behind->seqs == seqs{3, 4});
      // Of a log that this one never was.
      const auto foreign = resumed("other", 1, one_way);
      REQUIRE(foreign->texts.size() == (one_way ? 3 : 2));
      CHECK(foreign->texts[1] == R"({"op":"gap","from":2,"to":2,"history":"new","after":1})");
      CHECK(foreign->seqs == seqs{2, 3, 4});
      CHECK(resumed("new", 3, one_way)->seqs == seqs{4});
      // As clients of before say it.
      CHECK(resumed("", 3, one_way)->seqs == seqs{4});
      CHECK(resumed("", 9, one_way)->refused.has_value());
      CHECK(resumed("new", 9, one_way)->refused.has_value());
    }
  }

  TEST_CASE_FIXTURE(started, "a store that fails delays a resume, and nothing more") {
    for (int i = 0; i < 3; ++i)
      append(audience::all);
    log.broken = true;
    stop(hub);
    start();
    auto request = request_of("u-1");
    request.since = 0;
    auto x = open(request);
    run(20s);
    CHECK(x->seqs.empty());
    CHECK(!x->closed);
    log.broken = false;
    run(1s);
    CHECK(x->seqs == seqs{1, 2, 3});
  }

  TEST_CASE_FIXTURE(started, "a stream gets its position as an id") {
    auto request = request_of("u-1");
    request.one_way = true;
    auto x = open(request);
    publish(audience::none);
    run(26s);
    CHECK(x->texts.size() == 2);
  }

  TEST_CASE_FIXTURE(started,
                    "a token whose key is taken away ends its sessions, and opens no more") {
    auto key = std::make_shared<std::atomic<bool>>(true);
    auto other = std::make_shared<std::atomic<bool>>(true);
    auto request = request_of("u-1");
    request.identity.key_holds = key;
    auto socket = open(request);
    request.one_way = true;
    auto stream = open(request);
    request.one_way = false;
    request.identity.key_holds = other;
    auto stays = open(request);
    auto without = user();
    key->store(false);
    self->send(hub, end_revoked_sessions{});
    deliver();
    for (const auto& x : {socket, stream}) {
      REQUIRE(x->closed);
      CHECK(x->closed->first == session_close::unauthenticated);
      CHECK(holds(x->texts.back(), "the key of the token was taken away"));
    }
    CHECK(!stays->closed);
    CHECK(!without->closed);
    // It was verified before the revocation, and reaches the hub after it.
    request.identity.key_holds = key;
    auto late = open(request);
    REQUIRE(late->refused);
    CHECK(late->refused->code == ec::unauthenticated);
    CHECK(late->closed->first == session_close::unauthenticated);
    CHECK(late->texts.empty());
  }

  TEST_CASE_FIXTURE(started, "a stop tells everybody where to go on") {
    auto x = user();
    auto y = user();
    publish(audience::all);
    publish(audience::none);
    self->send(hub, atom::drain_v);
    deliver();
    for (auto& link : {x, y}) {
      REQUIRE(link->closed);
      CHECK(link->closed->first == session_close::shutting_down);
      CHECK(link->closed->second == 1);
    }
    auto late = user();
    REQUIRE(late->closed);
    CHECK(late->closed->first == session_close::shutting_down);
  }

  TEST_CASE_FIXTURE(started, "operators see who is there, by company, and end them") {
    auto one = user("u-1", "c-1");
    auto two = user("u-1", "c-2");
    auto three = user("u-2", "c-1");
    auto all = ask<session_overview>(hub, get_session_overview{});
    REQUIRE(all);
    CHECK(all->sessions == 3);
    CHECK(all->users == 2);
    CHECK(all->by_company == std::vector<std::pair<std::string, uint64_t>>{{"c-1", 2}, {"c-2", 1}});
    auto of_company = ask<session_overview>(hub, get_session_overview{"c-2"});
    REQUIRE(of_company);
    CHECK(of_company->sessions == 1);
    list_sessions request;
    request.limit = 2;
    auto page = ask<session_list>(hub, request);
    REQUIRE(page);
    CHECK(page->items.size() == 2);
    request.after = page->next;
    page = ask<session_list>(hub, request);
    REQUIRE(page);
    CHECK(page->items.size() == 1);
    CHECK(page->next == 0);
    disconnect_sessions end;
    end.id = 2;
    end.company_id = "c-1";
    CHECK(ask<uint64_t>(hub, end).error() == ec::not_found);
    end.company_id.reset();
    end.id = 0;
    end.user_id = "u-1";
    CHECK(ask<uint64_t>(hub, end) == 2);
    CHECK(one->closed->first == session_close::forbidden);
    CHECK(two->closed->first == session_close::forbidden);
    CHECK(!three->closed);
    REQUIRE(state.audit.size() == 1);
    CHECK(state.audit[0].action == "session.disconnected");
    CHECK(state.audit[0].subject == "user:u-1");
  }
}

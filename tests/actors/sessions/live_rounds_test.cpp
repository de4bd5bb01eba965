#include "actors/sessions/live_rounds.hpp"

#include "tests/support/events.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("actors/live_rounds") {
  namespace {

  using seqs = std::vector<position>;

  struct fixture {
    session_index sessions;
    live_rounds rounds;
    std::vector<live_event_ptr> events;
    std::map<uint64_t, live_segment_ptr> got;

    void open(uint64_t id, std::string user, std::string company) {
      session_entry entry;
      entry.info.id = id;
      entry.info.who = {std::move(user), std::move(company)};
      sessions.add(std::move(entry));
    }

    void event(audience to, std::string company = {}, std::string user = {}) {
      auto x = make_event(events.size() + 1, std::move(company));
      x->audience = to;
      x->user_id = std::move(user);
      events.push_back(std::make_shared<const live_event>(std::move(x)));
    }

    void send() {
      got.clear();
      rounds.send(sessions, events, events.size(), [this](session_entry& to, const auto& x) {
        CHECK(!got.contains(to.info.id));
        CHECK(x->to() == events.size());
        got[to.info.id] = x;
      });
    }

    seqs of(uint64_t id) {
      seqs out;
      if (auto i = got.find(id); i != got.end())
        for (const auto& x : i->second->events())
          out.push_back(x->get().seq);
      return out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "each session gets what it may see, at most once, in order") {
    open(1, "u-1", "c-1");
    open(2, "u-2", "c-1");
    open(3, "u-1", "c-2");
    open(4, {}, {});
    event(audience::all);
    event(audience::user, "c-1", "u-1");
    event(audience::company, "c-1");
    event(audience::company, "c-2");
    event(audience::all);
    for (int i = 0; i < 2; ++i) {
      send();
      CHECK(of(1) == seqs{1, 2, 3, 5});
      CHECK(of(2) == seqs{1, 3, 5});
      CHECK(of(3) == seqs{1, 4, 5});
      CHECK(of(4) == seqs{1, 5});
    }
  }

  TEST_CASE_FIXTURE(fixture, "sessions that see the same share a segment; others get none") {
    open(1, "u-1", "c-1");
    open(2, "u-2", "c-1");
    open(3, "u-3", "c-2");
    event(audience::company, "c-1");
    send();
    CHECK(got.size() == 2);
    CHECK(got[1] == got[2]);
    event(audience::all);
    open(4, "u-4", "c-3");
    send();
    CHECK(got.size() == 4);
    CHECK(got[1] == got[2]);
    CHECK(got[3] == got[4]);
    CHECK(got[1] != got[3]);
  }
}

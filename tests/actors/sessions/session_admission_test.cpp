#include "actors/sessions/session_admission.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <atomic>

using namespace carillon;

TEST_SUITE("actors/session_admission") {
  namespace {

  struct fixture {
    bounds all;
    session_index open;
    uint64_t last_id = 0;

    session_admission admission(size_t places, session_admission::limits x) {
      return {all.add("sessions", "sessions", places), x};
    }

    /// Opens a session if it is admitted.
    std::optional<ec> try_open(const session_admission& by, const std::string& user,
                               const std::string& company) {
      session_identity who;
      who.who = {user, company};
      auto place = by.admit(who, open);
      if (!place)
        return place.error().code;
      session_entry entry;
      entry.info.id = ++last_id;
      entry.info.who = who.who;
      entry.place = std::move(*place);
      open.add(std::move(entry));
      return std::nullopt;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a user and a company have their own bounds, and get room again") {
    auto by = admission(100, {.per_user = 2, .per_company = 3});
    CHECK(!try_open(by, "u-1", "c-1"));
    CHECK(!try_open(by, "u-1", "c-1"));
    CHECK(try_open(by, "u-1", "c-1") == ec::quota_exceeded);
    // A user of the same id at another company is another user.
    CHECK(!try_open(by, "u-1", "c-2"));
    CHECK(!try_open(by, "u-2", "c-1"));
    CHECK(try_open(by, "u-3", "c-1") == ec::quota_exceeded);
    open.remove(1);
    CHECK(!try_open(by, "u-3", "c-1"));
  }

  TEST_CASE_FIXTURE(fixture, "0 bounds nobody, and the places bound all") {
    auto by = admission(3, {});
    for (int i = 0; i < 3; ++i)
      CHECK(!try_open(by, "u-1", {}));
    CHECK(try_open(by, "u-1", {}) == ec::overloaded);
    CHECK(open.size() == 3);
    open.remove(2);
    CHECK(!try_open(by, "u-2", {}));
  }

  TEST_CASE_FIXTURE(fixture, "a revoked key is rejected, and takes no place") {
    auto by = admission(1, {});
    session_identity who;
    who.key_holds = std::make_shared<const std::atomic<bool>>(false);
    auto rejected = by.admit(who, open);
    REQUIRE(!rejected);
    CHECK(rejected.error().code == ec::unauthenticated);
    CHECK(close_code_of(rejected.error()) == session_close::unauthenticated);
    CHECK(close_code_of({ec::quota_exceeded, {}, {}}) == session_close::overloaded);
    CHECK(!try_open(by, "u-1", {}));
  }
}

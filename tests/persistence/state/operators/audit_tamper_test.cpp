#include "tests/persistence/sqlite/sqlite_test_store.hpp"
#include "tests/persistence/state/state_fixture.hpp"

// Attacks by an intruder with access to state.db, all of which are detected.

namespace carillon::test {

TEST_SUITE("persistence/audit_tamper") {
  namespace {

  /// Ten rows, then the statements of an intruder; the verdict.
  audit_verdict verdict_after(const std::string& sql, size_t limit = 10'000) {
    sqlite_test_store store;
    {
      const auto open = store.open();
      const auto state = must(open->open_state(true));
      for (position i = 1; i <= 10; ++i)
        must(state->audit().append({make_entry("a.b", i)}));
    }
    store.tamper("state.db", sql);
    const auto open = store.open();
    const auto state = must(open->open_state(false));
    verify_audit ask{.limit = limit};
    audit_verdict sum;
    while (true) {
      const auto part = must(state->audit().verify(ask));
      sum.checked += part.verdict.checked;
      sum.valid = part.verdict.valid;
      sum.first_bad = part.verdict.first_bad;
      if (!part.next)
        return sum;
      ask.from = *part.next;
      ask.hash = part.hash;
    }
  }

  } // namespace

  TEST_CASE("an untouched chain is valid in segments of any size") {
    for (const size_t limit : {1, 3, 5, 10, 11}) {
      const auto verdict = verdict_after("SELECT 1", limit);
      CHECK(verdict.valid);
      CHECK(verdict.checked == 10);
    }
  }

  TEST_CASE("a changed field is found at its row") {
    for (const auto* set :
         {"time = time + 1", "action = 'x.y'", "actor = ''", "origin = 'x'", "company_id = 'beta'",
          "subject = 'x'", "detail = '{}'", "event_seq = 999", "person = 'x'",
          "hash = zeroblob(32)", "hash = x'00'"}) {
      CAPTURE(set);
      for (const size_t limit : {2, 100}) {
        const auto verdict
          = verdict_after("UPDATE audit_log SET " + std::string{set} + " WHERE number = 4", limit);
        CHECK_FALSE(verdict.valid);
        CHECK(verdict.first_bad == 4);
        CHECK(verdict.checked == 3);
      }
    }
  }

  TEST_CASE("a missing row is found where it was") {
    CHECK(verdict_after("DELETE FROM audit_log WHERE number = 4").first_bad == 4);
    CHECK(verdict_after("DELETE FROM audit_log WHERE number = 1").first_bad == 1);
    CHECK(verdict_after("DELETE FROM audit_log WHERE number BETWEEN 3 AND 6", 2).first_bad == 3);
  }

  TEST_CASE("rows cut off the end are missed") {
    CHECK(verdict_after("DELETE FROM audit_log WHERE number > 7").first_bad == 8);
    CHECK(verdict_after("DELETE FROM audit_log WHERE number > 8", 4).first_bad == 9);
    CHECK(verdict_after("DELETE FROM audit_log").first_bad == 1);
  }

  TEST_CASE("a head that was moved along does not hide the cut") {
    const auto verdict = verdict_after("DELETE FROM audit_log WHERE number > 7; "
                                       "UPDATE audit_head SET number = 7");
    CHECK_FALSE(verdict.valid);
    CHECK(verdict.first_bad == 7);
  }

  TEST_CASE("exchanged rows are found") {
    CHECK(verdict_after("UPDATE audit_log SET number = -1 WHERE number = 4; "
                        "UPDATE audit_log SET number = 4 WHERE number = 5; "
                        "UPDATE audit_log SET number = 5 WHERE number = -1")
            .first_bad
          == 4);
  }

  TEST_CASE("a row added behind the head is found") {
    const auto verdict = verdict_after(
      "INSERT INTO audit_log SELECT 11, time, action, actor, origin, company_id, subject, detail, "
      "0, hash, '' FROM audit_log WHERE number = 10");
    CHECK(verdict.first_bad == 11);
  }
}

} // namespace carillon::test

#include "tests/persistence/state/state_fixture.hpp"

// The contract of every state_store about consumers, dead letters and the audit chain.

namespace carillon::test {

TEST_SUITE("persistence/state_store") {
  namespace {

  retry_row make_retry(position seq, timestamp due, uint64_t replay_id = 0) {
    return {.seq = seq,
            .replay_id = replay_id,
            .attempts = 2,
            .due = due,
            .key = "acme",
            .last_error = "boom",
            .first_failed_at = epoch + std::chrono::seconds{seq}};
  }

  } // namespace

  TEST_CASE("a consumer is created where it asks to begin, once") {
    state_fixture f;
    CHECK(must(f.state->consumers().open({.name = "audit", .initial = 7}, epoch)).record.cursor
          == 7);
    CHECK(must(f.state->consumers().open({.name = "audit", .initial = 9}, epoch)).record.cursor
          == 7);
    const auto all = must(f.state->consumers().list());
    REQUIRE(all.size() == 1);
    CHECK(all[0].name == "audit");
    CHECK_FALSE(all[0].paused);
    CHECK(all[0].updated_at == epoch);
  }

  TEST_CASE("a cursor moves forward, stays, and never moves back") {
    state_fixture f;
    f.begin("a");
    must(f.commit({.consumer = "a", .cursor = 5, .last_error = "x", .now = epoch}));
    must(f.commit({.consumer = "a", .cursor = 5, .now = epoch}));
    CHECK(code_of(f.commit({.consumer = "a", .cursor = 4, .now = epoch})) == ec::conflict);
    CHECK(f.record("a").cursor == 5);
    CHECK(f.record("a").last_error == "x");
    must(f.commit({.consumer = "a", .cursor = 6, .last_error = "", .now = epoch}));
    CHECK(f.record("a").last_error.empty());
  }

  TEST_CASE("who was superseded cannot commit, though nothing moved in between") {
    state_fixture f;
    const auto first = f.opened("a").record.generation;
    must(f.commit({.consumer = "a", .generation = first, .cursor = 1, .now = epoch}));
    const auto second = f.opened("a").record.generation;
    CHECK(second == first + 1);
    consumer_commit late{.consumer = "a", .generation = first, .cursor = 7, .now = epoch};
    late.effects.add(make_entry("order.created", 7));
    late.dead_letters.push_back(make_letter(7));
    CHECK(code_of(f.commit(late)) == ec::conflict);
    CHECK(code_of(f.commit({.consumer = "a", .generation = second + 1, .cursor = 7, .now = epoch}))
          == ec::conflict);
    must(f.commit({.consumer = "a", .generation = second, .cursor = 2, .now = epoch}));
    CHECK(must(f.state->audit().list({})).items.empty());
    CHECK(f.record("a").cursor == 2);
    CHECK(f.record("a").dead_letters == 0);
  }

  TEST_CASE("a consumer has its generations over a restart") {
    state_fixture f;
    const auto before = f.opened("a").record.generation;
    f.restart();
    CHECK(f.opened("a").record.generation == before + 1);
    CHECK(f.opened("b").record.generation == 1);
  }

  TEST_CASE("commits of an unknown consumer are refused") {
    state_fixture f;
    CHECK(code_of(f.commit({.consumer = "nobody", .cursor = 1, .now = epoch})) == ec::not_found);
  }

  TEST_CASE("commits of several consumers are one transaction") {
    state_fixture f;
    f.begin("a");
    f.begin("b");
    must(f.commit({.consumer = "b", .cursor = 9, .now = epoch}));
    auto good = std::make_shared<consumer_commit>();
    good->consumer = "a";
    good->cursor = 3;
    good->effects.add(make_entry("order.created", 3));
    good->dead_letters.push_back(make_letter(3));
    good->upsert_retries.push_back(make_retry(2, epoch));
    auto bad = std::make_shared<consumer_commit>();
    bad->consumer = "b";
    bad->cursor = 8;
    const std::vector<consumer_commit_ptr> both{good, bad};
    const auto own_them = [&] {
      good->generation = f.opened("a").record.generation;
      bad->generation = f.opened("b").record.generation;
    };
    own_them();
    CHECK(code_of(f.state->consumers().commit(both)) == ec::conflict);
    CHECK(f.record("a").cursor == 0);
    CHECK(f.record("a").retrying == 0);
    CHECK(f.record("a").dead_letters == 0);
    CHECK(must(f.state->audit().list({})).items.empty());
    bad->cursor = 10;
    own_them();
    must(f.state->consumers().commit(both));
    CHECK(f.record("a").cursor == 3);
    CHECK(f.record("b").cursor == 10);
    CHECK(f.record("a").dead_letters == 1);
    CHECK(must(f.state->audit().list({})).items.size() == 1);
  }

  TEST_CASE("retries come back by due time and position, also after a restart") {
    using namespace std::chrono_literals;
    state_fixture f;
    f.begin("a");
    f.begin("b");
    must(f.commit({.consumer = "a",
                   .cursor = 9,
                   .upsert_retries = {make_retry(4, epoch + 2s), make_retry(3, epoch + 1s),
                                      make_retry(2, epoch + 2s), make_retry(2, epoch + 2s, 7)},
                   .now = epoch}));
    must(f.commit(
      {.consumer = "b", .cursor = 1, .upsert_retries = {make_retry(1, epoch)}, .now = epoch}));
    f.restart();
    const auto opened = f.opened("a");
    REQUIRE(opened.retries.size() == 4);
    CHECK(opened.retries[0].seq == 3);
    CHECK(opened.retries[1].seq == 2);
    CHECK(opened.retries[1].replay_id == 0);
    CHECK(opened.retries[2].replay_id == 7);
    CHECK(opened.retries[3].seq == 4);
    CHECK(opened.retries[0].attempts == 2);
    CHECK(opened.retries[0].due == epoch + 1s);
    CHECK(opened.retries[0].key == "acme");
    CHECK(opened.retries[0].last_error == "boom");
    CHECK(opened.retries[0].first_failed_at == epoch + 3s);
    CHECK(opened.record.retrying == 4);
    CHECK(opened.record.oldest_failure == epoch + 2s);
  }

  TEST_CASE("retries are replaced and erased by position and replay") {
    state_fixture f;
    f.begin("a");
    must(f.commit({.consumer = "a",
                   .cursor = 2,
                   .upsert_retries = {make_retry(1, epoch), make_retry(1, epoch, 5)},
                   .now = epoch}));
    auto again = make_retry(1, epoch);
    again.attempts = 3;
    must(f.commit({.consumer = "a",
                   .cursor = 2,
                   .upsert_retries = {again},
                   .erase_retries = {{1, 5}},
                   .now = epoch}));
    const auto opened = f.opened("a");
    REQUIRE(opened.retries.size() == 1);
    CHECK(opened.retries[0].attempts == 3);
    CHECK(opened.retries[0].replay_id == 0);
  }

  TEST_CASE("pausing is durable, audited, and refused for an unknown consumer") {
    state_fixture f;
    f.begin("a");
    must(f.state->consumers().pause({.name = "a", .paused = true, .by = {"key:1", "10.0.0.9"}},
                                    epoch));
    f.restart();
    CHECK(f.record("a").paused);
    must(f.state->consumers().pause({.name = "a", .paused = false, .by = {"cli", ""}}, epoch));
    CHECK_FALSE(f.record("a").paused);
    CHECK(code_of(f.state->consumers().pause({.name = "b"}, epoch)) == ec::not_found);
    const auto audit = must(f.state->audit().list({})).items;
    REQUIRE(audit.size() == 2);
    CHECK(audit[0].entry.action == "consumer.resumed");
    CHECK(audit[1].entry.action == "consumer.paused");
    CHECK(audit[1].entry.actor == "key:1");
    CHECK(audit[1].entry.origin == "10.0.0.9");
    CHECK(audit[1].entry.subject == "consumer:a");
  }

  TEST_CASE("a dead letter that is retried becomes a retry due now") {
    state_fixture f;
    f.begin("a");
    must(f.commit({.consumer = "a", .cursor = 4, .dead_letters = {make_letter(4)}, .now = epoch}));
    const auto id = must(f.state->dead_letters().list({})).items.at(0).id;
    const auto later = epoch + std::chrono::hours{1};
    const auto letter = must(
      f.state->dead_letters().resolve({.id = id, .retry = true, .by = {"key:1", ""}}, later));
    CHECK(letter.consumer == "a");
    CHECK(letter.seq == 4);
    CHECK(letter.event_id == "e4");
    const auto opened = f.opened("a", later);
    REQUIRE(opened.retries.size() == 1);
    CHECK(opened.retries[0].seq == 4);
    CHECK(opened.retries[0].attempts == 0);
    CHECK(opened.retries[0].due == later);
    CHECK(opened.record.dead_letters == 0);
    CHECK(must(f.state->dead_letters().list({})).items.empty());
    CHECK(must(f.state->audit().list({})).items.at(0).entry.action == "dead_letter.retried");
    CHECK(code_of(f.state->dead_letters().resolve({.id = id}, later)) == ec::not_found);
  }

  TEST_CASE("a dead letter that is discarded is gone, and a stranger's is not found") {
    state_fixture f;
    f.begin("a");
    must(f.commit({.consumer = "a", .cursor = 4, .dead_letters = {make_letter(4)}, .now = epoch}));
    const auto id = must(f.state->dead_letters().list({})).items.at(0).id;
    CHECK(code_of(f.state->dead_letters().resolve({.id = id, .retry = false, .company_id = "beta"},
                                                  epoch))
          == ec::not_found);
    CHECK(must(f.state->audit().list({})).items.empty());
    must(f.state->dead_letters().resolve({.id = id, .retry = false, .company_id = "acme"}, epoch));
    CHECK(f.opened("a").retries.empty());
    const auto row = must(f.state->audit().list({})).items.at(0).entry;
    CHECK(row.action == "dead_letter.discarded");
    CHECK(row.company_id == "acme");
  }

  TEST_CASE("the failures at an event are found, those of replays and other events are not") {
    state_fixture f;
    for (const auto* name : {"a", "b", "c", "d"})
      f.begin(name);
    must(f.commit({.consumer = "a", .cursor = 9, .upsert_retries = {make_retry(4, epoch)}}));
    must(f.commit({.consumer = "b", .cursor = 9, .dead_letters = {make_letter(4)}}));
    must(f.commit({.consumer = "c", .cursor = 9, .upsert_retries = {make_retry(4, epoch, 1)}}));
    must(f.commit({.consumer = "d", .cursor = 9, .dead_letters = {make_letter(5)}}));
    const auto found = must(f.state->consumers().failures({.seq = 4}));
    REQUIRE(found.size() == 2);
    CHECK(found[0].consumer == "a");
    CHECK_FALSE(found[0].dead);
    CHECK(found[1].consumer == "b");
    CHECK(found[1].dead);
    CHECK(must(f.state->consumers().failures({.seq = 6})).empty());
  }

  TEST_CASE("ids of dead letters are never used again") {
    state_fixture f;
    f.begin("a");
    must(f.commit({.consumer = "a", .cursor = 1, .dead_letters = {make_letter(1)}, .now = epoch}));
    const auto first = must(f.state->dead_letters().list({})).items.at(0).id;
    must(f.state->dead_letters().resolve({.id = first, .retry = false}, epoch));
    must(f.commit({.consumer = "a", .cursor = 2, .dead_letters = {make_letter(2)}, .now = epoch}));
    CHECK(must(f.state->dead_letters().list({})).items.at(0).id > first);
  }

  TEST_CASE("an event is audited once, whoever tries again") {
    state_fixture f;
    f.begin("a");
    must(f.commit({.consumer = "a",
                   .cursor = 2,
                   .effects = effects::of(make_entry("x.y", 1), make_entry("x.y", 2)),
                   .now = epoch}));
    must(f.commit({.consumer = "a",
                   .cursor = 3,
                   .effects = effects::of(make_entry("x.y", 2), make_entry("x.y", 3)),
                   .now = epoch}));
    must(f.state->audit().append({make_entry("manual")}));
    must(f.state->audit().append({make_entry("manual")}));
    CHECK(must(f.state->audit().list({})).items.size() == 5);
    const auto verified = must(f.state->audit().verify({}));
    CHECK(verified.verdict.valid);
    CHECK(verified.verdict.checked == 5);
    CHECK_FALSE(verified.next);
  }

  TEST_CASE("the chain goes on after a restart and verifies in segments") {
    state_fixture f;
    for (int i = 0; i < 5; ++i)
      must(f.state->audit().append({make_entry("a.b")}));
    f.restart();
    for (int i = 0; i < 5; ++i)
      must(f.state->audit().append({make_entry("a.b")}));
    verify_audit ask{.limit = 4};
    uint64_t checked = 0;
    while (true) {
      const auto part = must(f.state->audit().verify(ask));
      REQUIRE(part.verdict.valid);
      checked += part.verdict.checked;
      if (!part.next)
        break;
      ask.from = *part.next;
      ask.hash = part.hash;
    }
    CHECK(checked == 10);
    CHECK(must(f.state->audit().verify({.from = 6})).verdict.valid);
    CHECK_FALSE(
      must(f.state->audit().verify({.from = 6, .hash = std::string(64, '0')})).verdict.valid);
    CHECK(code_of(f.state->audit().verify({.from = 6, .hash = "zz"})) == ec::invalid_argument);
    CHECK(code_of(f.state->audit().verify({.from = 0})) == ec::invalid_argument);
  }

  TEST_CASE("an empty chain is valid") {
    state_fixture f;
    const auto verified = must(f.state->audit().verify({}));
    CHECK(verified.verdict.valid);
    CHECK(verified.verdict.checked == 0);
  }

  TEST_CASE("only one connection writes, any number reads") {
    state_fixture f;
    f.begin("a");
    CHECK(code_of(f.open->open_state(true)) == ec::conflict);
    const auto reader = must(f.open->open_state(false));
    CHECK(must(reader->consumers().list()).size() == 1);
    CHECK(code_of(reader->audit().append({make_entry("a.b")})) == ec::store_unavailable);
    must(f.state->audit().append({make_entry("a.b")}));
    CHECK(must(reader->audit().list({})).items.size() == 1);
  }
}

} // namespace carillon::test

#include "persistence/sqlite/migrations.hpp"
#include "tests/persistence/sqlite/sqlite_test_store.hpp"
#include "tests/persistence/state/state_fixture.hpp"

// A store of an older version is migrated, and keeps its content.

namespace carillon::test {

TEST_SUITE("persistence/migration") {
  namespace {

  /// A state.db of the first `steps` migrations, with a row of each kind, beside a log of 20
  /// events.
  void write_old(const sqlite_test_store& store, size_t steps) {
    for (const auto* suffix : {"", "-wal", "-shm"})
      std::filesystem::remove(store.file(std::string{"state.db"} + suffix));
    {
      auto old = sqlite::state_schema();
      REQUIRE(old.migrations.size() > steps);
      old.migrations = old.migrations.first(steps);
      sqlite::connection db{{.file = store.file("state.db"), .access = sqlite::access::write}};
      must(sqlite::migrate(db, old, epoch));
    }
    store.tamper("state.db", R"(
    INSERT INTO consumers VALUES ('audit', 12, 1, 'boom', 5, 1);
    INSERT INTO handler_retries VALUES ('audit', 9, 0, 2, 77, '', 'bang', 66);
    INSERT INTO dead_letters (consumer, seq, replay_id, event_id, event_type, company_id, attempts,
      last_error, created_at) VALUES ('audit', 8, 0, 'e8', 'a.b', 'acme', 5, 'boom', 4);
    INSERT INTO metric_counters VALUES (500000, 'a.b', 'acme', 3);
    INSERT INTO api_keys (name, role, company_id, hash, created_at)
      VALUES ('k', 2, '', 'abc', 6);)");
  }

  /// The schema texts of a database of this version.
  std::vector<std::string> schema_of(const sqlite_test_store& store) {
    sqlite::connection db{{.file = store.file("state.db")}};
    sqlite::statement ask{db.handle(), "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL "
                                       "ORDER BY type, name"};
    std::vector<std::string> out;
    while (ask.step())
      out.push_back(ask.string(0));
    return out;
  }

  } // namespace

  TEST_CASE("a store without webhooks keeps what it has, and takes webhooks") {
    for (const size_t steps : {size_t{1}, size_t{2}}) {
      CAPTURE(steps);
      sqlite_test_store store;
      must(must(store.open()->open_log_writer())->append(make_drafts("log", 20), epoch));
      write_old(store, steps);
      const auto open = store.open();
      const auto state = must(open->open_state(true));
      const auto audit = must(state->consumers().open({.name = "audit"}, epoch));
      CHECK(audit.record.cursor == 12);
      CHECK(audit.record.paused);
      CHECK(audit.record.last_error == "boom");
      CHECK(audit.record.dead_letters == 1);
      REQUIRE(audit.retries.size() == 1);
      CHECK(audit.retries[0].last_error == "bang");
      CHECK(must(state->dead_letters().list({})).items.at(0).event_id == "e8");
      CHECK(must(state->measures().list())->records.size() == 2);
      CHECK(must(state->access().keys()).at(0).hash == "abc");
      CHECK(must(state->webhooks().list({})).items.empty());
      CHECK(must(state->webhooks().insert({.settings = make_settings()}, epoch)).id == 1);
    }
  }

  TEST_CASE("contacts and what they muted go to their companies, and numbers go on") {
    sqlite_test_store store;
    must(must(store.open()->open_log_writer())->append(make_drafts("log", 20), epoch));
    write_old(store, 4);
    store.tamper("state.db", R"(
      INSERT INTO contacts VALUES ('u-1', 'acme', 'a@b.example', 'Ada', 'admin', 5);
      INSERT INTO contacts VALUES ('u-2', '', '', '', '', 6);
      INSERT INTO contact_mutes VALUES ('u-1', 0, 'order.created');
      INSERT INTO contact_mutes VALUES ('u-2', 1, '*');
      INSERT INTO contact_mutes VALUES ('gone', 1, '*');
      INSERT INTO notifications (key, user_id, company_id, kind, event_seq, title, body, link,
        created_at) VALUES ('k', 'u-1', 'acme', 'order.created', 3, 't', 'b', '/l', 4);
      INSERT INTO notifications (id, key, user_id, company_id, kind, event_seq, title, body, link,
        created_at) VALUES (41, 'k', 'u-2', '', 'order.created', 3, 't', 'b', '/l', 4);
      DELETE FROM notifications WHERE id = 41;
      UPDATE notification_cursor SET up_to = 41;)");
    const auto open = store.open();
    const auto state = must(open->open_state(true));
    auto ada = must(state->contacts().get(get_contact{.user_id = "u-1", .company_id = "acme"}));
    CHECK(ada.email == "a@b.example");
    CHECK(ada.role == "admin");
    REQUIRE(ada.muted.size() == 1);
    CHECK(ada.muted[0].second == "order.created");
    CHECK(must(state->contacts().get(get_contact{.user_id = "u-2", .company_id = ""})).muted.size()
          == 1);
    CHECK(must(state->contacts().list({})).items.size() == 2);
    CHECK(must(state->notifications().list({.user_id = "u-1"})).items.at(0).link == "/l");
    // A reused number would be behind the cursor and never be announced.
    effects x;
    x.add(notification_draft{.key = "n", .kind = "a.b", .user_id = "u-1", .title = "t"});
    must(state->consumers().open({.name = "test"}, epoch));
    const std::vector<consumer_commit_ptr> commit{std::make_shared<consumer_commit>(
      consumer_commit{.consumer = "test", .generation = 1, .effects = std::move(x), .now = epoch})};
    must(state->consumers().commit(commit));
    REQUIRE(must(state->notifications().unannounced({})).size() == 1);
    CHECK(must(state->notifications().unannounced({})).at(0).id == 42);
  }

  TEST_CASE("a store that was brought up to date is like a new one") {
    sqlite_test_store fresh;
    fresh.open().reset();
    sqlite_test_store store;
    must(must(store.open()->open_log_writer())->append(make_drafts("log", 20), epoch));
    write_old(store, 2);
    CHECK(schema_of(store) != schema_of(fresh));
    store.open().reset();
    CHECK(schema_of(store) == schema_of(fresh));
  }
}

} // namespace carillon::test

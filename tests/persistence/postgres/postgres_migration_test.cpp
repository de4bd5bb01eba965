// A database of an older version is migrated, and keeps its content.

#include "persistence/postgres/migrations.hpp"
#include "tests/persistence/postgres/later_schema.hpp"
#include "tests/persistence/postgres/postgres_test_store.hpp"

namespace carillon::test {

TEST_SUITE("persistence/postgres_migration") {
  namespace {

  /// A database of the first `steps` migrations.
  void make_old(postgres::connection& db, size_t steps) {
    const auto names = postgres::migration_names();
    REQUIRE(names.size() > steps);
    db.begin("CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL, "
             "applied_at BIGINT NOT NULL)");
    for (size_t i = 0; i < steps; ++i) {
      db.run(std::string{postgres::migration_text(names[i])});
      db.run("INSERT INTO schema_migrations VALUES (" + std::to_string(i + 1) + ", 'old', 0)");
    }
  }

  } // namespace

  TEST_CASE("what each append counted becomes what each block counts") {
    postgres_test_store store{database_content::nothing};
    {
      postgres::connection db{store.url(), {}};
      make_old(db, 2);
      // As version 2 left it: the first block, and 3 events of the next, all of them counted.
      db.run("INSERT INTO event_log SELECT i, CASE WHEN i % 2 = 0 THEN 'a.even' ELSE 'a.odd' END, "
             "i::bigint * 1000000, 'c-1', '', '', 'e' || i, '/api', 0, '', '', 0, '{}', '{}' "
             "FROM generate_series(1, 4098) AS i");
      db.run("INSERT INTO event_log VALUES (4099, 'a.rare', -5, 'c-2', '', '', 'x', '/api', 0, '', "
             "'', 0, '{}', '{}')");
      db.run("INSERT INTO event_zones VALUES (0, 1000000, 4095000000)");
      db.run(
        "INSERT INTO event_counts SELECT floor(time / 3600e6), type, company_id, count(*) FROM "
        "event_log GROUP BY 1, 2, 3");
      db.run(
        "INSERT INTO event_totals SELECT hour, type, sum(count) FROM event_counts GROUP BY 1, 2");
    }
    auto node = store.open();
    auto writer = must(node->open_log_writer());
    auto counts = must(writer->stats({})).rows.at(0).counts;
    CHECK(counts
          == std::map<std::string, uint64_t>{{"a.even", 2'049}, {"a.odd", 2'049}, {"a.rare", 1}});
    CHECK(must(writer->stats({.company_id = "c-2"})).rows.at(0).counts.size() == 1);
    // And once more when the block is complete.
    must(writer->append(make_drafts("more", 5'000), epoch));
    CHECK(must(writer->stats({})).rows.at(0).counts.at("a.even") == 2'049);
    CHECK(must(writer->stats({})).rows.at(0).counts.at("a.rare") == 1);
    CHECK(must(writer->stats({})).rows.at(0).counts.at("order.created") == 5'000);
  }

  TEST_CASE("contacts and what they muted go to their companies") {
    postgres_test_store store{database_content::nothing};
    {
      postgres::connection db{store.url(), {}};
      make_old(db, 5);
      db.run("INSERT INTO contacts VALUES ('u-1', 'acme', 'a@b.example', 'Ada', 'admin', 5), "
             "('u-2', '', '', '', '', 6)");
      db.run("INSERT INTO contact_mutes VALUES ('u-1', 0, 'order.created'), ('u-2', 1, '*'), "
             "('gone', 1, '*')");
    }
    auto node = store.open();
    auto state = must(node->open_state(true));
    auto ada = must(state->contacts().get(get_contact{.user_id = "u-1", .company_id = "acme"}));
    CHECK(ada.email == "a@b.example");
    REQUIRE(ada.muted.size() == 1);
    CHECK(ada.muted[0].second == "order.created");
    CHECK(must(state->contacts().get(get_contact{.user_id = "u-2", .company_id = ""})).muted.size()
          == 1);
    CHECK(must(state->contacts().list({})).items.size() == 2);
  }

  TEST_CASE("each step says whether earlier versions may go on beside it") {
    for (const auto& x : postgres::own_steps()) {
      CAPTURE(x.name);
      // Programs before that did not ask.
      if (x.name.substr(0, 4) > "0025")
        CHECK((postgres::is_additive(x.text) || x.text.starts_with("-- Breaking:")));
      else
        CHECK_FALSE(postgres::is_additive(x.text));
    }
    CHECK(postgres::is_additive("-- Additive: a table.\nCREATE TABLE x ();"));
    CHECK_FALSE(postgres::is_additive("-- Breaking: not -- Additive:"));
    CHECK_FALSE(postgres::is_additive(""));
  }

  TEST_CASE("a database of a newer version is usable if all it has more is additive") {
    postgres_test_store store;
    store.open().reset();
    postgres::connection db{store.url(), {}};
    const auto known = static_cast<int64_t>(postgres::own_steps().size());
    later_schema later{store.url()};
    // A table, and a column with a default at the end of each table of ours.
    later.add_additive("CREATE TABLE of_later_version (x INT NOT NULL);");
    later.add_additive(
      "DO $$ DECLARE t TEXT; BEGIN FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = "
      "current_schema() LOOP EXECUTE format('ALTER TABLE %I ADD COLUMN of_later_version INT NOT "
      "NULL DEFAULT 7', t); END LOOP; END $$;");
    const auto state = must(postgres::state_of_schema(db));
    CHECK(state.applied == known + 2);
    CHECK(state.is_complete());
    {
      auto node = store.open();
      auto log = must(node->open_log_writer());
      must(log->append(make_drafts("few", 1), epoch));
      must(log->append(make_drafts("many", 5'000), epoch));
      CHECK(must(log->head()) == 5'001);
      CHECK(must(log->read({.after = 0, .filter = {}, .limit = 200})).events.size() == 200);
      auto contacts = must(node->open_state(true));
      put_contact x;
      x.person.user_id = "u-1";
      must(contacts->contacts().put(x, epoch));
      must(node->files()->put_document("ab", "bytes"));
      storage_options reading;
      reading.read_only = true;
      CHECK(code_of(store.try_open(reading)) == ec::none);
    }
    // It takes none of the steps back, and applies none twice.
    CHECK(must(postgres::state_of_schema(db)).applied == known + 2);
    later.add_breaking("DROP TABLE of_later_version;");
    CHECK(code_of(postgres::state_of_schema(db)) == ec::store_too_new);
    CHECK(code_of(store.try_open({})) == ec::store_too_new);
    // A later additive one changes nothing about that.
    later.add_additive("CREATE TABLE of_later_version (x INT NOT NULL);");
    CHECK(code_of(store.try_open({})) == ec::store_too_new);
  }

  TEST_CASE("a database of a newer version is refused, also for reading") {
    postgres_test_store store;
    store.open().reset();
    postgres::connection db{store.url(), {}};
    db.begin("INSERT INTO schema_migrations VALUES (999, 'newer', 0)");
    CHECK(code_of(store.try_open({})) == ec::store_too_new);
    storage_options reading;
    reading.read_only = true;
    CHECK(code_of(store.try_open(reading)) == ec::store_too_new);
  }
}

} // namespace carillon::test

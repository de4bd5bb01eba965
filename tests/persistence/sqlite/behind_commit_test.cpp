#include "persistence/state/operators/audit_check.hpp"
#include "persistence/state/operators/audit_seal.hpp"
#include "tests/persistence/sqlite/sqlite_test_store.hpp"
#include "tests/persistence/state/state_fixture.hpp"
#include "tests/support/faulty_vfs.hpp"

#include <vector>

// Commits of what the log gives again do not wait for the disk. A disk whose syncs fail shows which
// commits wait.

namespace carillon::test {

TEST_SUITE("persistence/behind_commit") {
  namespace {

  const std::string key = "0123456789abcdef0123456789abcdef";

  struct world {
    healed_at_end healed;
    sqlite_test_store store;
    std::unique_ptr<storage> open = open_faulty();
    audit_seal_ptr seal = std::make_shared<const audit_seal>(key, store.file("audit.end").string());
    std::unique_ptr<state_store> state = must(open->open_state(true));
    uint64_t generation = 0;
    position cursor = 0;

    world() {
      auto log = must(open->open_log_writer());
      must(log->append(make_drafts("e", 100), epoch));
      auto first = must(digest_of_first([&](const read_request& x) { return log->read(x); }));
      must(state->audit().seal(seal, first));
      generation = must(state->consumers().open({.name = "audit"}, epoch)).record.generation;
    }

    std::unique_ptr<storage> open_faulty() {
      storage_options options;
      options.vfs = faulty_vfs::name();
      options.url = "sqlite://" + store.file("").parent_path().string();
      return must(storage::open(options));
    }

    expected<void> commit(effects rows, std::vector<dead_letter> dead = {}) {
      const std::vector<consumer_commit_ptr> all{
        std::make_shared<consumer_commit>(consumer_commit{.consumer = "audit",
                                                          .generation = generation,
                                                          .cursor = ++cursor,
                                                          .effects = std::move(rows),
                                                          .dead_letters = std::move(dead),
                                                          .now = epoch})};
      return state->consumers().commit(all);
    }

    expected<void> commit_entry() {
      return commit(effects::of(make_entry("user.login", cursor + 1)));
    }

    /// Number of the row that the file beside the store names; 0 = there is none.
    uint64_t kept() const {
      const auto end = must(seal->kept());
      return end ? end->number : 0;
    }
  };

  } // namespace

  TEST_CASE("rows that the log gives again do not wait for the disk, all others do") {
    world x;
    faulty_vfs::break_syncs("state.db");
    must(x.commit_entry());
    CHECK(faulty_vfs::failures() == 0);
    CHECK(code_of(x.commit({})) == ec::store_unavailable);
    CHECK(code_of(x.commit(effects::of(make_entry("user.login", 50)),
                           {dead_letter{.consumer = "audit", .seq = 1}}))
          == ec::store_unavailable);
    CHECK_FALSE(x.state->audit().append({make_entry("key.created")}));
    CHECK(faulty_vfs::failures() > 0);
    faulty_vfs::heal();
    must(x.state->audit().append({make_entry("key.created")}));
    must(x.commit_entry());
  }

  TEST_CASE("the end of the audit log beside the store never names a row that is not on disk") {
    world x;
    faulty_vfs::break_syncs("state.db");
    must(x.commit_entry());
    must(x.commit_entry());
    CHECK(x.kept() == 0);
    // What changes nothing syncs nothing, though it waits.
    must(x.state->audit().list({{.limit = 1}}));
    must(x.state->jobs().finish({.items = {{.id = 7, .fence = 1}}}, epoch));
    x.state.reset();
    CHECK(x.kept() == 0);
    // The end of the process syncs what is left.
    faulty_vfs::heal();
    x.state = must(x.open->open_state(true));
    must(x.state->audit().seal(x.seal, {}));
    x.generation = must(x.state->consumers().open({.name = "audit"}, epoch)).record.generation;
    must(x.commit_entry());
    x.state.reset();
    CHECK(x.kept() == 3);
  }
}

} // namespace carillon::test

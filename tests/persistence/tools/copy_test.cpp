#include "persistence/tools/copy.hpp"

#include "tests/persistence/postgres/postgres_test_store.hpp"
#include "tests/persistence/state/state_fixture.hpp"

#include <fstream>
#include <stdexcept>

#include <pqxx/pqxx>

// A data directory that is copied into a database: to the end, in several attempts, or not at all.

namespace carillon::test {

TEST_SUITE("persistence/copy") {
  namespace {

  constexpr size_t at_a_time = 1'000;

  /// A copy that is cut off, as by the death of the process.
  struct cut_off : std::runtime_error {
    using std::runtime_error::runtime_error;
  };

  class two_stores {
  public:
    expected<copy_report> copy(const std::function<void(const copy_progress&)>& report
                               = [](const copy_progress&) {}) const {
      return copy_installation(request(), report);
    }

    copy_request request() const {
      copy_request out;
      out.from = from();
      out.to.url = to_.url();
      out.to.directory = files_.path() + "/new";
      out.events_at_a_time = at_a_time;
      return out;
    }

    std::string from() const {
      return "sqlite://" + files_.path() + "/old";
    }

    std::string old_file(const std::string& name) const {
      return files_.path() + "/old/" + name;
    }

    std::string new_file(const std::string& name) const {
      return files_.path() + "/new/" + name;
    }

    void append(const std::string& prefix, size_t count) const {
      auto open = must(storage::open({.url = from()}));
      must(must(open->open_log_writer())->append(make_drafts(prefix, count), epoch));
    }

    void audit(size_t count) const {
      auto open = must(storage::open({.url = from()}));
      auto state = must(open->open_state(true));
      for (size_t i = 0; i < count; ++i)
        must(state->audit().append({make_entry("a.b")}));
    }

    /// Copies, and is cut off when so many events were copied.
    void copy_until(uint64_t events) const {
      auto stop = [&](const copy_progress& x) {
        if (x.stage == copy_stage::events && x.done == events)
          throw cut_off{"cut off"};
      };
      CHECK_THROWS_AS(copy(stop), cut_off);
    }

    void check_same_events(position last) {
      auto source = must(storage::open({.url = from(), .read_only = true}));
      auto copy = to_.open({});
      CHECK(copy->history() == source->history());
      auto here = must(source->open_log_reader());
      auto there = must(copy->open_log_reader());
      REQUIRE(must(there->head()) == last);
      for (position at = 0; at < last;) {
        auto a = must(here->read({.after = at, .filter = {}, .limit = at_a_time}));
        auto b = must(there->read({.after = at, .filter = {}, .limit = at_a_time}));
        REQUIRE(a.events.size() == b.events.size());
        for (size_t i = 0; i < a.events.size(); ++i) {
          REQUIRE(a.events[i]->seq == b.events[i]->seq);
          REQUIRE(a.events[i]->recorded_at == b.events[i]->recorded_at);
          REQUIRE(same_content(*a.events[i], *b.events[i]));
        }
        at = a.events.back()->seq;
      }
    }

    postgres_test_store& to() noexcept {
      return to_;
    }

  private:
    temporary_directory files_;
    postgres_test_store to_{database_content::nothing};
  };

  void write_file(const std::string& path, const std::string& content) {
    std::filesystem::create_directories(std::filesystem::path{path}.parent_path());
    std::ofstream{path} << content;
  }

  std::string read_file(const std::string& path) {
    std::ifstream in{path};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  } // namespace

  TEST_CASE("events keep their positions, and what comes next follows them") {
    two_stores x;
    x.append("a", 10'500);
    x.audit(10);
    auto done = must(x.copy());
    CHECK(done.events == 10'500);
    CHECK(done.resumed_after == 0);
    CHECK(done.audit_rows == 10);
    x.check_same_events(10'500);
    auto open = x.to().open({});
    auto log = must(open->open_log_writer());
    auto next = must(log->append(make_drafts("b", 1), epoch));
    CHECK(next.items.front().seq == 10'501);
    auto again = must(log->append(make_drafts("a", 3), epoch));
    CHECK(again.items.back().duplicate);
    CHECK(again.items.back().seq == 3);
    // Ranges of times skip blocks that the copy completed.
    auto found = must(log->query({.filter = {.from = epoch - std::chrono::hours{1}}, .limit = 5}));
    CHECK(found.events.size() == 5);
  }

  TEST_CASE("a copy that was cut off goes on, with what the source got meanwhile") {
    two_stores x;
    x.append("a", 5'000);
    x.audit(4);
    x.copy_until(3 * at_a_time);
    auto refused = x.to().try_open({});
    REQUIRE(code_of(refused) == ec::store_unavailable);
    CHECK(refused.error().detail.find("has not finished") != std::string::npos);
    CHECK(code_of(x.to().try_open({.read_only = true})) == ec::store_unavailable);

    x.append("b", 2'500);
    x.audit(3);
    auto done = must(x.copy());
    CHECK(done.resumed_after == 3 * at_a_time);
    CHECK(done.events == 7'500);
    CHECK(done.audit_rows == 7);
    x.check_same_events(7'500);
  }

  TEST_CASE("the state that an attempt copied is replaced by the next") {
    two_stores x;
    x.append("a", 10);
    x.audit(4);
    auto stop = [](const copy_progress& p) {
      if (p.stage == copy_stage::verification)
        throw cut_off{"cut off"};
    };
    CHECK_THROWS_AS(x.copy(stop), cut_off);
    CHECK(code_of(x.to().try_open({})) == ec::store_unavailable);
    x.audit(2);
    CHECK(must(x.copy()).audit_rows == 6);
  }

  TEST_CASE("a part of another store is not gone on with") {
    two_stores x;
    x.append("a", 3'000);
    x.copy_until(at_a_time);
    two_stores other;
    other.append("b", 3'000);
    auto request = other.request();
    request.to.url = x.to().url();
    auto refused = copy_installation(request, [](const copy_progress&) {});
    CHECK(code_of(refused) == ec::conflict);
    // A shorter one, too.
    two_stores shorter;
    shorter.append("a", 10);
    request.from = shorter.from();
    CHECK(code_of(copy_installation(request, [](const copy_progress&) {})) == ec::conflict);
    CHECK(must(x.copy()).resumed_after == at_a_time);
  }

  TEST_CASE("a database that has a store is left alone") {
    two_stores x;
    x.append("a", 10);
    SUBCASE("copied before") {
      must(x.copy());
    }
    SUBCASE("its own") {
      must(must(x.to().open({})->open_log_writer())->append(make_drafts("own", 3), epoch));
    }
    CHECK(code_of(x.copy()) == ec::conflict);
  }

  TEST_CASE("a store with tables of an application is refused before anything is copied") {
    const two_stores stores;
    stores.append("a", 1);
    {
      auto open = must(storage::open({.url = stores.from()}));
      const std::vector<schema_step> steps{{1, "CREATE TABLE app_x (n BIGINT)"}};
      must(must(open->open_state(true))->schema().apply(steps, epoch));
    }
    auto refused = stores.copy();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ec::conflict);
    CHECK(refused.error().detail.find("app_") != std::string::npos);
  }

  TEST_CASE("neither store may be in use") {
    two_stores x;
    x.append("a", 10);
    {
      auto running = must(storage::open({.url = x.from()}));
      CHECK(code_of(x.copy()) == ec::store_locked);
    }
    {
      auto running = x.to().open({});
      CHECK(code_of(x.copy()) == ec::store_locked);
    }
    must(x.copy());
  }

  TEST_CASE("nothing is made where there is no store, and other directions are refused") {
    two_stores x;
    CHECK(code_of(x.copy()) == ec::store_unavailable);
    CHECK_FALSE(std::filesystem::exists(x.old_file("events.db")));
    CHECK_FALSE(std::filesystem::exists(x.old_file("log")));
    auto request = x.request();
    std::swap(request.from, request.to.url);
    CHECK(code_of(copy_installation(request, [](const copy_progress&) {})) == ec::invalid_argument);
  }

  TEST_CASE("documents, keys and the text of the ids of mails are copied, and no others replaced") {
    two_stores x;
    x.append("a", 10);
    write_file(x.old_file("node.key"), "0123456789");
    write_file(x.old_file("evidence.key"), "abcdefghij");
    write_file(x.old_file("installation"), "0123456789abcdef");
    write_file(x.old_file("documents/ab.pdf"), "a document");
    SUBCASE("into a new directory") {
      auto done = must(x.copy());
      CHECK(done.files == 4);
      CHECK(read_file(x.new_file("installation")) == "0123456789abcdef");
      CHECK(read_file(x.new_file("evidence.key")) == "abcdefghij");
      CHECK_FALSE(done.key_is_elsewhere);
      CHECK(read_file(x.new_file("node.key")) == "0123456789");
      CHECK(read_file(x.new_file("documents/ab.pdf")) == "a document");
      CHECK((std::filesystem::status(x.new_file("node.key")).permissions()
             & std::filesystem::perms::all)
            == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    }
    SUBCASE("half a document is copied again") {
      write_file(x.new_file("documents/ab.pdf"), "a do");
      must(x.copy());
      CHECK(read_file(x.new_file("documents/ab.pdf")) == "a document");
    }
    SUBCASE("another key is there") {
      write_file(x.new_file("node.key"), "9876543210");
      CHECK(code_of(x.copy()) == ec::conflict);
      CHECK(read_file(x.new_file("node.key")) == "9876543210");
    }
    SUBCASE("another installation is there") {
      write_file(x.new_file("installation"), "fedcba9876543210");
      CHECK(code_of(x.copy()) == ec::conflict);
      CHECK(read_file(x.new_file("installation")) == "fedcba9876543210");
    }
  }

  TEST_CASE("numbers of deleted rows are not given again, and blobs arrive") {
    two_stores x;
    const std::string sealed{"\x00\x01\xff\"'\\", 6};
    create_webhook what{.settings = make_settings(), .sealed = make_secret(sealed)};
    uint64_t deleted = 0;
    {
      auto open = must(storage::open({.url = x.from()}));
      auto state = must(open->open_state(true));
      must(state->webhooks().insert(what, epoch));
      deleted = must(state->webhooks().insert(what, epoch)).id;
      must(state->webhooks().remove(delete_webhook{.id = deleted}, epoch));
    }
    must(x.copy());
    auto open = x.to().open({});
    auto state = must(open->open_state(true));
    auto first = must(state->webhooks().get(get_webhook{.id = 1}));
    CHECK(first.webhook.settings == make_settings());
    REQUIRE(first.secrets.size() == 1);
    CHECK(first.secrets.front().sealed == sealed);
    CHECK(must(state->webhooks().insert(what, epoch)).id == deleted + 1);
  }

  TEST_CASE("rows that get lost on the way are noticed") {
    two_stores x;
    x.append("a", 5'000); // a block of them is counted
    x.audit(5);
    // Copied rows are deleted before the comparison.
    auto steal = [&](const std::string& sql) {
      auto done = x.copy([&](const copy_progress& p) {
        if (p.stage != copy_stage::verification)
          return;
        pqxx::connection db{x.to().url()};
        pqxx::nontransaction{db}.exec(sql);
      });
      CHECK(code_of(done) == ec::store_corrupt);
      CHECK(code_of(x.to().try_open({})) == ec::store_unavailable);
    };
    SUBCASE("an event") {
      steal("DELETE FROM event_log WHERE seq = 7");
    }
    SUBCASE("a count of an hour") {
      steal("UPDATE event_totals SET count = count + 1");
    }
    SUBCASE("a count of all time") {
      steal("UPDATE event_type_totals SET count = count + 1");
    }
    SUBCASE("a row of the state") {
      steal("DELETE FROM audit_log WHERE number = 5");
    }
    SUBCASE("a word of an audit row") {
      steal("UPDATE audit_log SET detail = '{}' WHERE number = 3");
    }
  }
}

} // namespace carillon::test

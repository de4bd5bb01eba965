// Nodes that share a database: their beats, and who waits for whose place.

#include "persistence/postgres/faults.hpp"
#include "persistence/postgres/nodes/node_table.hpp"
#include "persistence/postgres/nodes/standby.hpp"
#include "tests/persistence/postgres/later_schema.hpp"
#include "tests/persistence/test_store.hpp"
#include "tests/support/own_postgres.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

namespace carillon::test {

TEST_SUITE("persistence/postgres_nodes") {
  namespace {

  using namespace std::chrono_literals;

  struct cluster_world {
    own_postgres server;
    temporary_directory directory;

    storage_options options(const std::string& name) const {
      storage_options out;
      out.url = server.url();
      out.directory = directory.path() + "/" + name;
      out.postgres.max_pause = 200ms;
      out.node = {name, name + "0123456789", "1.2.3"};
      return out;
    }

    std::string ask(const std::string& statement) const {
      pqxx::connection db{server.url()};
      pqxx::nontransaction work{db};
      const auto found = work.exec(statement);
      return found.empty() || found[0][0].is_null() ? "" : found[0][0].c_str();
    }

    std::string state_of(const std::string& name) const {
      return ask("SELECT state FROM nodes WHERE id = '" + name + "'");
    }
  };

  bool comes(const std::function<bool()>& f, std::chrono::milliseconds limit = 30s) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!f()) {
      if (std::chrono::steady_clock::now() >= end)
        return false;
      std::this_thread::sleep_for(10ms); // between two looks
    }
    return true;
  }

  std::unique_ptr<postgres::standby> waiting(const storage_options& options) {
    auto out = must(postgres::standby::open(options, [] {}));
    out->start({"http://b:1", "http://b:2"});
    return out;
  }

  } // namespace

  TEST_CASE("an owner beats, tells its addresses, and says when it leaves") {
    cluster_world w;
    auto store = must(storage::open(w.options("a")));
    const auto view = store->view_of_nodes();
    REQUIRE(view != nullptr);
    CHECK(view->may_call_out());
    view->announce({"http://a:1", "http://a:2"});
    CHECK(comes([&] {
      const auto all = view->nodes();
      return all.size() == 1 && all.front().at.admin == "http://a:2" && all.front().beat > 1;
    }));
    const auto self = view->nodes().front();
    CHECK(self.self);
    CHECK(self.state == node_state::active);
    CHECK(self.who.name == "a");
    CHECK(self.who.version == "1.2.3");
    const auto before = self.beat;
    CHECK(comes([&] { return view->nodes().front().beat > before; }));
    CHECK(w.ask("SELECT count(*) > 1 FROM pg_stat_activity WHERE application_name = "
                "'carillon/a/a0123456789'")
          == "t");
    store.reset();
    CHECK(w.state_of("a") == "stopped");
    // What outlives the store says nothing wrong.
    CHECK(comes([&] { return !view->may_call_out(); }, 10s));
  }

  TEST_CASE("who has no name is not seen, and a name that could be more than one is refused") {
    cluster_world w;
    auto options = w.options("a");
    options.node = {};
    auto store = must(storage::open(options));
    CHECK(store->view_of_nodes() == nullptr);
    CHECK(w.ask("SELECT count(*) FROM nodes") == "0");
    store.reset();
    options.node = {"a'; DROP TABLE nodes; --", "1", "1"};
    CHECK(code_of(storage::open(options)) == ec::invalid_argument);
  }

  TEST_CASE("an owner that cannot note its beats calls nobody, until it can") {
    cluster_world w;
    auto store = must(storage::open(w.options("a")));
    const auto view = store->view_of_nodes();
    {
      pqxx::connection other{w.server.url()};
      pqxx::work holds{other};
      holds.exec("LOCK TABLE nodes IN SHARE MODE");
      CHECK(view->may_call_out());
      CHECK(comes([&] { return !view->may_call_out(); }, 10s));
    }
    CHECK(comes([&] { return view->may_call_out(); }, 10s));
    // It was no other node.
    CHECK(store->check_hold());
  }

  TEST_CASE("an owner that was replaced learns it from its row as well") {
    cluster_world w;
    auto store = must(storage::open(w.options("a")));
    CHECK(store->check_hold());
    w.server.administer("UPDATE nodes SET state = 'lost'");
    CHECK(comes([&] { return !store->check_hold(); }, 10s));
    CHECK(code_of(store->check_hold()) == ec::store_locked);
    CHECK_FALSE(store->view_of_nodes()->may_call_out());
  }

  TEST_CASE("a standby waits, knows the owner, and is due at once when the owner has left") {
    cluster_world w;
    auto store = must(storage::open(w.options("a")));
    store->view_of_nodes()->announce({"http://a:1", "http://a:2"});
    auto standby = waiting(w.options("b"));
    CHECK(comes([&] { return standby->owner().at.data == "http://a:1"; }));
    CHECK(w.state_of("b") == "standby");
    CHECK(comes([&] { return store->view_of_nodes()->nodes().size() == 2; }));
    CHECK_FALSE(standby->result().due);
    const auto left = std::chrono::steady_clock::now();
    store.reset();
    CHECK(comes([&] { return standby->result().due; }));
    const auto took = std::chrono::steady_clock::now() - left;
    MESSAGE("due after ", std::chrono::duration_cast<std::chrono::milliseconds>(took).count(),
            " ms");
    // Far from the time after which a silent node is dead.
    CHECK(took < 3s);
    store = must(storage::open(w.options("b")));
    CHECK(w.state_of("b") == "active");
    standby.reset();
    CHECK(w.state_of("b") == "active");
  }

  TEST_CASE("a standby hears that the owner has left, and looks at once") {
    cluster_world w;
    auto store = must(storage::open(w.options("a")));
    // By the clock it would look in an hour.
    auto standby = must(postgres::standby::open(
      w.options("b"), [] {}, 1h));
    standby->start({});
    const auto listens = [&] {
      return w.ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%carillon_nodes%' "
                   "AND application_name = 'carillon/b/b0123456789'")
             == "1";
    };
    REQUIRE(comes(listens));
    // Anybody may send a notice.
    w.server.administer("NOTIFY carillon_nodes, 'nonsense'");
    store.reset();
    CHECK(comes([&] { return standby->result().due; }));
  }

  TEST_CASE("a standby whose connection for notices broke listens again") {
    cluster_world w;
    auto store = must(storage::open(w.options("a")));
    const auto standby = waiting(w.options("b"));
    const auto listener = [&] {
      return w.ask("SELECT pid FROM pg_stat_activity WHERE query LIKE '%carillon_nodes%' "
                   "AND application_name = 'carillon/b/b0123456789'");
    };
    REQUIRE(comes([&] { return !listener().empty(); }));
    const auto first = listener();
    w.ask("SELECT pg_terminate_backend(" + first + ")");
    CHECK(comes([&] { return !listener().empty() && listener() != first; }));
    CHECK(comes([&] { return standby->owner().who.name == "a"; }));
    CHECK_FALSE(standby->result().due);
  }

  TEST_CASE("a standby that takes the place says so, until it is the owner") {
    cluster_world w;
    must(storage::open(w.options("a")));
    auto taker = waiting(w.options("b"));
    REQUIRE(comes([&] { return taker->result().due; }));
    // It counts a long log, say: it has the lock, and is no owner yet.
    auto opening = std::make_unique<pqxx::connection>(
      w.server.url() + "?application_name=carillon%2Fb%2Fb0123456789");
    pqxx::nontransaction{*opening}.exec("SELECT pg_advisory_lock(1128354377, 0)");
    auto third = waiting(w.options("c"));
    const auto beat = [&] { return w.ask("SELECT beat FROM nodes WHERE id = 'b'"); };
    for (int i = 0; i < 7; ++i) {
      const auto before = beat();
      CHECK(comes([&] { return beat() != before; }));
    }
    CHECK(w.state_of("b") == "standby");
    CHECK_NOTHROW(pqxx::nontransaction{*opening}.exec("SELECT 1"));
    CHECK_FALSE(third->result().due);
    opening.reset();
    REQUIRE(comes([&] { return third->result().due; }));
    auto store = must(storage::open(w.options("b")));
    // The row is the owner's: what the standby notes beside it makes it no standby.
    const auto before = beat();
    CHECK(comes([&] { return std::stoll(beat()) > std::stoll(before) + 2; }));
    CHECK(w.state_of("b") == "active");
    CHECK(store->check_hold());
  }

  TEST_CASE("a standby that stands still amid its start is replaced by a third node") {
    std::string left;
    SUBCASE("after the owner has stopped") {
      left = "stopped";
    }
    SUBCASE("when the owner is dead") {
      left = "active";
    }
    cluster_world w;
    must(storage::open(w.options("a")));
    w.server.administer("UPDATE nodes SET state = '" + left + "'");
    w.server.administer(
      "INSERT INTO nodes VALUES ('b0123456789', 'b', '', '', '', '', 'standby', 1, 1)");
    pqxx::connection still{w.server.url() + "?application_name=carillon%2Fb%2Fb0123456789"};
    pqxx::nontransaction{still}.exec("SELECT pg_advisory_lock(1128354377, 0)");
    std::atomic<int> told{0};
    auto options = w.options("c");
    options.on_trouble = [&](const std::string& x) {
      told += x.find("gives no sign of life") != std::string::npos ? 1 : 0;
    };
    auto third = waiting(options);
    CHECK(comes([&] { return third->result().due; }));
    CHECK(told == (left == "active" ? 1 : 0));
    auto store = must(storage::open(w.options("c")));
    CHECK(w.state_of("c") == "active");
    // When it goes on, it is too late: it does not take the others for replaced.
    const auto counted = w.ask("SELECT epoch - 1 FROM node_lease");
    postgres::node_table table{w.server.url(), {}, {"b", "b0123456789", "1"}};
    CHECK_THROWS_AS(table.become_active({}, std::stoll(counted)), postgres::superseded);
    CHECK(w.state_of("c") == "active");
    CHECK(w.state_of("b") == "standby");
    CHECK(store->check_hold());
  }

  TEST_CASE("a standby that stops says so") {
    cluster_world w;
    auto store = must(storage::open(w.options("a")));
    auto standby = waiting(w.options("b"));
    REQUIRE(comes([&] { return w.state_of("b") == "standby"; }));
    standby.reset();
    CHECK(w.state_of("b") == "stopped");
  }

  TEST_CASE("one that was first leaves the other waiting") {
    cluster_world w;
    auto store = must(storage::open(w.options("a")));
    auto one = waiting(w.options("b"));
    auto other = waiting(w.options("c"));
    REQUIRE(comes([&] { return w.state_of("b") + w.state_of("c") == "standbystandby"; }));
    store.reset();
    REQUIRE(comes([&] { return one->result().due && other->result().due; }));
    store = must(storage::open(w.options("b")));
    CHECK(code_of(storage::open(w.options("c"))) == ec::store_locked);
    other->start({});
    CHECK_FALSE(comes([&] { return other->result().due; }, 3s));
    CHECK(w.state_of("c") == "standby");
  }

  TEST_CASE("an owner that stands still loses its connections, and what it does then is refused") {
    cluster_world w;
    auto store = must(storage::open(w.options("a")));
    auto log = must(store->open_log_writer());
    must(log->append(make_drafts("a", 1), epoch));
    auto standby = waiting(w.options("b"));
    REQUIRE(comes([&] { return w.state_of("b") == "standby"; }));
    // It beats no more; its other connections stand still.
    pqxx::connection other{w.server.url()};
    pqxx::work holds{other};
    holds.exec("SELECT FROM nodes WHERE id = 'a' FOR UPDATE");
    const auto begin = std::chrono::steady_clock::now();
    REQUIRE(comes([&] { return standby->result().due; }));
    const auto took = std::chrono::steady_clock::now() - begin;
    CHECK(took > 4s);
    CHECK(took < 20s);
    holds.abort();
    auto next = must(storage::open(w.options("b")));
    CHECK(w.state_of("a") == "lost");
    CHECK(code_of(log->append(make_drafts("late", 1), epoch)) == ec::store_locked);
    auto theirs = must(next->open_log_writer());
    CHECK(must(theirs->append(make_drafts("b", 1), epoch)).items.front().seq == 2);
    CHECK(comes([&] { return !store->check_hold(); }));
  }

  TEST_CASE("connections of a dead node are ended, but none that waits for a standby") {
    cluster_world w;
    must(storage::open(w.options("a")));
    w.server.administer("ALTER SYSTEM SET wal_level = replica");
    w.server.administer("ALTER SYSTEM SET max_wal_senders = 2");
    w.server.administer("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    w.server.restart("fast");
    const node_identity dead{"a", "a0123456789", "1"};
    const auto name = postgres::application_name_of(dead);
    pqxx::connection idle{w.server.url() + "?application_name=" + name};
    pqxx::connection of_another{w.server.url() + "?application_name=" + name + "1"};
    std::thread commits{[&] {
      pqxx::connection db{w.server.url() + "?application_name=" + name};
      pqxx::nontransaction{db}.exec("SELECT pg_logical_emit_message(true, 'test', '')");
    }};
    const auto alive = [&] {
      return w.ask("SELECT string_agg(coalesce(wait_event, '') || right(application_name, 1), ',' "
                   "ORDER BY wait_event, application_name) FROM pg_stat_activity "
                   "WHERE application_name LIKE '"
                   + name + "%'");
    };
    CHECK(comes([&] { return alive() == "ClientRead9,ClientRead1,SyncRep9"; }));
    CAPTURE(alive());
    postgres::node_table table{w.server.url(), {}, {"b", "b0123456789", "1"}};
    CHECK(table.end_connections(dead).empty());
    CHECK(comes([&] { return alive() == "ClientRead1,SyncRep9"; }));
    CAPTURE(alive());
    w.server.administer("ALTER SYSTEM RESET synchronous_standby_names");
    w.server.administer("SELECT pg_reload_conf()");
    commits.join();
  }

  TEST_CASE("a standby takes the place although one of its looks reached its time limit") {
    cluster_world w;
    auto store = must(storage::open(w.options("a")));
    std::atomic<bool> lost_sight{false};
    auto options = w.options("b");
    options.on_trouble = [&](const std::string&) { lost_sight = true; };
    auto standby = waiting(options);
    CHECK(comes([&] { return standby->owner().who.name == "a"; }));
    {
      pqxx::connection other{w.server.url()};
      pqxx::work holds{other};
      holds.exec("LOCK TABLE schema_migrations IN ACCESS EXCLUSIVE MODE");
      REQUIRE(comes([&] { return lost_sight.load(); }));
      store.reset();
    }
    CHECK(comes([&] { return standby->result().due; }));
  }

  TEST_CASE("the owner is in the list, however many nodes started and stopped after it") {
    cluster_world w;
    auto store = must(storage::open(w.options("a")));
    w.ask("INSERT INTO nodes SELECT 'gone' || i, 'gone' || i, '', '', '1', '', 'stopped', 1, "
          "9000000000000000 + i FROM generate_series(1, 200) i RETURNING 1");
    postgres::node_table table{w.server.url(), {}, {"b", "b0123456789", "1"}};
    CHECK(table.list().front().who.name == "a");
    // Its beats forget them.
    CHECK(comes([&] { return w.ask("SELECT count(*) <= 21 FROM nodes") == "t"; }));
    CHECK(w.state_of("a") == "active");
  }

  TEST_CASE("a standby changes nothing in a database of another version") {
    cluster_world w;
    must(storage::open(w.options("a")));
    const auto newest = w.ask("SELECT max(version) FROM schema_migrations");
    // An owner of an earlier version: it has the lock, and no row.
    pqxx::connection owner{w.server.url()};
    pqxx::nontransaction holds{owner};
    holds.exec("DELETE FROM nodes; DELETE FROM schema_migrations WHERE version = " + newest);
    holds.exec("SELECT pg_advisory_lock(1128354377, 0)");
    {
      auto standby = waiting(w.options("b"));
      // Several looks.
      CHECK_FALSE(comes([&] { return standby->result().due; }, 3s));
      CHECK(w.ask("SELECT count(*) FROM nodes") == "0");
      CHECK(std::stoi(w.ask("SELECT max(version) FROM schema_migrations"))
            == std::stoi(newest) - 1);
    }
    holds.exec("INSERT INTO schema_migrations VALUES (" + newest + ", 'x', 0), ("
               + std::to_string(std::stoi(newest) + 1) + ", 'y', 0)");
    auto standby = waiting(w.options("b"));
    REQUIRE(comes([&] { return standby->result().fault.has_value(); }));
    CHECK(standby->result().fault->code == ec::store_too_new);
  }

  TEST_CASE("nodes go on beside additive steps of a later version, and end at another one") {
    cluster_world w;
    auto store = must(storage::open(w.options("a")));
    auto log = must(store->open_log_writer());
    auto standby = waiting(w.options("b"));
    REQUIRE(comes([&] { return standby->may_follow(); }));
    auto beside = w.options("b");
    beside.postgres.shared = true;
    auto follower = must(storage::open(beside));
    auto theirs = must(follower->open_log_writer());
    const auto looks_twice = [&](const std::string& name) {
      const auto beat = [&] { return w.ask("SELECT beat FROM nodes WHERE id = '" + name + "'"); };
      for (int i = 0; i < 2; ++i) {
        const auto before = beat();
        REQUIRE(comes([&] { return beat() != before; }));
      }
    };
    later_schema later{w.server.url()};
    later.add_additive("ALTER TABLE event_log ADD COLUMN later TEXT; "
                       "ALTER TABLE nodes ADD COLUMN later TEXT NOT NULL DEFAULT '';");
    looks_twice("a");
    looks_twice("b");
    CHECK(store->check_hold());
    CHECK(standby->may_follow());
    CHECK_FALSE(standby->result().fault.has_value());
    must(log->append(make_drafts("owner", 1), epoch));
    must(theirs->append(make_drafts("follower", 20), epoch));
    // Each of them starts again, and one takes the place.
    theirs.reset();
    follower.reset();
    CHECK(code_of(storage::open(beside)) == ec::none);
    log.reset();
    store.reset();
    REQUIRE(comes([&] { return standby->result().due; }));
    store = must(storage::open(w.options("b")));
    standby = waiting(w.options("c"));
    REQUIRE(comes([&] { return standby->may_follow(); }));
    later.add_breaking("ALTER TABLE event_log DROP COLUMN later;");
    REQUIRE(comes([&] { return standby->result().fault.has_value(); }));
    CHECK(standby->result().fault->code == ec::store_too_new);
    REQUIRE(comes([&] { return !store->check_hold(); }));
    CHECK(code_of(store->check_hold()) == ec::store_too_new);
    CHECK(code_of(storage::open(beside)) == ec::store_too_new);
  }

  TEST_CASE("who shares the database changes no tables under a node that has it") {
    cluster_world w;
    auto shared = w.options("c");
    shared.node = {};
    shared.postgres.shared = true;
    must(storage::open(w.options("a")));
    w.server.administer("DELETE FROM schema_migrations WHERE version = "
                        "(SELECT max(version) FROM schema_migrations)");
    const auto before = w.ask("SELECT max(version) FROM schema_migrations");
    pqxx::connection owner{w.server.url()};
    pqxx::nontransaction{owner}.exec("SELECT pg_advisory_lock(1128354377, 0)");
    CHECK(code_of(storage::open(shared)) == ec::store_unavailable);
    CHECK(w.ask("SELECT max(version) FROM schema_migrations") == before);
  }

  TEST_CASE("no event is recorded before its predecessor, though the next node's clock is behind") {
    cluster_world w;
    const auto late = epoch + 5min;
    {
      auto store = must(storage::open(w.options("a")));
      auto log = must(store->open_log_writer());
      must(log->append(make_drafts("a", 1), late));
    }
    auto store = must(storage::open(w.options("b")));
    auto log = must(store->open_log_writer());
    // Copied, inserted, and one that was appended meanwhile by somebody whose clock is ahead.
    for (size_t count : {size_t{20}, size_t{2}, size_t{1}}) {
      const auto drafts = make_drafts(std::to_string(count) + "-", count);
      must(log->append(drafts, epoch));
      for (const auto& x : drafts)
        CHECK(x->recorded_at == late);
    }
    auto other = w.options("c");
    other.node = {};
    other.postgres.shared = true;
    auto beside = must(storage::open(other));
    auto theirs = must(beside->open_log_writer());
    must(theirs->append(make_drafts("theirs", 1), late + 1min));
    const auto drafts = make_drafts("last", 1);
    must(log->append(drafts, late));
    CHECK(drafts.front()->recorded_at == late + 1min);
    must(log->append(make_drafts("now", 1), late + 2min));
    auto page = must(log->read({.after = 0, .filter = {}, .limit = 100}));
    for (size_t i = 1; i < page.events.size(); ++i)
      CHECK(page.events[i - 1]->recorded_at <= page.events[i]->recorded_at);
    CHECK(page.events.back()->recorded_at == late + 2min);
  }

  TEST_CASE("a node that follows appends beside the owner, changes no schema and no state") {
    cluster_world w;
    auto beside = w.options("b");
    beside.postgres.shared = true;
    // There is no store yet: its owner makes it.
    CHECK(code_of(storage::open(beside)) == ec::store_unavailable);
    CHECK(w.ask("SELECT to_regclass('schema_migrations') IS NULL") == "t");
    auto store = must(storage::open(w.options("a")));
    auto follower = must(storage::open(beside));
    CHECK(code_of(follower->open_state(true)) == ec::invalid_argument);
    must(follower->open_state(false));
    CHECK(follower->view_of_nodes() == nullptr);
    auto log = must(store->open_log_writer());
    auto theirs = must(follower->open_log_writer());
    position next = 1;
    // Few and many events, in turns, with ids that the other one has.
    for (const size_t count : {size_t{1}, size_t{3}, size_t{8}, size_t{9}, size_t{1}}) {
      const auto prefix = std::to_string(next) + "-";
      for (auto* at : {log.get(), theirs.get()}) {
        const auto drafts = make_drafts(prefix + (at == log.get() ? "a" : "b"), count);
        CHECK(must(at->append(drafts, epoch)).items.front().seq == next);
        next += count;
      }
      const auto again = must(log->append(make_drafts(prefix + "b", count), epoch));
      CHECK(again.items.front().duplicate);
      CHECK(again.items.front().seq == next - count);
    }
    CHECK(must(theirs->head()) == next - 1);
    // The next owner fences the former one, and not those that follow.
    w.server.terminate_all();
    auto taker = must(storage::open(w.options("c")));
    auto its_log = must(taker->open_log_writer());
    must(its_log->append(make_drafts("c", 1), epoch));
    CHECK(code_of(log->append(make_drafts("late", 1), epoch)) == ec::store_locked);
    expected<append_result> done = failure{};
    CHECK(comes([&] { return (done = theirs->append(make_drafts("on", 1), epoch)).has_value(); }));
    CHECK(must(its_log->head()) == next + 1);
  }

  TEST_CASE("an owner opens the store while others append to it") {
    cluster_world w;
    must(storage::open(w.options("a")));
    auto beside = w.options("b");
    beside.postgres.shared = true;
    auto follower = must(storage::open(beside));
    auto theirs = must(follower->open_log_writer());
    std::atomic<bool> stop{false};
    std::thread appends{[&] {
      for (int n = 0; !stop; ++n)
        must(theirs->append(make_drafts(std::to_string(n) + "-", 1), epoch));
    }};
    std::vector<ec> opened;
    for (int i = 0; i < 30; ++i)
      opened.push_back(code_of(storage::open(w.options("c" + std::to_string(i)))));
    stop = true;
    appends.join();
    CHECK(opened == std::vector<ec>(30, ec::none));
  }

  TEST_CASE("the owner ends the connections of a standby that is silent, and of no other node") {
    cluster_world w;
    auto store = must(storage::open(w.options("a")));
    auto living = waiting(w.options("b"));
    REQUIRE(comes([&] { return w.state_of("b") == "standby"; }));
    w.server.administer("INSERT INTO nodes SELECT 'silent' || id, id, '', '', '', '', state, 1, 1 "
                        "FROM (VALUES ('s', 'standby'), ('l', 'lost')) x (id, state)");
    const auto connect = [&](const std::string& name) {
      return std::make_unique<pqxx::connection>(w.server.url() + "?application_name=carillon%2F"
                                                + name);
    };
    // It has the lock of the log, as amid a COPY.
    auto silent = connect("s%2Fsilents");
    pqxx::nontransaction holds{*silent};
    holds.exec("SELECT pg_advisory_lock(1128354377, 1)");
    auto lost = connect("l%2Fsilentl");
    const auto is_there = [&](const std::string& name) {
      return w.ask("SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'carillon/"
                   + name + "'")
             == "t";
    };
    REQUIRE(is_there("s/silents"));
    CHECK(comes([&] { return !is_there("s/silents"); }));
    CHECK(is_there("l/silentl"));
    CHECK(is_there("b/b0123456789"));
    CHECK(living->owner().who.name == "a");
    CHECK(living->may_follow());
    CHECK(living->nodes().size() == 4);
    auto log = must(store->open_log_writer());
    must(log->append(make_drafts("a", 1), epoch));
  }

  TEST_CASE("rows of nodes that are gone do not add up") {
    cluster_world w;
    must(storage::open(w.options("a")));
    w.server.administer("INSERT INTO nodes SELECT 'x' || n, 'x', '', '', '', '', 'lost', 1, n "
                        "FROM generate_series(1, 100) n");
    must(storage::open(w.options("b")));
    CHECK(w.ask("SELECT count(*) FROM nodes WHERE state IN ('lost', 'stopped')") == "21");
  }
}

} // namespace carillon::test

#include "persistence/sqlite/guard.hpp"
#include "persistence/sqlite/index/id_gaps.hpp"
#include "persistence/sqlite/index/id_key.hpp"
#include "persistence/sqlite/index/index_reader.hpp"
#include "persistence/sqlite/log/known_ids.hpp"
#include "persistence/sqlite/log_indexer.hpp"
#include "persistence/sqlite/sqlite_storage.hpp"
#include "tests/persistence/sqlite/sqlite_test_store.hpp"
#include "tests/support/random_run.hpp"

#include <map>
#include <random>
#include <set>

// An id is stored once for ever, whatever happens to the index.

namespace carillon::test {

TEST_SUITE("persistence/known_ids") {
  namespace {

  /// Appends an event of each id; answers how many were new.
  size_t append_ids(event_log& log, const std::string& prefix, size_t count) {
    size_t fresh = 0;
    for (const auto& x : must(log.append(make_drafts(prefix, count), epoch)).items)
      fresh += x.duplicate ? 0 : 1;
    return fresh;
  }

  /// A log whose ids are looked up with little memory.
  struct small_memory {
    sqlite_test_store store;
    std::shared_ptr<sqlite::index_status> status = std::make_shared<sqlite::index_status>();
    std::shared_ptr<segments::segment_store> log;
    std::unique_ptr<sqlite::known_ids> ids;
    sqlite::log_place place;

    explicit small_memory(size_t events, bool indexed) {
      {
        const auto open = store.open();
        must(must(open->open_log_writer())->append(make_drafts("a", events), epoch));
        if (indexed)
          index_all(*open);
      }
      segments::segment_options options;
      options.how = segments::segment_options::access::read;
      log = must(segments::segment_store::open(segments::files_in(store.file("log").string()),
                                               options, epoch));
      place.open = [this]() -> expected<segments::segment_reader> { return log->reader(); };
      ids = std::make_unique<sqlite::known_ids>(
        sqlite::connection_options{.file = store.file("index.db")}, status, place, 1'000);
    }

    expected<std::vector<std::optional<receipt>>> look_up(const std::vector<draft_ptr>& drafts) {
      return sqlite::guarded([&]() -> expected<std::vector<std::optional<receipt>>> {
        return ids->look_up(drafts, log->log().head());
      });
    }
  };

  } // namespace

  TEST_CASE("what the index has, what is behind it, and what is in the call is found") {
    sqlite_test_store store;
    storage_options options;
    options.index_batch = 100;
    const auto open = store.open(options);
    const auto log = must(open->open_log_writer());
    const auto indexer = must(open->open_indexer());
    CHECK(append_ids(*log, "a", 250) == 250);
    for (int step = 0; step < 5; ++step) {
      CHECK(append_ids(*log, "a", 250) == 0);
      CHECK(append_ids(*log, "b" + std::to_string(step) + ".", 30) == 30);
      const auto twice = must(log->append(
        {{make_draft("x" + std::to_string(step)), make_draft("x" + std::to_string(step))}}, epoch));
      CHECK_FALSE(twice.items[0].duplicate);
      CHECK(twice.items[1].duplicate);
      CHECK(twice.items[1].seq == twice.items[0].seq);
      must(indexer->step());
    }
  }

  TEST_CASE("ids that the engine made are not looked up, and found by those of publishers") {
    sqlite_test_store store;
    const auto open = store.open();
    const auto log = must(open->open_log_writer());
    const auto made = make_draft("0190a5b2-7c9b-7000-8000-000000000001");
    made->is_id_fresh = true;
    const auto repeated = make_draft(made->id);
    const auto result = must(log->append({{made, repeated}}, epoch));
    CHECK(result.items[1] == receipt{.seq = 1, .duplicate = true, .conflicting_type = {}});
    CHECK(must(log->append({{make_draft(made->id)}}, epoch)).items[0].duplicate);
    index_all(*open);
    CHECK(must(log->append({{make_draft(made->id)}}, epoch)).items[0].duplicate);
    CHECK(must(must(open->open_log_reader())->find({.seq = 0, .id = made->id}))->seq == 1);
  }

  TEST_CASE("with an index that is far behind nothing is said to be new, until it has come near") {
    small_memory x{3'000, false};
    const auto refused = x.look_up({make_draft("new")});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ec::store_unavailable);
    CHECK(refused.error().detail.find("is being rebuilt") != std::string::npos);
    const auto fresh = make_draft("made");
    fresh->is_id_fresh = true;
    CHECK_FALSE(must(x.look_up({fresh}))[0]);
    sqlite::log_indexer indexer{
      x.place,  {.file = x.store.file("index.db"), .access = sqlite::access::write},
      x.status, x.log->history(),
      1'500,    nullptr};
    must(indexer.step());
    CHECK(code_of(x.look_up({make_draft("new")})) == ec::store_unavailable);
    must(indexer.step());
    const auto found = must(x.look_up({make_draft("new"), make_draft("a0"), make_draft("a2999")}));
    CHECK_FALSE(found[0]);
    CHECK(found[1]->seq == 1);
    CHECK(found[2]->seq == 3'000);
  }

  TEST_CASE("an index that is replaced while appends go on makes nothing new that is in the log") {
    small_memory x{3'000, true};
    CHECK(must(x.look_up({make_draft("a7")}))[0]->seq == 8);
    must(sqlite::recreate_index({.file = x.store.file("index.db"), .access = sqlite::access::write},
                                epoch));
    ++x.status->generation;
    CHECK(code_of(x.look_up({make_draft("a7")})) == ec::store_unavailable);
    CHECK(code_of(x.look_up({make_draft("a2999")})) == ec::store_unavailable);
    sqlite::log_indexer indexer{
      x.place,  {.file = x.store.file("index.db"), .access = sqlite::access::write},
      x.status, x.log->history(),
      9'999,    nullptr};
    must(indexer.step());
    CHECK(must(x.look_up({make_draft("a7")}))[0]->seq == 8);
    CHECK(must(x.look_up({make_draft("a2999")}))[0]->seq == 3'000);
  }

  TEST_CASE("an index that is damaged is not asked: the log itself, if it is short") {
    for (const size_t events : {size_t{900}, size_t{3'000}}) {
      CAPTURE(events);
      small_memory x{events, true};
      const auto pages = std::filesystem::file_size(x.store.file("index.db")) / 4'096;
      for (uint64_t page = 3; page < pages; ++page)
        x.store.overwrite("index.db", page * 4'096, std::string(100, '\x55'));
      const auto found = x.look_up({make_draft("a7"), make_draft("new")});
      CHECK(x.status->damaged);
      if (events > 1'000) {
        CHECK(code_of(found) == ec::store_unavailable);
        continue;
      }
      CHECK(must(found)[0]->seq == 8);
      CHECK_FALSE(must(found)[1]);
    }
  }

  TEST_CASE("an index that is ahead of the log is none") {
    small_memory x{100, true};
    x.store.tamper("index.db", "UPDATE index_state SET cursor = 101");
    CHECK(code_of(x.look_up({make_draft("new")})) == ec::store_unavailable);
    CHECK(x.status->damaged);
  }

  TEST_CASE("damage that the index has not passed makes publishers wait, not drop their events") {
    small_memory x{900, false};
    x.store.overwrite("log/00000000000000000001.seg", 4'200, std::string(64, '\x55'));
    CHECK(code_of(x.look_up({make_draft("new")})) == ec::store_unavailable);
    CHECK(code_of(x.look_up({make_draft("a1")})) == ec::store_unavailable);
  }

  TEST_CASE("random appends, restarts and losses of the index: each id is there once") {
    const auto seed = seed_of_run();
    INFO("CARILLON_SEED=" << seed);
    std::mt19937 random{seed};
    const auto below = [&](size_t n) {
      return std::uniform_int_distribution<size_t>{0, n - 1}(random);
    };
    sqlite_test_store store;
    storage_options options;
    options.index_batch = 50;
    auto open = store.open(options);
    auto log = must(open->open_log_writer());
    auto indexer = must(open->open_indexer());
    std::map<std::string, position> model;
    for (int round = 0; round < 300; ++round) {
      std::vector<draft_ptr> drafts;
      for (size_t n = 1 + below(20); n > 0; --n) {
        auto x = make_draft("e" + std::to_string(below(2'000)), "order.created",
                            "c" + std::to_string(below(2)));
        x->source = below(2) == 0 ? "/a" : "/b";
        drafts.push_back(std::move(x));
      }
      const auto result = must(log->append(drafts, epoch));
      for (size_t i = 0; i < drafts.size(); ++i) {
        const auto& x = *drafts[i];
        const auto [there, is_new]
          = model.try_emplace(x.id + ' ' + x.source + ' ' + x.company_id, result.items[i].seq);
        REQUIRE(result.items[i].duplicate != is_new);
        REQUIRE(result.items[i].seq == there->second);
      }
      REQUIRE(must(log->head()) == model.size());
      if (below(3) == 0)
        must(indexer->step());
      const auto what = below(30);
      if (what > 3)
        continue;
      log.reset();
      indexer.reset();
      open.reset();
      if (what == 0)
        std::filesystem::remove(store.file("index.db"));
      if (what == 1)
        store.overwrite("index.db", 0, std::string(200, 'x'));
      open = store.open(options);
      log = must(open->open_log_writer());
      indexer = must(open->open_indexer());
    }
  }

  TEST_CASE("ids that ascend behind those of the index cost one look-up; any call is answered") {
    const auto uuid = [](size_t n) {
      auto digits = std::to_string(n);
      return "0190a5b2-7c9b-7000-8000-" + std::string(12 - digits.size(), '0') + digits;
    };
    sqlite_test_store store;
    std::set<std::string> there;
    {
      const auto open = store.open();
      std::vector<draft_ptr> drafts;
      for (size_t n = 0; n < 500; ++n)
        for (auto id : {uuid(2 * n), "e" + std::to_string(3 * n)})
          if (there.insert(id).second)
            drafts.push_back(make_draft(id));
      must(must(open->open_log_writer())->append(drafts, epoch));
      index_all(*open);
    }
    sqlite::index_reader index{{.file = store.file("index.db")}};
    sqlite::id_gaps gaps;
    std::vector<bool> found;
    const auto look_up = [&](const std::vector<std::string>& ids) {
      gaps.clear();
      for (size_t i = 0; i < ids.size(); ++i)
        gaps.add(ids[i], i);
      found.assign(ids.size(), false);
      const auto look_ups = gaps.look_up(index.sql(), found);
      for (size_t i = 0; i < ids.size(); ++i) {
        CAPTURE(ids[i]);
        CHECK(found[i] == there.contains(ids[i]));
      }
      return look_ups;
    };
    CHECK(look_up({}) == 0);
    std::vector<std::string> ascending;
    for (size_t n = 1'000; n < 1'600; ++n)
      ascending.push_back(uuid(n));
    CHECK(look_up(ascending) == 1);
    // Behind all that the index has.
    CHECK(look_up({"z1", "z2", "z0"}) == 1);
    CHECK(look_up({uuid(4), uuid(5), uuid(4)}) == 2);
    const auto seed = seed_of_run();
    INFO("CARILLON_SEED=" << seed);
    std::mt19937 random{seed};
    for (int round = 0; round < 50; ++round) {
      std::vector<std::string> some;
      for (size_t n = random() % 40; n > 0; --n)
        some.push_back(random() % 2 == 0 ? uuid(random() % 1'100)
                                         : "e" + std::to_string(random() % 1'600));
      CHECK(look_up(some) <= some.size());
    }
  }

  TEST_CASE("keys of ids: UUIDs are packed, others are themselves") {
    using sqlite::id_key;
    const std::string uuid = "0190a5b2-7c9b-7fff-8000-00000000000a";
    CHECK(id_key{uuid}.bytes().size() == 16);
    CHECK(id_key{uuid}.bytes().substr(0, 2) == "\x01\x90");
    for (const std::string other :
         {"0190A5B2-7C9B-7FFF-8000-00000000000A", "e-1", "", "0190a5b2-7c9b-7fff-8000-00000000000g",
          "0190a5b2_7c9b-7fff-8000-00000000000a"})
      CHECK(id_key{other}.bytes() == other);
    constexpr sip_key key{1, 2};
    CHECK(sqlite::name_hash(key, "acme") == sqlite::name_hash(key, "acme"));
    CHECK(sqlite::name_hash(key, "acme") != sqlite::name_hash({1, 3}, "acme"));
    CHECK(sqlite::name_hash(key, "acme") != sqlite::name_hash(key, "acmf"));
  }

  TEST_CASE("hashes of companies and sources have 64 bits, and a key of their file") {
    std::set<sip_key, decltype([](const sip_key& a, const sip_key& b) {
               return std::pair{a.first, a.second} < std::pair{b.first, b.second};
             })>
      keys;
    for (int i = 0; i < 3; ++i) {
      sqlite_test_store store;
      {
        const auto open = store.open();
        must(must(open->open_log_writer())->append(make_drafts("a", 50), epoch));
        index_all(*open);
      }
      sqlite::connection db{{.file = store.file("index.db")}};
      const auto key = sqlite::name_key_of(db);
      keys.insert(key);
      sqlite::statement ask{db.handle(), "SELECT DISTINCT company FROM idx_id"};
      REQUIRE(ask.step());
      CHECK(ask.integer(0) == sqlite::name_hash(key, "acme"));
      CHECK_FALSE(ask.step());
      // Another key, as an index that was made anew has: the ids are found in it.
      must(sqlite::recreate_index({.file = store.file("index.db"), .access = sqlite::access::write},
                                  epoch));
      sqlite::connection fresh{{.file = store.file("index.db")}};
      keys.insert(sqlite::name_key_of(fresh));
    }
    CHECK(keys.size() == 6);
    sqlite_test_store store;
    store.open().reset();
    store.tamper("index.db", "UPDATE index_key SET key = x'00'");
    const auto open = store.open();
    const auto log = must(open->open_log_writer());
    CHECK(append_ids(*log, "a", 10) == 10);
    CHECK(append_ids(*log, "a", 10) == 0);
  }

  TEST_CASE("an id of sixteen bytes that are those of a UUID is another id") {
    sqlite_test_store store;
    const auto open = store.open();
    const auto log = must(open->open_log_writer());
    const std::string uuid = "41424344-4546-4748-494a-4b4c4d4e4f50";
    const std::string bytes = "ABCDEFGHIJKLMNOP";
    must(log->append({{make_draft(uuid)}}, epoch));
    index_all(*open);
    CHECK_FALSE(must(log->append({{make_draft(bytes)}}, epoch)).items[0].duplicate);
    index_all(*open);
    CHECK(must(log->append({{make_draft(bytes)}}, epoch)).items[0].seq == 2);
    CHECK(must(log->append({{make_draft(uuid)}}, epoch)).items[0].seq == 1);
    CHECK(must(log->find({.seq = 0, .id = bytes}))->seq == 2);
    CHECK(must(log->query({.id = uuid})).events.size() == 1);
  }
}

} // namespace carillon::test

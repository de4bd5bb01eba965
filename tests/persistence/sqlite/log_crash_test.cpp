#include "base/file/descriptor.hpp"
#include "tests/persistence/sqlite/sqlite_test_store.hpp"
#include "tests/support/random_run.hpp"

#include <csignal>
#include <map>
#include <random>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

// Processes that are killed while they append: what was acknowledged is there, once.

namespace carillon::test {

TEST_SUITE("persistence/log_crash") {
  namespace {

  /// What a writer tells of an event: the number in its id, and its position.
  struct told {
    uint32_t id;
    uint32_t seq;
  };

  storage_options small_files() {
    storage_options options;
    options.index_batch = 500;
    options.log_segment_bytes = 256UL * 1024;
    options.log_compress = log_compression::zstd;
    return options;
  }

  /// Appends, indexes, seals and compresses until it is killed. Ids repeat.
  [[noreturn]] void write_until_killed(sqlite_test_store& store, int out, uint32_t seed) {
    const auto open = store.open(small_files());
    const auto log = must(open->open_log_writer());
    std::thread behind{[&] {
      const auto indexer = must(open->open_indexer());
      const auto checkpointer = must(open->open_checkpointer());
      for (;;) {
        must(indexer->step());
        must(checkpointer->run());
      }
    }};
    std::mt19937 random{seed};
    for (;;) {
      std::vector<draft_ptr> drafts;
      std::vector<told> all;
      for (size_t n = 1 + random() % 60; n > 0; --n) {
        all.push_back({static_cast<uint32_t>(random() % 40'000), 0});
        drafts.push_back(make_draft("e" + std::to_string(all.back().id)));
        drafts.back()->data = "{\"pad\":\"" + std::string(random() % 400, 'x') + "\"}";
      }
      const auto result = must(log->append(drafts, epoch));
      for (size_t i = 0; i < all.size(); ++i)
        all[i].seq = static_cast<uint32_t>(result.items[i].seq);
      const auto bytes = all.size() * sizeof(told);
      if (::write(out, all.data(), bytes) != static_cast<ssize_t>(bytes))
        _exit(1);
    }
  }

  /// Runs a writer for some time. Its reports are added to the model.
  void run_writer(sqlite_test_store& store, std::map<uint32_t, uint32_t>& model, uint32_t seed) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const auto child = fork();
    REQUIRE(child >= 0);
    if (child == 0)
      write_until_killed(store, ends[1], seed);
    ::close(ends[1]);
    const descriptor in{ends[0]};
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{30 + seed % 200};
    size_t count = 0;
    told x{};
    bool killed = false;
    while (::read(in.get(), &x, sizeof x) == sizeof x) {
      const auto [there, added] = model.emplace(x.id, x.seq);
      REQUIRE(there->second == x.seq);
      if (!killed && ++count > 50 && std::chrono::steady_clock::now() > end) {
        killed = true;
        kill(child, SIGKILL);
      }
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
  }

  void check_all(sqlite_test_store& store, const std::map<uint32_t, uint32_t>& model) {
    const auto open = store.open(small_files());
    const auto log = must(open->open_log_writer());
    const auto head = must(log->head());
    std::map<std::string, position> found;
    for (position at = 0; at < head;) {
      const auto page = must(log->read({.after = at, .filter = {}, .limit = 5'000}));
      for (const auto& x : page.events) {
        REQUIRE(x->seq == ++at);
        REQUIRE(found.emplace(x->id, x->seq).second);
      }
    }
    for (const auto& [id, seq] : model)
      REQUIRE(found.at("e" + std::to_string(id)) == seq);
  }

  } // namespace

  TEST_CASE("writers that are killed lose nothing and store nothing twice") {
    const auto seed = seed_of_run();
    INFO("CARILLON_SEED=" << seed);
    std::mt19937 random{seed};
    const auto* asked = std::getenv("LOG_CRASH_CYCLES");
    const int cycles = asked != nullptr ? std::atoi(asked) : 12;
    sqlite_test_store store;
    std::map<uint32_t, uint32_t> model;
    for (int i = 0; i < cycles; ++i) {
      run_writer(store, model, static_cast<uint32_t>(random()));
      if (random() % 4 == 0)
        std::filesystem::remove(store.file("index.db"));
      if (random() % 3 == 0 || i + 1 == cycles)
        check_all(store, model);
    }
    CHECK(model.size() > 500);
  }
}

} // namespace carillon::test

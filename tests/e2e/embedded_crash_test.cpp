#include "tests/support/process.hpp"
#include "tests/support/random_run.hpp"

#include <doctest/doctest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>

#include <poll.h>
#include <signal.h>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/embedded_crash") {
  namespace {

  /// Which positions each handler has seen.
  std::map<std::string, std::set<uint64_t>> read_seen(const std::string& file) {
    std::map<std::string, std::set<uint64_t>> out;
    std::ifstream in{file};
    std::string handler;
    uint64_t seq = 0;
    while (in >> handler >> seq)
      out[handler].insert(seq);
    return out;
  }

  bool saw_all(const std::string& file, const std::set<uint64_t>& acked) {
    auto seen = read_seen(file);
    for (const char* handler : {"steady", "shaky"})
      for (auto seq : acked)
        if (!seen[handler].contains(seq))
          return false;
    return true;
  }

  /// The one number that the query finds in the state; -1 without one.
  int64_t ask(const std::string& data, const std::string& query) {
    sqlite3* db = nullptr;
    sqlite3_stmt* statement = nullptr;
    int64_t out = -1;
    sqlite3_open_v2((data + "/state.db").c_str(), &db, SQLITE_OPEN_READONLY, nullptr);
    if (sqlite3_prepare_v2(db, query.c_str(), -1, &statement, nullptr) == SQLITE_OK
        && sqlite3_step(statement) == SQLITE_ROW)
      out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(db);
    return out;
  }

  /// True if the table of the application has all these events of both handlers.
  bool wrote_all(const std::string& data, const std::set<uint64_t>& acked) {
    const auto wanted = static_cast<int64_t>(*acked.rbegin());
    for (const std::string handler : {"effect", "actor"})
      if (ask(data, "SELECT count(DISTINCT seq) FROM app_seen WHERE handler = '" + handler
                      + "' AND seq <= " + std::to_string(wanted))
          < wanted)
        return false;
    return true;
  }

  } // namespace

  TEST_CASE("handlers of an application see every event at least once across kill -9") {
    auto seed = std::random_device{}();
    MESSAGE("seed ", seed);
    std::mt19937 rng{seed};
    temporary_directory dir;
    auto data = dir.path() + "/data";
    auto seen = dir.path() + "/seen";
    auto log = dir.path() + "/log";
    std::set<uint64_t> acked;
    for (unsigned cycle = 0; cycle < crash_cycles(); ++cycle) {
      process app{CRASH_APP, {data, seen, std::to_string(1 + cycle * 1'000'000)}, log};
      REQUIRE(app.read_line() == "ready");
      // Kill it after a random number of acknowledgements.
      for (auto left = 1 + rng() % 400; left > 0; --left) {
        auto line = app.read_line();
        REQUIRE(line);
        acked.insert(std::stoull(line->substr(4)));
      }
      app.signal(SIGKILL);
      while (auto line = app.read_line())
        if (line->starts_with("ack "))
          acked.insert(std::stoull(line->substr(4)));
      CHECK(app.wait() == 128 + SIGKILL);
    }
    CHECK(*acked.rbegin() >= acked.size());
    process app{CRASH_APP, {data, seen, "0"}, log};
    REQUIRE(app.read_line() == "ready");
    auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!(saw_all(seen, acked) && wrote_all(data, acked))
           && std::chrono::steady_clock::now() < deadline)
      ::poll(nullptr, 0, 50);
    CHECK(saw_all(seen, acked));
    // Rows that commit with the cursor: each event once.
    CHECK(wrote_all(data, acked));
    CHECK(ask(data, "SELECT count(*) FROM (SELECT 1 FROM app_seen GROUP BY handler, seq "
                    "HAVING count(*) > 1)")
          == 0);
    app.signal(SIGTERM);
    CHECK(app.wait() == 0);
    MESSAGE(acked.size(), " acknowledged events seen by two handlers");
  }
}

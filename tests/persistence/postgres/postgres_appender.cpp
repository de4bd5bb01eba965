// Appends beside others to a database: postgres_appender URL PREFIX THREADS BATCHES.
// Every fifth batch has an event that the database refuses, so that its transaction is aborted. The
// others are sent again when they fail, as a publisher does: on a busy machine a statement may
// reach its limit. One line of standard output for each event that was acknowledged: its id.

#include "base/time.hpp"
#include "persistence/storage.hpp"

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace carillon;

namespace {

/// Each attempt has the limits of the store.
constexpr int most_attempts = 20;

std::vector<draft_ptr> drafts_of(const std::string& prefix, bool doomed) {
  std::vector<draft_ptr> out;
  for (int i = 0; i < 3; ++i) {
    auto x = std::make_shared<event>();
    x->id = prefix + std::to_string(i);
    x->source = "appender";
    x->type = doomed && i == 2 ? "test.doomed" : "test.made";
    x->time = wall_clock_now();
    x->data = "{}";
    x->metadata = "{}";
    out.push_back(std::move(x));
  }
  return out;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 5)
    return 2;
  storage_options options;
  options.url = argv[1];
  options.postgres.shared = true;
  const std::string prefix = argv[2];
  const auto threads = std::atoi(argv[3]);
  const auto batches = std::atoi(argv[4]);
  std::mutex mutex;
  bool failed = false;
  auto tell = [](const char* what, const failure& why) {
    std::fprintf(stderr, "%s: %s: %s\n", what, to_string(why.code).c_str(), why.detail.c_str());
  };
  auto publish = [&](int thread) {
    std::unique_ptr<storage> store;
    std::unique_ptr<event_log> log;
    for (int attempt = 0; !log && attempt < most_attempts; ++attempt) {
      auto opened = storage::open(options);
      if (opened)
        store = std::move(*opened);
      auto writer
        = opened ? store->open_log_writer() : expected<std::unique_ptr<event_log>>{opened.error()};
      if (writer)
        log = std::move(*writer);
      else
        tell("open", writer.error());
    }
    for (int n = 0; log && n < batches; ++n) {
      const bool doomed = n % 5 == 4;
      auto drafts
        = drafts_of(prefix + std::to_string(thread) + '-' + std::to_string(n) + '-', doomed);
      auto done = log->append(drafts, wall_clock_now());
      for (int attempt = 1; !done && !doomed && attempt < most_attempts; ++attempt) {
        tell("append", done.error());
        done = log->append(drafts, wall_clock_now());
      }
      std::lock_guard guard{mutex};
      failed = failed || done.has_value() == doomed;
      if (done)
        for (const auto& x : drafts)
          std::puts(x->id.c_str());
    }
    std::lock_guard guard{mutex};
    failed = failed || !log;
  };
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i)
    all.emplace_back(publish, i);
  for (auto& x : all)
    x.join();
  return failed ? 1 : 0;
}

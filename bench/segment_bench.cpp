// The files of the embedded log, beside SQLite alone with the same row, in the same run.
//
//   segment_bench [--seconds 2] [--rounds 5]
//
// Groups of 1, 64 and 512 events: events per second, megabytes per second, microseconds of
// processor time per event in the thread that appends (with the kernel's work for it), and the
// ratio of the medians. Then the events that were written are read and built again. The time to
// make events does not count. Every figure is printed as one JSON line. DIR comes from
// $CARILLON_BENCH_DIR, default /var/tmp.

#include "bench/support.hpp"

#include "persistence/segments/segment_store.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string_view>
#include <thread>

#include <time.h>

using namespace carillon;
using namespace carillon::bench;
using namespace carillon::segments;

namespace {

using append_function = std::function<void(const std::vector<draft_ptr>&)>;

struct measured {
  std::vector<double> rates;
  std::vector<double> processor_us;
  double bytes_per_event = 0;
};

double thread_seconds() {
  timespec x{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &x);
  return static_cast<double>(x.tv_sec) + static_cast<double>(x.tv_nsec) * 1e-9;
}

template <class T>
T must_have(expected<T> x) {
  if (!x)
    fail(x.error().detail);
  return std::move(*x);
}

double median(std::vector<double> xs) {
  std::sort(xs.begin(), xs.end());
  return xs[xs.size() / 2];
}

void measure(measured& to, size_t group, double seconds, const append_function& append) {
  uint64_t n = 0;
  double spent = 0.0;
  double processor = 0.0;
  while (spent < seconds) {
    std::vector<std::vector<draft_ptr>> stock;
    for (size_t i = 0; i < 64; ++i)
      stock.push_back(make_drafts(group, n));
    for (const auto& drafts : stock) {
      const auto before = thread_seconds();
      stopwatch watch;
      append(drafts);
      spent += watch.seconds();
      processor += thread_seconds() - before;
    }
  }
  to.rates.push_back(static_cast<double>(n) / spent);
  to.processor_us.push_back(processor / static_cast<double>(n) * 1e6);
}

std::unique_ptr<segment_store> open_log(const std::string& dir) {
  std::filesystem::create_directory(dir);
  return must_have(segment_store::open(files_in(dir), {}, wall_clock_now()));
}

void measure_segments(measured& to, const std::string& dir, size_t group, double seconds) {
  auto log = open_log(dir);
  std::atomic<bool> is_over{false};
  std::thread keeper{[&] {
    while (!is_over) {
      if (auto done = log->maintain(); !done)
        fail(done.error().detail);
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
  }};
  measure(to, group, seconds, [&](const std::vector<draft_ptr>& drafts) {
    if (auto done = log->writer().append(drafts, drafts.back()->time); !done)
      fail(done.error().detail);
  });
  is_over = true;
  keeper.join();
  to.bytes_per_event
    = static_cast<double>(log->log().bytes()) / static_cast<double>(log->log().head());
}

void read_again(const std::string& dir) {
  stopwatch opening;
  auto log = open_log(dir);
  const auto opened = opening.seconds();
  auto reader = log->reader();
  stopwatch watch;
  size_t data_bytes = 0;
  for (position p = 1; p <= reader.head(); ++p)
    data_bytes += event_of(*must_have(reader.at(p)))->data.size();
  const auto rate = static_cast<double>(reader.head()) / watch.seconds();
  std::printf(R"({"what":"read","events":%llu,"events_per_s":%.5g,"open_ms":%.4g,"data_bytes":%zu})"
              "\n",
              static_cast<unsigned long long>(reader.head()), rate, opened * 1e3, data_bytes);
}

void compare(size_t group, double seconds, size_t rounds) {
  measured ours;
  measured sqlite;
  for (size_t i = 0; i < rounds; ++i) {
    scratch_directory dir;
    bare_sqlite db{dir.path()};
    measure(sqlite, group, seconds, [&](const auto& drafts) { db.append(drafts); });
    measure_segments(ours, dir.path() + "/log", group, seconds);
    if (i + 1 == rounds)
      read_again(dir.path() + "/log");
  }
  const auto rate = median(ours.rates);
  std::printf(R"({"what":"append","group":%zu,"segments":%s,"sqlite":%s,"ratio":%.3g,)"
              R"("mb_per_s":%.4g,"bytes_per_event":%.4g,"processor_us":%.3g,)"
              R"("sqlite_processor_us":%.3g})"
              "\n",
              group, spread(ours.rates).c_str(), spread(sqlite.rates).c_str(),
              rate / median(sqlite.rates), rate * ours.bytes_per_event / 1e6, ours.bytes_per_event,
              median(ours.processor_us), median(sqlite.processor_us));
  std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
  double seconds = 2;
  size_t rounds = 5;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name{argv[i]};
    if (name == "--seconds")
      seconds = std::atof(argv[i + 1]);
    else if (name == "--rounds")
      rounds = static_cast<size_t>(std::atoi(argv[i + 1]));
    else
      fail("unknown option " + std::string{name});
  }
  for (const size_t group : {size_t{1}, size_t{64}, size_t{512}})
    compare(group, seconds, rounds);
}

// The check of the evidence, `carillon audit verify`: all events of a log are read and hashed.
//
//   evidence_bench [--events 1000000] [--rounds 5]
//
// Events per second, and seconds of processor time per million events, of the check, and of its
// parts alone: reading the pages, hashing the leaves. The ratio is that of the check to SHA-256
// of OpenSSL over the same bytes of `data`, once, in one thread. Every figure is one JSON line. DIR
// comes from $CARILLON_BENCH_DIR, default /var/tmp.

#include "bench/support.hpp"

#include "base/crypto/ed25519.hpp"
#include "base/crypto/sha256_stream.hpp"
#include "messages/evidence/event_leaf.hpp"
#include "messages/evidence/head_text.hpp"
#include "persistence/evidence/evidence_check.hpp"
#include "persistence/evidence/evidence_keys.hpp"
#include "persistence/storage.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string_view>

#include <sys/resource.h>

using namespace carillon;
using namespace carillon::bench;

namespace {

const std::string salt_key(32, 'k');
const std::string seed(32, 's');

template <class T>
T must_have(expected<T> x) {
  if (!x)
    fail(x.error().detail);
  return std::move(*x);
}

void must_do(const expected<void>& x) {
  if (!x)
    fail(x.error().detail);
}

/// Of all threads.
double processor_seconds() {
  rusage x{};
  ::getrusage(RUSAGE_SELF, &x);
  const auto of = [](const timeval& y) {
    return static_cast<double>(y.tv_sec) + static_cast<double>(y.tv_usec) * 1e-6;
  };
  return of(x.ru_utime) + of(x.ru_stime);
}

event_page page_after(event_log& log, position x) {
  read_request request;
  request.after = x;
  request.limit = 4'096;
  return must_have(log.read(request));
}

/// Appends events, and seals them as a node does.
void fill(storage& store, uint64_t count) {
  const auto log = must_have(store.open_log_writer());
  uint64_t n = 0;
  while (n < count) {
    const auto drafts = make_drafts(std::min<size_t>(4'096, count - n), n);
    must_have(log->append(drafts, bench_time(n)));
  }
  const auto state = must_have(store.open_state(true));
  const auto origin = origin_of(store.history());
  must_do(state->evidence().bind_salt(salt_fingerprint(salt_key)));
  const note_key key{origin, *ed25519_public_key(seed)};
  must_do(state->evidence().list_key(key.text(), bench_time(0)));
  const auto opened
    = must_have(state->consumers().open({.name = evidence_store::consumer}, bench_time(0)));
  leaf_hasher hasher{salt_key};
  for (position at = 0; at < count;) {
    consumer_commit commit{.consumer = evidence_store::consumer, .now = bench_time(n)};
    commit.generation = opened.record.generation;
    for (const auto& x : page_after(*log, at).events) {
      commit.effects.add(event_leaf{x->seq, hasher(*x)});
      commit.cursor = at = x->seq;
    }
    const std::vector<consumer_commit_ptr> all{
      std::make_shared<consumer_commit>(std::move(commit))};
    must_do(state->consumers().commit(all));
  }
  const auto tree = must_have(state->evidence().tree());
  const auto head = make_checkpoint(origin, tree.tree, tree.audit_end, bench_time(n));
  must_do(state->evidence().store(
    {{head.size, bench_time(n), must_have(sign_note(head.text(), origin, seed))}}));
}

struct measured {
  std::vector<double> rates;
  std::vector<double> processor;

  void add(uint64_t events, const std::function<void()>& work) {
    const auto before = processor_seconds();
    const stopwatch watch;
    work();
    rates.push_back(static_cast<double>(events) / watch.seconds());
    processor.push_back((processor_seconds() - before) * 1e6 / static_cast<double>(events));
  }

  void print(const char* name) const {
    std::printf("{\"bench\":\"evidence\",\"what\":\"%s\",\"eventsPerSecond\":%s,"
                "\"processorSecondsPerMillion\":%s}\n",
                name, spread(rates).c_str(), spread(processor).c_str());
    std::fflush(stdout);
  }
};

void read_all(event_log& log, const std::function<void(const event&)>& each) {
  for (position at = 0;;) {
    const auto page = page_after(log, at);
    if (page.events.empty())
      return;
    for (const auto& x : page.events)
      each(*x);
    at = page.events.back()->seq;
  }
}

} // namespace

int main(int argc, char** argv) {
  uint64_t events = 1'000'000;
  int rounds = 5;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string_view{argv[i]} == "--events")
      events = std::strtoull(argv[i + 1], nullptr, 10);
    if (std::string_view{argv[i]} == "--rounds")
      rounds = std::atoi(argv[i + 1]);
  }
  const scratch_directory dir;
  const auto store = must_have(storage::open({.url = "sqlite://" + dir.path() + "/data"}));
  fill(*store, events);
  const auto log = must_have(store->open_log_reader());
  const auto state = must_have(store->open_state(false));
  measured reading;
  measured hashing;
  measured checking;
  measured plain;
  std::vector<event_ptr> some;
  for (position at = 0; some.size() < std::min<uint64_t>(events, 65'536);) {
    const auto page = page_after(*log, at);
    some.insert(some.end(), page.events.begin(), page.events.end());
    at = page.events.back()->seq;
  }
  for (int i = 0; i < rounds; ++i) {
    reading.add(events, [&] { read_all(*log, [](const event&) {}); });
    hashing.add(some.size(), [&] {
      leaf_hasher hasher{salt_key};
      unsigned sum = 0;
      for (const auto& x : some)
        sum += hasher(*x)[0];
      if (sum == 0)
        fail("no hashes");
    });
    plain.add(some.size(), [&] {
      unsigned sum = 0;
      for (const auto& x : some)
        sum += sha256_stream{}.add(x->data).finish()[0];
      if (sum == 0)
        fail("no hashes");
    });
    checking.add(events, [&] {
      const auto found = must_have(check_evidence(
        *log, *state, {.origin = origin_of(store->history()), .salt_key = salt_key}));
      if (!found.valid)
        fail(found.reason);
      if (found.checked != events)
        fail("not all events were checked");
    });
  }
  reading.print("read");
  hashing.print("leaves");
  plain.print("sha256 of data");
  checking.print("verify");
  return 0;
}

#include "tests/persistence/test_store.hpp"
#include "tests/support/random_run.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <tuple>

// Random events and random queries, compared with a naive implementation, at every progress of the
// index.

namespace carillon::test {

namespace {

const std::vector<std::string> types{"order.created", "order.shipped", "order.line.added",
                                     "orders.closed", "user.login",    "payment.failed"};
const std::vector<std::string> patterns{"*",       "order.*",       "order.line.*", "user.*",
                                        "other.*", "order.created", "user.login",   "no.such"};

const std::vector<std::string> payloads{R"({"data.n":{"$gte":15}})", R"({"data.x.t":"a1"})",
                                        R"({"data.n":0,"source":{"$exists":true}})",
                                        R"({"data.none":1})"};

class world {
public:
  explicit world(uint32_t seed) : random_(seed) {
  }

  size_t below(size_t n) {
    return std::uniform_int_distribution<size_t>{0, n - 1}(random_);
  }

  bool one_in(size_t n) {
    return below(n) == 0;
  }

  draft_ptr draft(size_t number) {
    auto x = make_draft("e" + std::to_string(number), types[below(types.size())],
                        one_in(8) ? "" : "company" + std::to_string(below(5)));
    x->user_id = one_in(4) ? "" : "user" + std::to_string(below(40));
    x->correlation_id = one_in(2) ? "" : "c" + std::to_string(below(500));
    // Times follow the log, but for stragglers from everywhere.
    const auto step = one_in(50) ? below(20'000) : number;
    x->time = epoch + std::chrono::seconds{step};
    x->data = "{\"n\":" + std::to_string(below(20)) + ",\"x\":{\"t\":\"a" + std::to_string(below(3))
              + "\"}}";
    return x;
  }

  event_filter filter() {
    event_filter x;
    for (size_t n = below(4); n > 0; --n)
      x.types.push_back(*type_pattern::parse(patterns[below(patterns.size())]));
    if (one_in(3))
      x.company_id = one_in(6) ? "" : "company" + std::to_string(below(6));
    if (one_in(4))
      x.user_id = one_in(6) ? "" : "user" + std::to_string(below(42));
    if (one_in(5))
      x.correlation_id = "c" + std::to_string(below(510));
    const auto from = epoch + std::chrono::seconds{below(9'000)};
    if (one_in(3))
      x.from = from;
    if (one_in(3))
      x.to = from + std::chrono::seconds{below(3'000)};
    if (one_in(3))
      x.payload = must(payload_filter::parse(payloads[below(payloads.size())]));
    return x;
  }

private:
  std::mt19937 random_;
};

/// All that has been appended.
using model = std::vector<event_ptr>;

std::vector<position> matching(const model& all, const event_filter& filter) {
  std::vector<position> found;
  for (const auto& x : all)
    if (matches(filter, *x))
      found.push_back(x->seq);
  return found;
}

void check_query(event_log& log, const model& all, world& w) {
  query_request ask{.filter = w.filter()};
  ask.order = w.one_in(2) ? sort_order::ascending : sort_order::descending;
  ask.limit = 1 + w.below(300);
  auto wanted = matching(all, ask.filter);
  if (ask.order == sort_order::descending)
    std::reverse(wanted.begin(), wanted.end());
  if (w.one_in(3)) {
    ask.beyond = w.below(all.size() + 2);
    std::erase_if(wanted, [&](position x) {
      return ask.order == sort_order::ascending ? x <= *ask.beyond : x >= *ask.beyond;
    });
  }
  std::vector<position> found;
  do {
    const auto page = must(log.query(ask));
    REQUIRE(page.events.size() <= ask.limit);
    for (const auto& x : page.events) {
      REQUIRE(same_content(*x, *all[x->seq - 1]));
      found.push_back(x->seq);
    }
    REQUIRE((!page.next || page.next != ask.beyond));
    ask.beyond = page.next;
  } while (ask.beyond);
  CAPTURE(to_json(ask.filter));
  REQUIRE(found == wanted);
}

void check_read(event_log& log, const model& all, world& w) {
  read_request ask{.after = w.below(all.size() + 1), .filter = w.filter()};
  ask.limit = 1 + w.below(500);
  auto wanted = matching(all, ask.filter);
  std::erase_if(wanted, [&](position x) { return x <= ask.after; });
  std::vector<position> found;
  while (ask.after < all.size()) {
    const auto page = must(log.read(ask));
    for (const auto& x : page.events) {
      REQUIRE(x->seq > ask.after);
      REQUIRE(x->seq <= page.scanned_to);
      found.push_back(x->seq);
    }
    REQUIRE(page.head == all.size());
    REQUIRE(page.scanned_to > ask.after);
    ask.after = page.scanned_to;
  }
  CAPTURE(to_json(ask.filter));
  REQUIRE(found == wanted);
}

void check_count(event_log& log, const model& all, world& w) {
  const count_request ask{.filter = w.filter(), .up_to = w.below(all.size() + 2)};
  auto wanted = matching(all, ask.filter);
  std::erase_if(wanted, [&](position x) { return x > ask.up_to; });
  CAPTURE(to_json(ask.filter));
  REQUIRE(must(log.count(ask, std::chrono::seconds{10})) == wanted.size());
}

void check_stats(event_log& log, const model& all, world& w) {
  using std::chrono::hours;
  stats_request ask;
  if (w.one_in(2))
    ask.company_id = w.one_in(4) ? "" : "company" + std::to_string(w.below(6));
  if (w.one_in(2))
    ask.from = epoch + std::chrono::seconds{w.below(9'000)};
  if (w.one_in(2))
    ask.to = epoch + std::chrono::seconds{w.below(9'000)};
  std::map<std::string, uint64_t> wanted;
  for (const auto& x : all) {
    const auto hour = std::chrono::floor<hours>(x->time);
    const bool in_range = (!ask.from || hour >= std::chrono::floor<hours>(*ask.from))
                          && (!ask.to || hour < std::chrono::ceil<hours>(*ask.to));
    if (in_range && (!ask.company_id || x->company_id == *ask.company_id))
      ++wanted[x->type];
  }
  const auto found = must(log.stats(ask));
  REQUIRE(found.rows.size() == (wanted.empty() ? 0 : 1));
  if (!wanted.empty())
    REQUIRE(found.rows[0].counts == wanted);
}

void check_counters(event_log& log, const model& all, world& w) {
  using std::chrono::days;
  using std::chrono::hours;
  counters_request ask;
  if (w.one_in(2))
    ask.company_id = w.one_in(4) ? "" : "company" + std::to_string(w.below(6));
  if (w.one_in(2))
    ask.type = types[w.below(types.size())];
  if (w.one_in(3))
    ask.from = epoch + std::chrono::seconds{w.below(20'000)};
  if (w.one_in(3))
    ask.to = epoch + std::chrono::seconds{w.below(20'000)};
  ask.by_day = w.one_in(3);
  ask.limit = 1 + w.below(60);
  std::map<std::tuple<timestamp, std::string, std::string>, uint64_t> wanted;
  for (const auto& x : all) {
    const auto hour = std::chrono::floor<hours>(x->time);
    if ((!ask.from || hour >= std::chrono::floor<hours>(*ask.from))
        && (!ask.to || hour < std::chrono::ceil<hours>(*ask.to))
        && (!ask.company_id || x->company_id == *ask.company_id)
        && (!ask.type || x->type == *ask.type))
      ++wanted[{ask.by_day ? timestamp{std::chrono::floor<days>(x->time)} : timestamp{hour},
                x->type, x->company_id}];
  }
  const auto found = must(log.counters(ask));
  REQUIRE(found.size() == std::min(wanted.size(), ask.limit));
  auto at = wanted.begin();
  for (const auto& row : found) {
    REQUIRE(at->first == std::tuple{row.begin, row.type, row.company_id});
    REQUIRE(at->second == row.count);
    ++at;
  }
}

void check_all(storage& store, const model& all, world& w, size_t rounds) {
  const auto reader = must(store.open_log_reader());
  for (size_t i = 0; i < rounds; ++i) {
    check_query(*reader, all, w);
    check_read(*reader, all, w);
    check_count(*reader, all, w);
    check_stats(*reader, all, w);
    check_counters(*reader, all, w);
  }
}

void append_to(model& all, event_log& log, world& w, size_t count) {
  std::vector<draft_ptr> drafts;
  for (size_t i = 0; i < count; ++i)
    drafts.push_back(w.draft(all.size() + i));
  const auto result = must(log.append(drafts, epoch));
  all.insert(all.end(), result.batch->events.begin(), result.batch->events.end());
}

} // namespace

TEST_SUITE("persistence/event_log_model") {
  TEST_CASE("random questions get the plain answer at every progress of the index") {
    const auto chosen = seed_of_run();
    INFO("CARILLON_SEED=" << chosen);
    world w{chosen};
    const auto store = make_test_store();
    storage_options options;
    options.index_batch = 700;
    options.query_budget = 1 + w.below(5'000);
    CAPTURE(options.query_budget);
    auto open = store->open(options);
    auto log = must(open->open_log_writer());
    model all;
    for (int i = 0; i < 8; ++i)
      append_to(all, *log, w, 1 + w.below(1'000));
    check_all(*open, all, w, 10);
    const auto indexer = must(open->open_indexer());
    if (!indexer) {
      while (all.size() < 14'000) {
        append_to(all, *log, w, 1 + w.below(900));
        check_all(*open, all, w, 10);
      }
      check_all(*open, all, w, 40);
      return;
    }
    index_progress progress;
    do {
      progress = must(indexer->step());
      check_all(*open, all, w, 10);
      if (all.size() < 9'000)
        append_to(all, *log, w, 1 + w.below(900));
    } while (progress.indexed < progress.head);
    check_all(*open, all, w, 40);
  }
}

} // namespace carillon::test

#include "actors/log/log_writer.hpp"

#include "tests/support/deterministic.hpp"
#include "tests/support/events.hpp"

#include <caf/event_based_actor.hpp>
#include <optional>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("actors/log_writer") {
  namespace {

  /// A log that only remembers the size of each transaction; drafts of source "known" are
  /// duplicates.
  class remembering_log : public event_log {
  public:
    std::vector<size_t> transactions;
    bool full = false;
    /// So many transactions succeed before the disk is full.
    size_t full_after = SIZE_MAX;

    expected<append_result> append(std::span<const draft_ptr> drafts, timestamp) override {
      transactions.push_back(drafts.size());
      if (full || transactions.size() > full_after)
        return failure{ec::store_unavailable, "disk full", {}};
      for (const auto& x : drafts)
        if (x->source == "doomed")
          return failure{ec::store_refused, "the database refused the operation", {}};
      append_result out;
      auto batch = std::make_shared<event_batch>();
      for (const auto& x : drafts) {
        auto duplicate = x->source == "known";
        out.items.push_back({duplicate ? position{1} : ++head_, duplicate, {}});
        if (duplicate)
          continue;
        x->seq = head_;
        batch->events.push_back(x);
      }
      if (!batch->events.empty())
        out.batch = std::move(batch);
      return out;
    }

    expected<event_page> read(const read_request&) override {
      return unused();
    }
    expected<query_page> query(const query_request&) override {
      return unused();
    }
    expected<event_ptr> find(const find_request&) override {
      return unused();
    }
    expected<uint64_t> count(const count_request&, std::chrono::milliseconds) override {
      return unused();
    }
    expected<stats_result> stats(const stats_request&) override {
      return unused();
    }
    expected<counter_rows> counters(const counters_request&) override {
      return unused();
    }
    expected<position> head() override {
      return head_;
    }

  private:
    static failure unused() {
      return {ec::internal, "not for this test", {}};
    }

    position head_ = 0;
  };

  using answer = std::shared_ptr<std::optional<caf::expected<append_result_ptr>>>;

  /// Asks the writer and keeps the answer; one per request.
  caf::behavior asking(caf::event_based_actor* self, log_writer_actor writer,
                       append_request request, answer out) {
    self->request(writer, caf::infinite, std::move(request))
      .then([out](const append_result_ptr& x) { out->emplace(x); },
            [out](const caf::error& x) { out->emplace(x); });
    return {};
  }

  struct fixture : test::deterministic {
    std::shared_ptr<remembering_log> log = std::make_shared<remembering_log>();
    telemetry_ptr stats = std::make_shared<telemetry>();
    log_writer_options options;
    log_writer_actor aut;

    ~fixture() {
      stop(aut);
    }

    void start() {
      aut = sys.spawn(log_writer, log, stats, options);
    }

    /// Puts a request of `n` drafts into the writer's mailbox.
    answer append(size_t n, const std::string& source = "test", const std::string& company = {}) {
      auto drafts = std::make_shared<std::vector<draft_ptr>>();
      for (size_t i = 0; i < n; ++i) {
        drafts->push_back(test::make_event(0));
        drafts->back()->source = source;
      }
      auto out = std::make_shared<std::optional<caf::expected<append_result_ptr>>>();
      sys.spawn(asking, aut, append_request{std::move(drafts), company}, out);
      return out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "requests that wait together share one transaction") {
    start();
    auto a = append(1);
    auto b = append(2);
    auto c = append(1);
    deliver();
    CHECK(log->transactions == std::vector<size_t>{4});
    CHECK((**a)->get()->items.front().seq == 1);
    CHECK((**b)->get()->items.size() == 2);
    CHECK((**b)->get()->items.back().seq == 3);
    CHECK((**c)->get()->items.front().seq == 4);
    CHECK(stats->commits == 1);
  }

  TEST_CASE_FIXTURE(fixture, "why a transaction failed is told at once, each time") {
    std::vector<std::string> told;
    options.on_failure = [&](const failure& x) { told.push_back(x.detail); };
    start();
    append(1);
    deliver();
    CHECK(told.empty());
    log->full = true;
    append(1);
    deliver();
    CHECK(told == std::vector<std::string>{"disk full"});
    append(2);
    deliver();
    CHECK(told.size() == 2);
  }

  TEST_CASE_FIXTURE(fixture, "the events of a transaction are given once, with its last request") {
    start();
    auto a = append(1);
    auto b = append(2);
    deliver();
    CHECK((**a)->get()->batch == nullptr);
    REQUIRE((**b)->get()->batch != nullptr);
    CHECK((**b)->get()->batch->events.size() == 3);
    auto c = append(1, "known");
    deliver();
    CHECK((**c)->get()->items.front().duplicate);
    CHECK((**c)->get()->batch == nullptr);
  }

  TEST_CASE_FIXTURE(fixture, "a transaction is bounded, and a long request is split") {
    options.max_batch_events = 3;
    options.slice_events = 2;
    start();
    auto a = append(1);
    auto b = append(1);
    auto c = append(2);
    auto d = append(5);
    deliver();
    CHECK(log->transactions == std::vector<size_t>{2, 2, 2, 3});
    for (const auto& x : {a, b, c, d})
      CHECK(x->has_value());
    REQUIRE((**d)->get()->items.size() == 5);
    for (position i = 0; i < 5; ++i)
      CHECK((**d)->get()->items[i].seq == 5 + i);
    REQUIRE((**d)->get()->batch != nullptr);
    CHECK((**d)->get()->batch->events.size() == 5);
  }

  TEST_CASE_FIXTURE(fixture, "companies take turns, and what is appended is told in one run") {
    options.max_batch_events = 200;
    options.slice_events = 100;
    start();
    auto flood = append(1'000, "test", "greedy");
    auto more = append(1'000, "test", "greedy");
    auto other = append(1, "test", "other");
    deliver();
    REQUIRE((flood->has_value() && more->has_value() && other->has_value()));
    // Behind at most one transaction, not behind two thousand events.
    CHECK((**other)->get()->items.front().seq <= 201);
    CHECK((**flood)->get()->items.back().seq < (**more)->get()->items.front().seq);
    position next = 1;
    for (const auto& x : {other, flood, more}) {
      const auto& batch = (**x)->get()->batch;
      REQUIRE(batch != nullptr);
      CHECK(batch->first() == next);
      next = batch->last() + 1;
    }
    CHECK(next == 2'002);
  }

  TEST_CASE_FIXTURE(fixture, "transactions are shorter while several companies publish") {
    options.max_batch_events = 1'000;
    options.slice_events = 500;
    options.shared_batch_events = 100;
    options.shared_slice_events = 50;
    start();
    append(600, "test", "greedy");
    append(1, "test", "quiet");
    deliver();
    append(600, "test", "greedy");
    append(1, "test", "quiet");
    deliver();
    for (size_t i = 1; i < log->transactions.size(); ++i)
      CHECK(log->transactions[i] <= 500);
    CHECK(log->transactions.back() <= 100);
    // The quiet one is silent for a while: long transactions again.
    append(1, "test", "greedy");
    deliver();
    pass_in_steps(options.shared_for + 1s, 250ms);
    log->transactions.clear();
    append(600, "test", "greedy");
    deliver();
    CHECK(log->transactions == std::vector<size_t>{600});
  }

  TEST_CASE_FIXTURE(fixture, "what fails half-way is told as far as it came, and goes no further") {
    options.max_batch_events = 2;
    options.slice_events = 2;
    log->full_after = 2;
    start();
    auto a = append(6);
    auto b = append(1);
    deliver();
    REQUIRE((a->has_value() && b->has_value()));
    const auto& half = *(**a);
    REQUIRE(half->fault);
    CHECK(half->fault->code == ec::store_unavailable);
    CHECK(half->items.size() == 4);
    REQUIRE(half->batch != nullptr);
    CHECK(half->batch->last() == 4);
    CHECK((**b)->get()->fault);
    CHECK(log->transactions == std::vector<size_t>{2, 2, 2, 1});
  }

  TEST_CASE_FIXTURE(fixture, "what the store will not take is refused alone") {
    start();
    auto a = append(1);
    auto b = append(2, "doomed");
    auto c = append(3);
    deliver();
    CHECK(log->transactions == std::vector<size_t>{6, 1, 2, 3});
    REQUIRE((a->has_value() && b->has_value() && c->has_value()));
    CHECK((**a)->get()->items.front().seq == 1);
    CHECK((**a)->get()->batch->events.size() == 1);
    REQUIRE((**b)->get()->fault);
    CHECK((**b)->get()->fault->code == ec::store_refused);
    CHECK((**c)->get()->items.back().seq == 4);
    CHECK((**c)->get()->batch->events.size() == 3);
  }

  TEST_CASE_FIXTURE(fixture, "a failed transaction is told to everyone who shared it") {
    start();
    log->full = true;
    auto a = append(1);
    auto b = append(1);
    deliver();
    REQUIRE((a->has_value() && b->has_value()));
    for (const auto& x : {a, b}) {
      REQUIRE((**x)->get()->fault);
      CHECK((**x)->get()->fault->code == ec::store_unavailable);
    }
    CHECK(stats->commit_failures == 1);
    log->full = false;
    auto c = append(1);
    deliver();
    CHECK((**c)->get()->items.front().seq == 1);
  }
}

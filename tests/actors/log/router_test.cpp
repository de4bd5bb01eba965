#include "actors/log/router.hpp"

#include "tests/support/deterministic.hpp"
#include "tests/support/events.hpp"

#include <deque>
#include <optional>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("actors/router") {
  namespace {

  /// A log writer that answers when the test asks for it.
  struct fake_writer {
    struct held {
      append_request request;
      caf::typed_response_promise<append_result_ptr> promise;
    };

    std::deque<held> requests;
    position head = 0;

    /// Appends everything of the oldest request.
    void answer() {
      auto x = std::move(requests.front());
      requests.pop_front();
      auto result = std::make_shared<append_result>();
      auto batch = std::make_shared<event_batch>();
      for (auto& draft : *x.request.drafts) {
        draft->seq = ++head;
        result->items.push_back({head, false, {}});
        batch->events.push_back(draft);
      }
      result->batch = batch;
      x.promise.deliver(append_result_ptr{result});
    }

    void fail() {
      requests.front().promise.deliver(to_error({ec::store_unavailable, "disk full", {}}));
      requests.pop_front();
    }
  };

  /// Only the actor can deliver promises: these two make it deliver or fail the oldest.
  using test_writer_actor
    = log_writer_actor::extend<caf::reacts_to<atom::done>, caf::reacts_to<atom::drain>>;

  test_writer_actor::behavior_type run_writer(test_writer_actor::pointer self, fake_writer* st) {
    return {
      [self, st](const append_request& x) -> caf::result<append_result_ptr> {
        st->requests.push_back({x, self->make_response_promise<append_result_ptr>()});
        return st->requests.back().promise;
      },
      [](atom::flush) {},
      [st](atom::done) { st->answer(); },
      [st](atom::drain) { st->fail(); },
    };
  }

  /// A consumer that only counts what reaches it.
  struct sink {
    std::vector<position> batches;
    std::vector<position> heads;
  };

  batch_taker_actor::behavior_type run_sink(batch_taker_actor::pointer, sink* st) {
    return {
      [st](const event_batch_ptr& x) { st->batches.push_back(x->last()); },
      [st](atom::head, position x) { st->heads.push_back(x); },
    };
  }

  struct fixture : test::deterministic {
    fake_writer writer_state;
    sink sink_state;
    router_options options;
    telemetry_ptr stats = std::make_shared<telemetry>();
    test_writer_actor writer = sys.spawn(run_writer, &writer_state);
    batch_taker_actor consumer = sys.spawn(run_sink, &sink_state);
    router_actor aut;

    ~fixture() {
      while (!writer_state.requests.empty())
        fail();
      stop(aut);
      stop(consumer);
      stop(writer);
    }

    void start(position head = 0, position indexed = 0) {
      writer_state.head = head;
      aut = sys.spawn(router, writer, options, stats, head, indexed);
      deliver();
    }

    std::shared_ptr<std::optional<expected<receipts>>>
    publish(size_t n, std::chrono::milliseconds in = 30s, const std::string& company = {}) {
      auto out = std::make_shared<std::optional<expected<receipts>>>();
      std::vector<draft_ptr> drafts;
      for (size_t i = 0; i < n; ++i)
        drafts.push_back(test::make_event(0));
      self->send(aut, std::make_shared<publish_call>(
                        std::move(drafts), sched.clock().now() + in,
                        [out](expected<receipts> x) { out->emplace(std::move(x)); }, company));
      deliver();
      return out;
    }

    void answer() {
      self->send(writer, atom::done_v);
      deliver();
    }

    void fail() {
      self->send(writer, atom::drain_v);
      deliver();
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "calls are handed over at once, and answered as the writer answers") {
    start();
    auto a = publish(1);
    auto b = publish(2);
    REQUIRE(writer_state.requests.size() == 2);
    answer();
    REQUIRE(a->has_value());
    CHECK((**a)->front().seq == 1);
    CHECK_FALSE(b->has_value());
    CHECK(stats->in_flight_events == 2);
    answer();
    CHECK((**b)->at(1).seq == 3);
    CHECK(stats->published_events == 3);
    CHECK(stats->in_flight_events == 0);
  }

  TEST_CASE_FIXTURE(fixture, "past the limit publishers are refused, and admitted again later") {
    options.max_in_flight_events = 3;
    start();
    auto a = publish(3);
    auto b = publish(1);
    REQUIRE(b->has_value());
    CHECK((*b)->error().code == ec::overloaded);
    CHECK_FALSE(a->has_value());
    answer();
    CHECK(a->has_value());
    auto c = publish(1);
    CHECK_FALSE(c->has_value());
    CHECK(stats->refused_overloaded == 1);
  }

  TEST_CASE_FIXTURE(fixture, "bytes in flight are limited as well") {
    options.max_in_flight_bytes = 1;
    start();
    auto a = publish(1);
    REQUIRE(a->has_value());
    CHECK((*a)->error().code == ec::overloaded);
  }

  TEST_CASE_FIXTURE(fixture, "a failed append is told to its publisher") {
    start();
    auto a = publish(1);
    fail();
    REQUIRE(a->has_value());
    CHECK((*a)->error().code == ec::store_unavailable);
    auto b = publish(1);
    answer();
    CHECK((**b)->front().seq == 1);
  }

  TEST_CASE_FIXTURE(fixture, "a writer that hangs leaves nobody waiting, and is heard later") {
    start();
    ask<position>(aut, atom::attach_v, consumer);
    auto a = publish(1, 2s);
    auto b = publish(1, 2s);
    pass_in_steps(3s, 250ms);
    REQUIRE(a->has_value());
    CHECK((*a)->error().code == ec::store_unavailable);
    REQUIRE(b->has_value());
    CHECK((*b)->error().code == ec::store_unavailable);
    answer();
    answer();
    CHECK(sink_state.batches == std::vector<position>{1, 2});
    CHECK(stats->in_flight_events == 0);
  }

  TEST_CASE_FIXTURE(fixture, "consumers are fed within their credit and told what they missed") {
    options.consumer_credit = 2;
    start(10, 10);
    CHECK(*ask<position>(aut, atom::attach_v, consumer) == 10);
    for (int i = 0; i < 4; ++i) {
      publish(1);
      answer();
    }
    CHECK(sink_state.batches == std::vector<position>{11, 12});
    CHECK(sink_state.heads.empty());
    self->send(aut, atom::acknowledge_v, consumer);
    deliver();
    CHECK(sink_state.heads == std::vector<position>{14});
    publish(1);
    answer();
    CHECK(sink_state.batches == std::vector<position>{11, 12, 15});
  }

  TEST_CASE_FIXTURE(fixture, "what others append is told to consumers, and counts as the head") {
    options.consumer_credit = 2;
    start();
    ask<position>(aut, atom::attach_v, consumer);
    auto tell = [&](position head) {
      self->send(aut, atom::head_v, head);
      deliver();
    };
    tell(7);
    CHECK(sink_state.heads == std::vector<position>{7});
    CHECK(stats->head == 7);
    // Nothing new.
    tell(7);
    tell(5);
    CHECK(sink_state.heads.size() == 1);
    // A consumer without credit learns of it after it has handled a batch.
    writer_state.head = 7;
    for (int i = 0; i < 2; ++i) {
      publish(1);
      answer();
    }
    CHECK(sink_state.batches == std::vector<position>{8, 9});
    tell(100);
    CHECK(sink_state.heads.size() == 1);
    self->send(aut, atom::acknowledge_v, consumer);
    deliver();
    CHECK(sink_state.heads == std::vector<position>{7, 100});
  }

  TEST_CASE_FIXTURE(fixture, "a consumer that ended is fed no more") {
    start();
    ask<position>(aut, atom::attach_v, consumer);
    stop(consumer);
    publish(1);
    answer();
    CHECK(sink_state.batches.empty());
  }

  TEST_CASE_FIXTURE(fixture, "commits wait for an index that falls too far behind") {
    options.max_index_lag = 5;
    start();
    publish(6);
    answer();
    auto a = publish(1);
    CHECK(writer_state.requests.empty());
    self->send(aut, atom::indexed_v, position{3});
    deliver();
    REQUIRE(writer_state.requests.size() == 1);
    answer();
    CHECK(a->has_value());
  }

  TEST_CASE_FIXTURE(fixture, "a company that keeps the index busy waits; the others do not") {
    options.max_index_lag = 100;
    start();
    publish(80, 30s, "greedy");
    answer();
    auto waits = publish(10, 30s, "greedy");
    auto behind = publish(1, 30s, "greedy");
    CHECK(writer_state.requests.empty());
    auto passes = publish(1, 30s, "quiet");
    REQUIRE(writer_state.requests.size() == 1);
    answer();
    CHECK(passes->has_value());
    // Indexed events free room, and one company keeps its order.
    self->send(aut, atom::indexed_v, position{40});
    deliver();
    REQUIRE(writer_state.requests.size() == 2);
    answer();
    CHECK((**waits)->front().seq == 82);
    answer();
    CHECK((**behind)->front().seq == 92);
    // Everything is indexed: no company holds anything.
    self->send(aut, atom::indexed_v, position{92});
    deliver();
    for (const auto& x : stats->bounds.list("greedy"))
      CHECK(x.used == 0);
  }

  TEST_CASE_FIXTURE(fixture, "what failed or was known does not count as waiting for the index") {
    options.max_index_lag = 10;
    start();
    for (int i = 0; i < 5; ++i) {
      publish(8, 30s, "greedy");
      REQUIRE(writer_state.requests.size() == 1);
      fail();
    }
    for (const auto& x : stats->bounds.list("greedy"))
      CHECK(x.used == 0);
  }

  TEST_CASE_FIXTURE(fixture, "what waits for the index is refused when its time is over") {
    options.max_index_lag = 5;
    start();
    publish(6);
    answer();
    auto a = publish(1, 2s);
    pass_in_steps(3s, 250ms);
    REQUIRE(a->has_value());
    CHECK((*a)->error().code == ec::overloaded);
    CHECK(stats->refused_timeout == 1);
    CHECK(stats->in_flight_events == 0);
  }

  TEST_CASE_FIXTURE(fixture, "an index that is being rebuilt holds nobody back") {
    options.max_index_lag = 5;
    start(100, 0);
    publish(1);
    CHECK(writer_state.requests.size() == 1);
    answer();
    self->send(aut, atom::indexed_v, position{99});
    deliver();
    publish(10);
    answer();
    publish(1);
    CHECK(writer_state.requests.empty());
  }

  TEST_CASE_FIXTURE(fixture, "a store that indexes what it appends holds nobody back") {
    options.max_index_lag = 5;
    options.index_follows = false;
    start();
    for (int i = 0; i < 3; ++i) {
      auto a = publish(6);
      REQUIRE(writer_state.requests.size() == 1);
      answer();
      CHECK(a->has_value());
    }
    CHECK(stats->indexed == stats->head);
  }

  TEST_CASE_FIXTURE(fixture, "draining answers what was admitted and refuses what comes") {
    start();
    auto a = publish(1);
    auto drained = self->request(aut, 10s, atom::drain_v);
    deliver();
    auto b = publish(1);
    REQUIRE(b->has_value());
    CHECK((*b)->error().code == ec::shutting_down);
    answer();
    CHECK((**a)->front().seq == 1);
    bool done = false;
    sched.advance_time(10s);
    drained.receive([&](atom::done) { done = true; }, [](const caf::error&) {});
    CHECK(done);
  }

  TEST_CASE_FIXTURE(fixture, "a call that nobody answers is answered when it goes") {
    start();
    auto a = publish(1);
    stop(aut);
    fail();
    REQUIRE(a->has_value());
    CHECK((*a)->error().code == ec::shutting_down);
  }
}

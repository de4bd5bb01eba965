#include "actors/state/store_actor.hpp"

#include "persistence/storage.hpp"
#include "tests/support/deterministic.hpp"
#include "tests/support/process.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

// How jobs that are added at the same time become one transaction, on a store that counts them.

TEST_SUITE("actors/state/store_actor") {
  namespace {

  /// The jobs of a store, with the size of each transaction that adds some.
  class counting_jobs final : public job_store {
  public:
    explicit counting_jobs(job_store& x) : real_(x) {
    }

    std::vector<size_t> transactions;
    /// Of those that lease jobs as well: the queues.
    std::vector<size_t> leased_behind;
    size_t leases = 0;
    /// A transaction with this key fails as a whole.
    std::string poison;
    /// So many transactions fail from now on, as if the database were not there.
    size_t outages = 0;
    /// Transactions that lease jobs as well fail.
    bool cannot_lease = false;

    expected<enqueued_jobs> enqueue(const enqueue_jobs& x, timestamp now) override {
      const std::vector<const enqueue_jobs*> one{&x};
      auto out = enqueue(one, now);
      if (!out)
        return out.error();
      return out->front();
    }
    expected<enqueued_calls> enqueue(std::span<const enqueue_jobs* const> xs,
                                     timestamp now) override {
      if (auto refused = take(xs))
        return *refused;
      return real_.enqueue(xs, now);
    }
    expected<enqueued_and_leased> enqueue(std::span<const enqueue_jobs* const> xs,
                                          const lease_jobs& then, timestamp now) override {
      leased_behind.push_back(then.queues.size());
      if (cannot_lease)
        return failure{ec::store_refused, "the database refused the operation", {}};
      if (auto refused = take(xs))
        return *refused;
      return real_.enqueue(xs, then, now);
    }
    expected<leased_jobs> lease(const lease_jobs& x, timestamp now) override {
      ++leases;
      return real_.lease(x, now);
    }
    expected<void> finish(const finish_jobs& x, timestamp now) override {
      return real_.finish(x, now);
    }
    expected<void> renew(const renew_leases& x, timestamp now) override {
      return real_.renew(x, now);
    }
    expected<void> note(const note_progress& x) override {
      return real_.note(x);
    }
    expected<uint64_t> release(const release_leases& x, timestamp now) override {
      return real_.release(x, now);
    }
    expected<job_page> list(const list_jobs& x) override {
      return real_.list(x);
    }
    expected<job> get(const get_job& x) override {
      return real_.get(x);
    }
    expected<job> retry(const retry_job& x, timestamp now) override {
      return real_.retry(x, now);
    }
    expected<uint64_t> retry(const retry_jobs& x, timestamp now) override {
      return real_.retry(x, now);
    }
    expected<job> cancel(const cancel_job& x, timestamp now) override {
      return real_.cancel(x, now);
    }
    expected<void> pause(const pause_job_queue& x, timestamp now) override {
      return real_.pause(x, now);
    }
    expected<job_queue_records> queues(const list_job_queues& x) override {
      return real_.queues(x);
    }
    expected<uint64_t> trim(const trim_jobs& x) override {
      return real_.trim(x);
    }

  private:
    std::optional<failure> take(std::span<const enqueue_jobs* const> xs) {
      transactions.push_back(xs.size());
      if (outages > 0) {
        --outages;
        return failure{ec::store_unavailable, "the database is not there", {}};
      }
      for (const auto* x : xs)
        for (const auto& y : x->drafts)
          if (y.key == poison)
            return failure{ec::store_refused, "the database refused the operation", {}};
      return std::nullopt;
    }

    job_store& real_;
  };

  /// A store whose jobs are counted.
  class counting_store final : public state_store {
  public:
    explicit counting_store(std::unique_ptr<state_store> x)
      : real_(std::move(x)), counted(real_->jobs()) {
    }

    consumer_store& consumers() noexcept override {
      return real_->consumers();
    }
    dead_letter_store& dead_letters() noexcept override {
      return real_->dead_letters();
    }
    inbound_store& inbound() noexcept override {
      return real_->inbound();
    }

    measure_store& measures() noexcept override {
      return real_->measures();
    }
    remote_consumer_store& remote_consumers() noexcept override {
      return real_->remote_consumers();
    }
    replay_store& replays() noexcept override {
      return real_->replays();
    }
    schedule_store& schedules() noexcept override {
      return real_->schedules();
    }
    webhook_store& webhooks() noexcept override {
      return real_->webhooks();
    }
    delivery_store& deliveries() noexcept override {
      return real_->deliveries();
    }
    evidence_store& evidence() noexcept override {
      return real_->evidence();
    }
    job_store& jobs() noexcept override {
      return counted;
    }
    contact_store& contacts() noexcept override {
      return real_->contacts();
    }
    notification_store& notifications() noexcept override {
      return real_->notifications();
    }
    document_record_store& documents() noexcept override {
      return real_->documents();
    }
    audit_store& audit() noexcept override {
      return real_->audit();
    }
    access_store& access() noexcept override {
      return real_->access();
    }
    node_key_store& node_key() noexcept override {
      return real_->node_key();
    }
    schema_store& schema() noexcept override {
      return real_->schema();
    }

  private:
    std::unique_ptr<state_store> real_;

  public:
    counting_jobs counted;
  };

  std::unique_ptr<storage> open_in(const temporary_directory& x) {
    auto out = storage::open({.url = "sqlite://" + x.path() + "/data"});
    REQUIRE(out.has_value());
    return std::move(*out);
  }

  struct state_world : deterministic {
    state_world() {
      auto opened = open->open_state(true);
      REQUIRE(opened.has_value());
      store = std::make_shared<counting_store>(std::move(*opened));
      actor = sys.spawn(store_actor, std::shared_ptr<state_store>{store});
      jobs = caf::actor_cast<job_store_actor>(actor);
      listener = sys.spawn(
        [this](caf::event_based_actor*, int /*CAF wants one*/) -> caf::behavior {
          return {[this](atom::committed) { ++told; }};
        },
        0);
      caf::anon_send(actor, atom::enqueued_v, caf::actor_cast<effect_listener_actor>(listener));
      deliver();
    }

    ~state_world() {
      caf::anon_send_exit(actor, caf::exit_reason::kill);
      caf::anon_send_exit(listener, caf::exit_reason::kill);
      deliver();
    }

    /// Sends a call that adds the job of this key; the answer comes with `deliver`.
    void add(const std::string& key, const std::string& kind = "thumbs") {
      enqueue_jobs call;
      call.drafts.push_back({.kind = kind, .key = key, .payload = "{}"});
      sys.spawn(
        [this, key, call](caf::event_based_actor* of, int /*CAF wants one*/) {
          of->request(jobs, 1s, call)
            .then([this, key](const enqueued_jobs& x) { added.emplace(key, x.front().id); },
                  [this, key](const caf::error& why) { refused.emplace(key, why); });
        },
        0);
    }

    /// Waits for jobs of these queues; what comes is in `came`.
    void await(std::vector<wanted_jobs> queues) {
      await_jobs call{{.queues = std::move(queues)}};
      sys.spawn(
        [this, call](caf::event_based_actor* of, int /*CAF wants one*/) {
          of->request(jobs, caf::infinite, call)
            .then([this](const leased_jobs_ptr& x) { came.push_back(x); },
                  [](const caf::error&) { FAIL_CHECK("the wait failed"); });
        },
        0);
      deliver();
    }

    job find(const std::string& key) {
      return store->jobs().get(get_job{.id = added.find(key)->second, .company_id = {}}).value();
    }

    temporary_directory directory;
    std::unique_ptr<storage> open = open_in(directory);
    std::shared_ptr<counting_store> store;
    caf::actor actor;
    job_store_actor jobs;
    caf::actor listener;
    size_t told = 0;
    std::multimap<std::string, uint64_t> added;
    std::map<std::string, caf::error> refused;
    /// Null: the wait was ended.
    std::vector<leased_jobs_ptr> came;
  };

  } // namespace

  TEST_CASE("jobs that are added at the same time share a transaction, and one announcement") {
    state_world w;
    for (int i = 0; i < 64; ++i)
      w.add("k-" + std::to_string(i));
    w.deliver();
    CHECK(w.added.size() == 64);
    CHECK(w.refused.empty());
    // The first ones may go alone: nobody waits for others.
    CHECK(w.store->counted.transactions.size() <= 4);
    CHECK(w.told == w.store->counted.transactions.size());
  }

  TEST_CASE("a call that is at fault fails alone") {
    state_world w;
    w.add("a");
    w.add("b", "No Kind");
    w.add("c");
    w.deliver();
    CHECK(w.added.size() == 2);
    REQUIRE(w.refused.contains("b"));
    CHECK(w.refused.at("b") == ec::invalid_argument);
  }

  TEST_CASE("a job that the store refuses does not fail those that were added with it") {
    state_world w;
    w.store->counted.poison = "b";
    for (const auto* key : {"a", "b", "c"})
      w.add(key);
    w.deliver();
    CHECK(w.added.contains("a"));
    CHECK(w.added.contains("c"));
    REQUIRE(w.refused.contains("b"));
    CHECK(w.refused.at("b") == ec::store_refused);
  }

  TEST_CASE("a store that is not there is not asked for each of many jobs") {
    state_world w;
    w.store->counted.outages = 1'000;
    for (int i = 0; i < 64; ++i)
      w.add("k-" + std::to_string(i));
    w.deliver();
    CHECK(w.added.empty());
    REQUIRE(w.refused.size() == 64);
    for (const auto& [key, why] : w.refused)
      CHECK(why == ec::store_unavailable);
    // The first ones may go alone, as above; of a group only one is tried again.
    CHECK(w.store->counted.transactions.size() <= 8);
    CHECK(w.told == 0);
  }

  TEST_CASE("jobs go to a store that was away for one transaction") {
    state_world w;
    for (int i = 0; i < 64; ++i)
      w.add("k-" + std::to_string(i));
    w.store->counted.outages = 1;
    w.deliver();
    // A call that went alone has failed.
    CHECK(w.added.size() >= 63);
    CHECK(w.added.size() + w.refused.size() == 64);
  }

  TEST_CASE("the same key in one transaction is one job") {
    state_world w;
    w.add("a");
    w.add("a");
    w.deliver();
    REQUIRE(w.added.count("a") == 2);
    CHECK(w.added.begin()->second == w.added.rbegin()->second);
  }

  TEST_CASE("more jobs than a transaction takes follow in the next") {
    state_world w;
    for (int i = 0; i < 1'500; ++i)
      w.add("k-" + std::to_string(i));
    w.deliver();
    CHECK(w.added.size() == 1'500);
    CHECK(w.store->counted.transactions.size() >= 2);
    CHECK(w.store->counted.transactions.size() < 20);
  }

  // -- workers that wait ----------------------------------------------------------

  TEST_CASE("a job that a worker waits for is leased in the transaction that adds it") {
    state_world w;
    w.await({{"mails", 5}, {"thumbs", 5}});
    w.add("a");
    w.deliver();
    REQUIRE(w.added.contains("a"));
    CHECK(w.store->counted.transactions == std::vector<size_t>{1});
    CHECK(w.store->counted.leased_behind == std::vector<size_t>{1});
    CHECK(w.store->counted.leases == 0);
    REQUIRE(w.came.size() == 1);
    REQUIRE(w.came[0]->items.size() == 1);
    const auto& got = w.came[0]->items[0];
    CHECK(got.id == w.added.find("a")->second);
    CHECK(got.attempts == 1);
    CHECK(got.state == job_state::running);
    CHECK(w.came[0]->asked_by == std::vector<size_t>{1});
    CHECK(w.came[0]->added_to == std::vector<size_t>{1});
    CHECK(w.find("a").fence == got.fence);
    CHECK(w.find("a").run_at == got.run_at);
    // The answer tells of it.
    CHECK(w.told == 0);
    // It is answered once: the next job is announced.
    w.add("b");
    w.deliver();
    CHECK(w.came.size() == 1);
    CHECK(w.told == 1);
    CHECK(w.find("b").state == job_state::queued);
  }

  TEST_CASE("jobs that nobody waits for are announced, and the wait goes on") {
    state_world w;
    w.await({{"thumbs", 5, "c-1"}});
    w.add("other", "mails");
    w.add("foreign");
    w.deliver();
    CHECK(w.came.empty());
    CHECK(w.told >= 1);
    CHECK(w.store->counted.leased_behind.empty());
    enqueue_jobs call;
    call.drafts.push_back({.kind = "thumbs", .key = "own", .payload = "{}", .company_id = "c-1"});
    call.drafts.push_back({.kind = "mails", .key = "beside", .payload = "{}"});
    const auto told = w.told;
    REQUIRE(w.ask<enqueued_jobs>(w.jobs, call));
    REQUIRE(w.came.size() == 1);
    REQUIRE(w.came[0]->items.size() == 1);
    CHECK(w.came[0]->items[0].key == "own");
    // The other one is told of in another way.
    CHECK(w.told == told + 1);
  }

  TEST_CASE("those who wait get no more than they want, and hear that there may be more") {
    state_world w;
    w.await({{"thumbs", 2}});
    enqueue_jobs call;
    for (const auto* key : {"a", "b", "c"})
      call.drafts.push_back({.kind = "thumbs", .key = key, .payload = "{}"});
    call.drafts.back().priority = 9;
    REQUIRE(w.ask<enqueued_jobs>(w.jobs, call));
    REQUIRE(w.came.size() == 1);
    REQUIRE(w.came[0]->items.size() == 2);
    CHECK(w.came[0]->items[0].key == "c");
    CHECK(w.came[0]->items[1].key == "a");
  }

  TEST_CASE("a job that is due later is not leased, and its time is told") {
    state_world w;
    w.await({{"thumbs", 2}});
    enqueue_jobs call;
    const auto later = wall_clock_now() + 1h;
    call.drafts.push_back({.kind = "thumbs", .key = "a", .payload = "{}", .run_at = later});
    REQUIRE(w.ask<enqueued_jobs>(w.jobs, call));
    REQUIRE(w.came.size() == 1);
    CHECK(w.came[0]->items.empty());
    CHECK(w.came[0]->added_to == std::vector<size_t>{0});
    CHECK(w.came[0]->next_due == std::chrono::floor<std::chrono::microseconds>(later));
  }

  TEST_CASE("a wait ends with the next one, with a lease, and without a queue") {
    state_world w;
    w.await({{"thumbs", 2}});
    w.await({{"thumbs", 3}});
    REQUIRE(w.came.size() == 1);
    CHECK(w.came[0] == nullptr);
    REQUIRE(w.ask<leased_jobs_ptr>(w.jobs, lease_jobs{.queues = {{"thumbs", 3}}}));
    REQUIRE(w.came.size() == 2);
    CHECK(w.came[1] == nullptr);
    w.await({{"thumbs", 2}});
    w.await({});
    REQUIRE(w.came.size() == 4);
    CHECK(w.came[2] == nullptr);
    CHECK(w.came[3] == nullptr);
    w.add("a");
    w.deliver();
    CHECK(w.find("a").state == job_state::queued);
    CHECK(w.told == 1);
  }

  TEST_CASE("calls that are all at fault answer nobody who waits") {
    state_world w;
    w.await({{"thumbs", 2}});
    enqueue_jobs call;
    call.drafts.push_back({.kind = "thumbs", .key = "", .payload = "{}"});
    CHECK(!w.ask<enqueued_jobs>(w.jobs, call));
    CHECK(w.came.empty());
    w.add("a");
    w.deliver();
    REQUIRE(w.came.size() == 1);
    CHECK(w.came[0]->items.size() == 1);
  }

  TEST_CASE("a lease that fails refuses no call that is sound, and the wait goes on") {
    for (size_t calls : {1, 3}) {
      CAPTURE(calls);
      state_world w;
      w.await({{"thumbs", 5}});
      w.store->counted.cannot_lease = true;
      for (size_t i = 0; i < calls; ++i)
        w.add("k-" + std::to_string(i));
      w.deliver();
      CHECK(w.added.size() == calls);
      CHECK(w.refused.empty());
      CHECK(w.came.empty());
      CHECK(w.told >= 1);
      w.store->counted.cannot_lease = false;
      w.add("last");
      w.deliver();
      REQUIRE(w.came.size() == 1);
      CHECK(w.came[0]->items.size() == calls + 1);
    }
  }

  TEST_CASE("a transaction that fails leases nothing, and what is added after it is announced") {
    state_world w;
    w.await({{"thumbs", 5}});
    enqueue_jobs call;
    call.drafts.push_back({.kind = "thumbs", .key = "a", .payload = "{}"});
    // It is tried again without the lease.
    w.store->counted.outages = 2;
    CHECK(!w.ask<enqueued_jobs>(w.jobs, call));
    CHECK(w.came.empty());
    CHECK(w.told == 0);
    // The same again: it is leased by the transaction that adds it.
    REQUIRE(w.ask<enqueued_jobs>(w.jobs, call));
    REQUIRE(w.came.size() == 1);
    REQUIRE(w.came[0]->items.size() == 1);
    CHECK(w.came[0]->items[0].attempts == 1);
    w.await({{"thumbs", 5}});
    w.store->counted.poison = "b";
    for (const auto* key : {"b", "c", "d", "e"})
      w.add(key);
    w.deliver();
    CHECK(w.refused.contains("b"));
    for (const auto* key : {"c", "d", "e"})
      CHECK(w.added.contains(key));
    size_t leased = 0;
    for (size_t i = 1; i < w.came.size(); ++i)
      leased += w.came[i]->items.size();
    // Those that no answer told of were announced.
    CHECK((leased == 3 || w.told > 0));
  }
}

#include "actors/alerts/alerter.hpp"

#include "tests/support/deterministic.hpp"

#include <caf/event_based_actor.hpp>

#include <set>

namespace carillon::test {

TEST_SUITE("actors/alerter") {
  namespace {

  using namespace std::chrono_literals;

  /// What the fakes answer, and what was published.
  struct world {
    consumer_statuses consumers;
    job_queue_records queues;
    bool silent = false;
    std::vector<draft_ptr> published;
  };

  caf::behavior fake_node(caf::event_based_actor* self, std::shared_ptr<world> w) {
    self->set_default_handler(caf::drop);
    return {
      [w](const list_consumers&) -> caf::result<consumer_statuses> {
        if (w->silent)
          return caf::error{caf::sec::request_timeout};
        return w->consumers;
      },
      [w](const list_job_queues&) -> caf::result<job_queue_records> {
        if (w->silent)
          return caf::error{caf::sec::request_timeout};
        return w->queues;
      },
      [w](const std::shared_ptr<publish_call>& x) {
        for (const auto& draft : x->drafts())
          w->published.push_back(draft);
        x->complete(receipts(x->drafts().size()));
      },
    };
  }

  struct fixture : deterministic {
    std::shared_ptr<world> w = std::make_shared<world>();
    telemetry_ptr stats = std::make_shared<telemetry>();
    std::optional<uint64_t> free_disk = 50;
    std::vector<std::string> told;
    caf::actor node = sys.spawn(fake_node, w);
    alert_options options;
    alerter_actor aut;

    void start() {
      alerter_env env;
      env.supervisor = caf::actor_cast<supervisor_actor>(node);
      env.jobs = caf::actor_cast<job_dispatcher_actor>(node);
      env.router = caf::actor_cast<router_actor>(node);
      env.stats = stats;
      env.clock = [this] { return now(); };
      env.free_disk = [this] { return free_disk; };
      env.tell = [this](const std::string& x) { told.push_back(x); };
      env.max_index_lag = 1'000;
      env.options = options;
      aut = sys.spawn(alerter, std::move(env));
      deliver();
    }

    ~fixture() {
      if (aut != nullptr)
        stop(aut);
      stop(node);
    }

    void looks(int count) {
      for (int i = 0; i < count; ++i)
        pass(10s);
    }

    /// Kinds and states of what was published.
    std::vector<std::string> alerts() const {
      std::vector<std::string> out;
      for (const auto& x : w->published) {
        const auto& data = x->data;
        const auto text_of = [&](const std::string& name) {
          const auto from = data.find('"' + name + "\":\"");
          REQUIRE(from != std::string::npos);
          const auto begin = from + name.size() + 4;
          return data.substr(begin, data.find('"', begin) - begin);
        };
        out.push_back(text_of("alert") + ' ' + text_of("subject") + ' ' + text_of("state"));
      }
      return out;
    }
  };

  consumer_status lagging(std::string name, double seconds) {
    consumer_status out;
    out.name = std::move(name);
    out.lag = 12;
    out.lag_seconds = seconds;
    return out;
  }

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a node that is well publishes nothing") {
    w->consumers = {lagging("audit", 1.0)};
    w->queues = {{.queue = "email", .queued = 3, .oldest_due = now()}};
    start();
    looks(20);
    CHECK(w->published.empty());
    CHECK(told.empty());
  }

  TEST_CASE_FIXTURE(fixture, "a consumer that is behind is told once, and once when it is not") {
    w->consumers = {lagging("audit", 301.0), lagging("metrics", 299.0)};
    start();
    looks(100);
    CHECK(alerts() == std::vector<std::string>{"consumer_lag audit begun"});
    const auto& x = *w->published.front();
    CHECK(x.type == "system.alert");
    CHECK(x.hops == 1);
    CHECK(x.data.find("\"value\":301") != std::string::npos);
    CHECK(x.data.find("\"threshold\":300") != std::string::npos);
    REQUIRE(told.size() == 1);
    CHECK(told.front().starts_with("alert consumer_lag begins: the consumer audit is 301 s"));
    w->consumers.front().lag = 0;
    looks(100);
    CHECK(alerts()
          == std::vector<std::string>{"consumer_lag audit begun", "consumer_lag audit ended"});
  }

  TEST_CASE_FIXTURE(fixture, "a consumer that an operator paused is no alert") {
    w->consumers = {lagging("audit", 1'000.0)};
    w->consumers.front().paused = true;
    start();
    looks(20);
    CHECK(w->published.empty());
  }

  TEST_CASE_FIXTURE(fixture, "queues are told for dead jobs, and for jobs that wait") {
    w->queues
      = {{.queue = "email", .dead = 1}, {.queue = "late", .queued = 1, .oldest_due = now()}};
    start();
    looks(2);
    CHECK(alerts() == std::vector<std::string>{"queue_dead email begun"});
    looks(100);
    CHECK(alerts() == std::vector<std::string>{"queue_dead email begun", "queue_wait late begun"});
    // A queue without jobs is not listed.
    w->queues.clear();
    looks(2);
    CHECK(w->published.size() == 4);
  }

  TEST_CASE_FIXTURE(fixture, "disk, index and evidence are told") {
    start();
    free_disk = 9;
    stats->head = 2'000;
    stats->indexed = 1'500;
    stats->evidence.refused = 1;
    looks(50);
    auto found = alerts();
    CHECK(std::set<std::string>{found.begin(), found.end()}
          == std::set<std::string>{"disk_free  begun", "index_lag  begun", "evidence  begun"});
    CHECK(found.size() == 3);
    // A little more than the threshold is not enough, for the first of them.
    free_disk = 10;
    stats->indexed = 2'000;
    stats->evidence.refused = 0;
    looks(5);
    CHECK(w->published.size() == 5);
    free_disk = 11;
    looks(5);
    CHECK(alerts().back() == "disk_free  ended");
  }

  TEST_CASE_FIXTURE(fixture, "a witness that does not get the checkpoints is told, until it does") {
    start();
    for (int i = 0; i < 6; ++i) {
      ++stats->evidence.witness_failures;
      stats->evidence.signed_size += 10;
      looks(1);
    }
    CHECK(alerts() == std::vector<std::string>{"witness  begun"});
    stats->evidence.witnessed_size = stats->evidence.signed_size.load();
    looks(3);
    CHECK(alerts().back() == "witness  ended");
  }

  TEST_CASE_FIXTURE(fixture, "a witness that failed once and is behind for a moment is no alert") {
    stats->evidence.witness_failures = 3;
    start();
    for (int i = 0; i < 20; ++i) {
      stats->evidence.witnessed_size = stats->evidence.signed_size.load();
      stats->evidence.signed_size += 10;
      looks(1);
    }
    CHECK(w->published.empty());
  }

  TEST_CASE_FIXTURE(fixture, "no witness is no alert") {
    stats->evidence.signed_size = 10;
    start();
    looks(10);
    CHECK(w->published.empty());
  }

  TEST_CASE_FIXTURE(fixture, "a look that is not answered says nothing") {
    w->consumers = {lagging("audit", 301.0)};
    start();
    looks(2);
    REQUIRE(w->published.size() == 1);
    w->silent = true;
    looks(20);
    CHECK(w->published.size() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "a threshold of 0 is never reached") {
    options.consumer_lag = 0s;
    options.dead_jobs = 0;
    options.job_wait = 0s;
    options.disk_percent = 0;
    options.index_percent = 0;
    w->consumers = {lagging("audit", 1e6)};
    w->queues = {{.queue = "email", .dead = 1'000, .oldest_due = from_micros(0)}};
    free_disk = 0;
    stats->head = 1'000'000;
    start();
    looks(10);
    CHECK(w->published.empty());
  }
}

} // namespace carillon::test

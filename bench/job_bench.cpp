// The job rate of a node; each job is durable before and after.
//
//   job_bench drain [--jobs 50000] [--rounds 3]   jobs that wait already, at 1 and 4 workers
//   job_bench live  [--jobs 50000] [--rounds 3]   jobs that are enqueued meanwhile, 100 at a time
//
// Every figure is printed as one JSON line. DIR comes from $CARILLON_BENCH_DIR, default /var/tmp.

#include "bench/engine_system.hpp"
#include "bench/support.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <atomic>
#include <cstdio>
#include <string_view>
#include <thread>

using namespace carillon;
using namespace carillon::bench;
using namespace std::chrono_literals;

namespace {

class no_op final : public job_runner {
public:
  explicit no_op(std::atomic<uint64_t>& done) : done_(done) {
  }

  job_outcome run(const job&, std::chrono::steady_clock::time_point) override {
    ++done_;
    return job_outcome::done();
  }

private:
  std::atomic<uint64_t>& done_;
};

/// An engine on a directory of its own, without handlers.
struct world {
  scratch_directory dir;
  system_config cfg;
  caf::actor_system system{cfg};
  std::atomic<uint64_t> done{0};
  expected<engine> node = start();

  expected<engine> start() {
    engine_options options;
    options.storage.url = "sqlite://" + dir.path();
    options.audit_types = {};
    options.evidence.enabled = false;
    options.metrics_types = {};
    options.email_types = {};
    options.notification_types = {};
    auto out = engine::start(system, options);
    if (!out)
      fail(out.error().detail);
    return out;
  }

  void add_queue(size_t workers) {
    job_queue queue;
    queue.name = "noop";
    queue.workers = workers;
    queue.make = [this] { return std::make_unique<no_op>(done); };
    if (auto added = node->add_job_queue(std::move(queue)); !added)
      fail(added.error().detail);
  }

  void enqueue(uint64_t from, uint64_t to) {
    enqueue_jobs request;
    for (auto i = from; i < to; ++i)
      request.drafts.push_back({.kind = "noop.x",
                                .key = "noop/" + std::to_string(i),
                                .payload = R"({"n":)" + std::to_string(i) + "}",
                                .company_id = {},
                                .run_at = {}});
    caf::scoped_actor self{system, true};
    self->request(node->handles().state_writer.jobs, 30s, std::move(request))
      .receive([](const enqueued_jobs&) {},
               [](const caf::error& reason) { fail(to_failure(reason).detail); });
  }

  /// Waits until the store has all of them as done.
  void wait_for(uint64_t jobs) {
    caf::scoped_actor self{system, true};
    for (bool left = true; left || done < jobs; std::this_thread::sleep_for(2ms))
      self->request(node->handles().jobs, 30s, list_job_queues{})
        .receive(
          [&](const job_queue_records& all) {
            left = false;
            for (const auto& x : all)
              left = left || x.queued + x.running > 0;
          },
          [](const caf::error& reason) { fail(to_failure(reason).detail); });
    if (done != jobs)
      fail("jobs were done twice");
  }
};

void bench_drain(uint64_t jobs, int rounds) {
  constexpr uint64_t batch = 1'000;
  for (size_t workers : {size_t{1}, size_t{4}}) {
    std::vector<double> rates;
    for (int i = 0; i < rounds; ++i) {
      world w;
      for (uint64_t n = 0; n < jobs; n += batch)
        w.enqueue(n, std::min(n + batch, jobs));
      stopwatch watch;
      w.add_queue(workers);
      w.wait_for(jobs);
      rates.push_back(static_cast<double>(jobs) / watch.seconds());
      w.node->stop();
    }
    std::printf(R"({"bench":"jobs_drain","workers":%zu,"jobs_per_s":%s})"
                "\n",
                workers, spread(rates).c_str());
  }
}

void bench_live(uint64_t jobs, int rounds) {
  constexpr uint64_t batch = 100;
  std::vector<double> rates;
  for (int i = 0; i < rounds; ++i) {
    world w;
    w.add_queue(4);
    stopwatch watch;
    for (uint64_t n = 0; n < jobs; n += batch)
      w.enqueue(n, std::min(n + batch, jobs));
    w.wait_for(jobs);
    rates.push_back(static_cast<double>(jobs) / watch.seconds());
    w.node->stop();
  }
  std::printf(R"({"bench":"jobs_live","workers":4,"enqueued_at_a_time":%lu,"jobs_per_s":%s})"
              "\n",
              batch, spread(rates).c_str());
}

} // namespace

int main(int argc, char** argv) {
  std::string_view what = argc > 1 ? argv[1] : "";
  uint64_t jobs = 50'000;
  int rounds = 3;
  for (int i = 2; i + 1 < argc; i += 2) {
    std::string_view flag = argv[i];
    if (flag == "--jobs")
      jobs = std::stoull(argv[i + 1]);
    else if (flag == "--rounds")
      rounds = std::stoi(argv[i + 1]);
  }
  if (what == "drain")
    bench_drain(jobs, rounds);
  else if (what == "live")
    bench_live(jobs, rounds);
  else
    fail("usage: job_bench drain|live [--jobs N] [--rounds N]");
  return 0;
}

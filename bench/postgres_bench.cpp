// A store on PostgreSQL, beside libpqxx alone.
//   postgres_bench publish  [--seconds 3] [--rounds 3]      durable publish, beside a loop of COPY
//   postgres_bench copy     [--events 300000] [--rounds 3]  an installation moves from SQLite
//   postgres_bench handlers [--events 100000] [--rounds 3]  the built-in handlers, with effects
//
// Every figure is printed as one JSON line. $CARILLON_BENCH_POSTGRES is the directory of the
// server's socket.

#include "bench/engine_system.hpp"
#include "bench/handlers_rate.hpp"
#include "bench/publish_rate.hpp"
#include "bench/support.hpp"

#include "base/time.hpp"
#include "persistence/storage.hpp"
#include "persistence/tools/copy.hpp"

#include <caf/actor_system.hpp>
#include <pqxx/pqxx>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <tuple>

using namespace carillon;
using namespace carillon::bench;

namespace {

std::string url_of(const std::string& database) {
  const char* directory = std::getenv("CARILLON_BENCH_POSTGRES");
  if (directory == nullptr)
    fail("CARILLON_BENCH_POSTGRES names no server: tests/support/postgres_server.sh starts one");
  std::string host;
  for (const char* at = directory; *at != 0; ++at)
    host += *at == '/' ? std::string{"%2F"} : std::string{*at};
  return "postgresql://carillon@/" + database + "?host=" + host;
}

void administer(const std::string& statement) {
  pqxx::connection db{url_of("postgres")};
  pqxx::nontransaction{db}.exec(statement);
}

/// An empty database; dropped at the end.
class scratch_database {
public:
  scratch_database() {
    administer("DROP DATABASE IF EXISTS carillon_bench WITH (FORCE)");
    administer("CREATE DATABASE carillon_bench");
    // Earlier writes must not slow the measured work.
    administer("CHECKPOINT");
    options_.url = url_of("carillon_bench");
    options_.directory = directory_.path();
  }
  scratch_database(const scratch_database&) = delete;
  scratch_database& operator=(const scratch_database&) = delete;
  ~scratch_database() {
    try {
      administer("DROP DATABASE carillon_bench WITH (FORCE)");
    } catch (const std::exception& x) {
      std::fprintf(stderr, "the database stays: %s\n", x.what());
    }
  }

  const storage_options& options() const noexcept {
    return options_;
  }

private:
  scratch_directory directory_;
  storage_options options_;
};

double engine_rate(size_t batch, double seconds) {
  scratch_database database;
  system_config cfg;
  caf::actor_system system{cfg};
  engine_options options;
  options.storage = database.options();
  options.audit_types = {};
  options.evidence.enabled = false;
  options.metrics_types = {};
  options.email_types = {};
  options.notification_types = {};
  options.writer.max_batch_events = batch;
  auto node = engine::start(system, options);
  if (!node)
    fail(node.error().detail);
  auto rate = publish_rate(*node, batch, seconds, nullptr);
  node->stop();
  return rate;
}

const std::vector<std::string> columns{
  "seq",    "type",        "time",         "company_id",  "user_id",  "correlation_id", "id",
  "source", "recorded_at", "causation_id", "traceparent", "audience", "metadata",       "data"};

/// The log alone, without actors.
double log_rate(size_t batch, double seconds) {
  scratch_database database;
  auto store = storage::open(database.options());
  if (!store)
    fail(store.error().detail);
  auto log = (*store)->open_log_writer();
  if (!log)
    fail(log.error().detail);
  uint64_t n = 0;
  double spent = 0;
  while (spent < seconds) {
    auto drafts = make_drafts(batch, n);
    stopwatch watch;
    if (auto done = (*log)->append(drafts, wall_clock_now()); !done)
      fail(done.error().detail);
    spent += watch.seconds();
  }
  return static_cast<double>(n) / spent;
}

/// The engine's table, then only COPY, a transaction each.
double bare_rate(size_t batch, double seconds) {
  scratch_database database;
  if (auto made = storage::open(database.options()); !made)
    fail(made.error().detail);
  pqxx::connection db{database.options().url};
  uint64_t n = 0;
  uint64_t seq = 0;
  double spent = 0;
  while (spent < seconds) {
    // The time to make the events does not count.
    auto drafts = make_drafts(batch, n);
    stopwatch watch;
    pqxx::work work{db};
    pqxx::stream_to to{work, "event_log", columns};
    for (const auto& x : drafts)
      to << std::make_tuple(++seq, x->type, to_micros(x->time), x->company_id, x->user_id,
                            x->correlation_id, x->id, x->source, to_micros(x->time),
                            x->causation_id, x->traceparent, static_cast<int>(x->audience),
                            x->metadata, x->data);
    to.complete();
    work.commit();
    spent += watch.seconds();
  }
  return static_cast<double>(seq) / spent;
}

void bench_publish(double seconds, int rounds, size_t only) {
  for (size_t batch : {size_t{1}, size_t{64}, size_t{512}}) {
    if (only != 0 && batch != only)
      continue;
    std::vector<double> ours;
    std::vector<double> log;
    std::vector<double> bare;
    std::vector<double> ratios;
    for (int i = 0; i < rounds; ++i) {
      log.push_back(log_rate(batch, seconds));
      ours.push_back(engine_rate(batch, seconds));
      bare.push_back(bare_rate(batch, seconds));
      ratios.push_back(ours.back() / bare.back());
    }
    std::printf(R"({"bench":"postgres publish","batch":%zu,"engine":%s,"log":%s,"bare_pqxx":%s,)"
                R"("ratio":%s})"
                "\n",
                batch, spread(ours).c_str(), spread(log).c_str(), spread(bare).c_str(),
                spread(ratios).c_str());
    std::fflush(stdout);
  }
}

void fill(const std::string& url, uint64_t events) {
  storage_options options;
  options.url = url;
  auto store = storage::open(options);
  if (!store)
    fail(store.error().detail);
  auto log = (*store)->open_log_writer();
  if (!log)
    fail(log.error().detail);
  for (uint64_t n = 0; n < events;)
    if (auto done = (*log)->append(make_drafts(4'096, n), wall_clock_now()); !done)
      fail(done.error().detail);
}

void bench_copy(uint64_t events, int rounds) {
  scratch_directory dir;
  const auto from = "sqlite://" + dir.path();
  fill(from, events);
  std::vector<double> rates;
  for (int i = 0; i < rounds; ++i) {
    scratch_database database;
    copy_request request;
    request.from = from;
    request.to = database.options();
    stopwatch watch;
    auto report = copy_installation(request, [](const copy_progress&) {});
    if (!report)
      fail(report.error().detail);
    rates.push_back(static_cast<double>(report->events) / watch.seconds());
  }
  std::printf(R"({"bench":"postgres copy","events":%llu,"events_per_s":%s,"rss_mib":%.0f})"
              "\n",
              static_cast<unsigned long long>(events), spread(rates).c_str(), rss_mib());
}

void bench_handlers(uint64_t events, int rounds) {
  std::vector<double> rates;
  uint64_t made = 0;
  for (int i = 0; i < rounds; ++i) {
    scratch_database database;
    rates.push_back(handlers_rate(database.options(), events, made));
  }
  std::printf(R"({"bench":"postgres handlers","handlers":3,"events":%llu,"events_per_s":%s})"
              "\n",
              static_cast<unsigned long long>(events), spread(rates).c_str());
}

} // namespace

int main(int argc, char** argv) {
  auto number = [&](std::string_view name, double otherwise) {
    for (int i = 2; i + 1 < argc; ++i)
      if (argv[i] == name)
        return std::atof(argv[i + 1]);
    return otherwise;
  };
  const std::string_view what = argc > 1 ? argv[1] : "";
  const auto rounds = static_cast<int>(number("--rounds", 3));
  try {
    if (what == "publish")
      bench_publish(number("--seconds", 3), rounds, static_cast<size_t>(number("--batch", 0)));
    else if (what == "copy")
      bench_copy(static_cast<uint64_t>(number("--events", 300'000)), rounds);
    else if (what == "handlers")
      bench_handlers(static_cast<uint64_t>(number("--events", 100'000)), rounds);
    else
      fail("usage: postgres_bench publish|copy|handlers");
  } catch (const std::exception& x) {
    fail(x.what());
  }
}

#include "actors/evidence/sealer.hpp"
#include "actors/jobs/job_dispatcher.hpp"
#include "actors/schedules/scheduler.hpp"
#include "actors/sessions/session_hub.hpp"
#include "actors/webhooks/webhook_hub.hpp"
#include "actors/workers/queue_hub.hpp"
#include "actors/workers/worker_hub.hpp"
#include "node/engine/engine_parts.hpp"

#include <filesystem>
#include <random>

// The actors of an engine that work on events and beside them.

namespace carillon {

namespace {

/// Numbers 0 ≤ x < 1, for the jitter of one actor.
std::function<double()> make_random() {
  auto source = std::make_shared<std::minstd_rand>(std::random_device{}());
  return [source] { return std::uniform_real_distribution<double>{0.0, 1.0}(*source); };
}

} // namespace

expected<void> engine::parts::spawn_sealer() {
  if (!evidence.keys)
    return {};
  auto log = store->open_log_reader();
  if (!log)
    return log.error();
  auto opened = store->open_state(false);
  if (!opened)
    return opened.error();
  const std::shared_ptr<state_store> state{std::move(*opened)};
  sealer_env env;
  env.log = std::move(*log);
  env.store = {state, &state->evidence()};
  env.writer = state_writer.evidence;
  env.origin = origin_of(history);
  env.seed = evidence.keys->seed;
  env.salt_key = evidence.keys->salt;
  env.clock = wall_clock_now;
  env.tell = options.storage.on_trouble;
  env.stats = stats;
  env.options = options.evidence;
  env.past = evidence.past;
  env.refusal = evidence.refusal;
  env.kept = evidence.head;
  auto witnesses = evidence.make_witnesses(options.evidence, options.webhooks.client);
  if (!witnesses)
    return witnesses.error();
  env.witnesses = std::move(*witnesses);
  sealer = sys.spawn<caf::detached>(carillon::sealer, std::move(env));
  watched.add(sealer, "the sealer of the log");
  return {};
}

expected<void> engine::parts::spawn_webhooks() {
  auto& settings = options.webhooks;
  settings.client.connections = stats->bounds.add("webhook connections", "requests under way",
                                                  settings.client.max_connections);
  settings.client.waiting
    = stats->bounds.add("webhook requests", "requests that wait", settings.client.max_queued);
  auto made = http_client::make(settings.client);
  if (!made)
    return made.error();
  client = std::move(*made);
  webhook_hub_env env;
  env.consumers = {router, feeder,       state_writer.consumers, wall_clock_now, options.consumers,
                   {},     stats->traces};
  env.state_writer = state_writer.webhooks;
  env.state_reader = state_reader.webhooks;
  env.audit = state_writer.audit;
  env.index = webhook_matches;
  env.secrets = secrets;
  // The client ends with the engine; later calls get no answer, and need none.
  env.call = [weak = std::weak_ptr{client}](http_request x, http_client::callback done) {
    if (auto to = weak.lock())
      to->send(std::move(x), std::move(done));
  };
  env.check_target = [weak = std::weak_ptr{client}](const std::string& url,
                                                    bool private_targets) -> expected<std::string> {
    if (auto by = weak.lock())
      return by->check(url, private_targets);
    return failure{ec::shutting_down, "the node is shutting down", {}};
  };
  env.stats = stats;
  env.make_random = make_random;
  env.options = settings.hub;
  env.allow_http = settings.client.allow_http;
  env.alerts = options.alerts.interval.count() > 0;
  webhooks = sys.spawn(webhook_hub, std::move(env));
  watched.add(webhooks, "the webhook hub");
  return {};
}

void engine::parts::spawn_sessions() {
  session_hub_env env;
  env.feed = router;
  env.reader = session_reader;
  env.audit = state_writer.audit;
  env.stats = stats;
  env.histories = histories;
  env.options = options.sessions;
  sessions = sys.spawn(session_hub, std::move(env));
  watched.add(sessions, "the session hub");
}

void engine::parts::spawn_jobs() {
  job_dispatcher_env env;
  env.state_writer = state_writer.jobs;
  env.state_reader = state_reader.jobs;
  env.stats = stats;
  env.random = make_random();
  env.options = options.jobs;
  jobs = sys.spawn(job_dispatcher, std::move(env));
  watched.add(jobs, "the job dispatcher");
}

void engine::parts::spawn_workers() {
  worker_hub_env env;
  env.supervisor = supervisor;
  env.cursors = state_writer.consumers;
  env.store = state_writer.remote_consumers;
  env.router = router;
  env.reader = counter;
  env.places
    = stats->bounds.add("remote consumers", "remote consumers", options.workers.max_consumers);
  env.options = options.workers;
  env.history = history;
  env.traces = stats->traces;
  workers = sys.spawn(worker_hub, std::move(env));
  watched.add(workers, "the hub of workers");
  queue_hub_env queues_env;
  queues_env.dispatcher = jobs;
  queues_env.store = state_writer.jobs;
  queues_env.places
    = stats->bounds.add("job queues", "queues with workers", options.workers.max_queues);
  queues_env.options = options.workers;
  queues_env.traces = stats->traces;
  queue_workers = sys.spawn(queue_hub, std::move(queues_env));
  watched.add(queue_workers, "the hub of job queues");
}

void engine::parts::spawn_alerter() {
  if (options.alerts.interval.count() <= 0)
    return;
  alerter_env env;
  env.supervisor = supervisor;
  env.jobs = jobs;
  env.router = router;
  env.stats = stats;
  env.free_disk = [directory = store->data_directory()]() -> std::optional<uint64_t> {
    std::error_code error;
    const auto space = std::filesystem::space(directory, error);
    if (error || space.capacity == 0)
      return std::nullopt;
    return space.available / std::max<uintmax_t>(space.capacity / 100, 1);
  };
  env.tell = options.storage.on_trouble;
  env.max_index_lag = options.router.max_index_lag;
  env.options = options.alerts;
  alerts = sys.spawn<caf::detached>(alerter, std::move(env));
  watched.add(alerts, "the alerter");
}

void engine::parts::spawn_announcer() {
  announcer_env env;
  env.state_writer = state_writer.notifications;
  env.state_reader = state_reader.notifications;
  env.router = router;
  env.options = options.announcer;
  announcements = sys.spawn(announcer, std::move(env));
  watched.add(announcements, "the announcer of notifications");
}

void engine::parts::spawn_scheduler() {
  scheduler_env env;
  env.state_writer = state_writer.schedules;
  env.state_reader = state_reader.schedules;
  env.router = router;
  env.options = options.scheduler;
  schedules = sys.spawn<caf::detached>(scheduler, std::move(env));
  watched.add(schedules, "the scheduler");
}

} // namespace carillon

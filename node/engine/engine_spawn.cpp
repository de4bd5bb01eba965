#include "node/engine/engine_parts.hpp"

#include "actors/evidence/sealer.hpp"
#include "actors/jobs/job_dispatcher.hpp"
#include "actors/log/indexer.hpp"
#include "actors/log/log_reader.hpp"
#include "actors/log/log_watcher.hpp"
#include "actors/log/log_writer.hpp"
#include "actors/log/router.hpp"
#include "actors/schedules/scheduler.hpp"
#include "actors/sessions/session_hub.hpp"
#include "actors/state/store_actor.hpp"
#include "actors/webhooks/webhook_hub.hpp"
#include "actors/workers/queue_hub.hpp"
#include "actors/workers/worker_hub.hpp"
#include "base/crypto/ed25519.hpp"
#include "base/crypto/secret_box.hpp"
#include "base/failure_text.hpp"
#include "node/engine/node_key.hpp"
#include "persistence/state/operators/audit_check.hpp"

#include <filesystem>
#include <random>
#include <tuple>

// The actors of an engine, with the connections that they own. Each is watched.

namespace carillon {

namespace {

/// Numbers 0 ≤ x < 1, for the jitter of one actor.
std::function<double()> make_random() {
  auto source = std::make_shared<std::minstd_rand>(std::random_device{}());
  return [source] { return std::uniform_real_distribution<double>{0.0, 1.0}(*source); };
}

/// What a step of the indexer came to.
void note_index(telemetry& to, const index_progress& x) {
  to.log_damaged_from = x.first_missing;
  to.log_damaged_events = x.missing;
}

} // namespace

expected<log_reader_actor> engine::parts::spawn_reader(std::string what) {
  auto log = store->open_log_reader();
  if (!log)
    return log.error();
  log_reader_actor out = sys.spawn<caf::detached>(
    log_reader, std::shared_ptr<event_log>{std::move(*log)}, log_reader_options{});
  watch(out, std::move(what));
  return out;
}

expected<void> engine::parts::spawn_log() {
  auto log = store->open_log_writer();
  if (!log)
    return log.error();
  auto head = (*log)->head();
  if (!head)
    return head.error();
  position indexed = *head;
  std::shared_ptr<store_indexer> derived;
  if (auto done = spawn_index(*head, indexed, derived); !done)
    return done;
  stats->bounds.set_percent(static_cast<uint32_t>(options.company_share));
  auto settings = options.writer;
  if (!settings.on_failure && options.storage.on_trouble)
    settings.on_failure = [tell = options.storage.on_trouble](const failure& x) {
      tell("events cannot be stored: " + text_of(x));
    };
  writer = sys.spawn<caf::detached>(log_writer, std::shared_ptr<event_log>{std::move(*log)}, stats,
                                    std::move(settings));
  // Without one of its actors the engine cannot work: it ends, and reports which actor ended.
  watch(writer, "the log writer");
  options.router.index_follows = derived != nullptr;
  router = sys.spawn(carillon::router, writer, options.router, stats, *head, indexed);
  watch(router, "the router");
  if (derived != nullptr) {
    index = sys.spawn<caf::detached>(
      indexer, std::move(derived), router,
      indexer_options{.on_progress
                      = [stats = stats](const index_progress& x) { note_index(*stats, x); }});
    watch(index, "the indexer");
  }
  if (auto done = spawn_watcher(); !done)
    return done;
  return spawn_readers();
}

/// On PostgreSQL, where other processes append too.
expected<void> engine::parts::spawn_watcher() {
  auto opened = store->open_log_follower();
  if (!opened)
    return opened.error();
  follower = std::move(*opened);
  if (follower != nullptr) {
    watcher = sys.spawn<caf::detached>(log_watcher, follower, router);
    watch(watcher, "the watch over the store");
  }
  return {};
}

expected<void> engine::parts::spawn_readers() {
  for (auto [to, what, of_owner] : {std::tuple{&feeder, "the reader of handlers", true},
                                    std::tuple{&counter, "the reader of replays", true},
                                    std::tuple{&session_reader, "the reader of sessions", false},
                                    std::tuple{&job_reader, "the reader of jobs", true}}) {
    if (of_owner && follows())
      continue;
    auto reader = spawn_reader(what);
    if (!reader)
      return reader.error();
    *to = std::move(*reader);
  }
  for (size_t i = 0; i < std::max<size_t>(1, options.readers); ++i) {
    auto reader = spawn_reader("reader " + std::to_string(i + 1) + " of the log");
    if (!reader)
      return reader.error();
    readers.push_back(std::move(*reader));
  }
  return {};
}

expected<void> engine::parts::spawn_index(position head, position& indexed,
                                          std::shared_ptr<store_indexer>& out) {
  auto opened = store->open_indexer();
  if (!opened)
    return opened.error();
  if (*opened == nullptr) {
    indexed = head;
    return {};
  }
  auto first = (*opened)->step();
  if (!first)
    return first.error();
  indexed = first->indexed;
  note_index(*stats, *first);
  out = std::move(*opened);
  return {};
}

expected<void> engine::parts::seal(state_store& state) {
  const auto& given = options.webhooks.key_file;
  auto box = secret_box::open(given.empty() ? store->default_key_file() : given);
  if (!box)
    return box.error();
  auto log = store->open_log_reader();
  if (!log)
    return log.error();
  auto first = digest_of_readable_first([&](const read_request& x) { return (*log)->read(x); });
  if (!first)
    return first.error();
  auto key = box->derived_key(audit_seal::purpose);
  if (!key)
    return key.error();
  return state.audit().seal(
    std::make_shared<const audit_seal>(*key, store->data_directory() + '/'
                                               + std::string{audit_seal::file_name}),
    *first);
}

/// Runs before any use of the key.
expected<void> engine::parts::open_key(state_store& state) {
  const auto& settings = options.webhooks;
  const auto file = settings.key_file.empty() ? store->default_key_file() : settings.key_file;
  if (auto known = check_key_file(state, file, settings.accept_new_key); !known)
    return known;
  auto box = secret_box::open(file);
  if (!box)
    return box.error();
  auto checked = check_node_key(state, *box, file, settings.accept_new_key);
  if (!checked)
    return checked.error();
  if (!checked->empty())
    start_warnings.push_back(*checked);
  secrets = std::make_shared<const secret_box>(std::move(*box));
  return {};
}

expected<void> engine::parts::spawn_state() {
  for (bool writes : {true, false}) {
    auto opened = store->open_state(writes);
    if (!opened)
      return opened.error();
    if (writes)
      if (auto done = open_key(**opened); !done)
        return done;
    if (writes)
      if (auto made = (*opened)->schema().apply(options.schema, wall_clock_now()); !made)
        return made;
    if (auto sealed = seal(**opened); !sealed)
      return sealed;
    if (writes)
      if (auto done = open_evidence(**opened); !done)
        return done;
    (*opened)->schedules().set_bounds(options.scheduler.schedules, options.scheduler.delayed);
    auto handle
      = sys.spawn<caf::detached>(store_actor, std::shared_ptr<state_store>{std::move(*opened)});
    watch(handle, writes ? "the writer of the state" : "the reader of the state");
    (writes ? state_writer : state_reader) = state_handles_of(handle);
  }
  return {};
}

/// Reads the keys of the evidence, and compares them with the store.
expected<void> engine::parts::open_evidence(state_store& state) {
  if (!options.evidence.enabled)
    return {};
  auto salt = secrets->derived_key(evidence_keys::salt_purpose);
  if (!salt)
    return salt.error();
  const auto& given = options.evidence.key_file;
  const auto key_file
    = given.empty() ? store->data_directory() + '/' + std::string{evidence_keys::file_name} : given;
  auto keys = open_evidence_keys(state.evidence(), key_file, std::move(*salt), origin_of(history),
                                 wall_clock_now());
  if (!keys)
    return keys.error();
  evidence_secrets = std::move(*keys);
  return read_evidence_past(state, key_file);
}

expected<void> engine::parts::read_evidence_past(state_store& state, const std::string& key_file) {
  const auto& given = options.evidence.head_file;
  const auto beside = std::filesystem::path{key_file}.replace_filename(head_file::file_name);
  evidence_head.emplace(given.empty() ? beside.string() : given);
  const auto public_key = ed25519_public_key(evidence_secrets->seed);
  if (!public_key)
    return public_key.error();
  auto past = read_signed_past(state, *evidence_head, note_key{origin_of(history), *public_key});
  if (past)
    evidence_past = std::move(*past);
  else
    evidence_refusal = past.error().detail;
  return {};
}

expected<void> engine::parts::spawn_sealer() {
  if (!evidence_secrets)
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
  env.seed = evidence_secrets->seed;
  env.salt_key = evidence_secrets->salt;
  env.clock = wall_clock_now;
  env.tell = options.storage.on_trouble;
  env.stats = stats;
  env.options = options.evidence;
  env.past = evidence_past;
  env.refusal = evidence_refusal;
  env.kept = evidence_head;
  auto witnesses = make_witnesses();
  if (!witnesses)
    return witnesses.error();
  env.witnesses = std::move(*witnesses);
  sealer = sys.spawn<caf::detached>(carillon::sealer, std::move(env));
  watch(sealer, "the sealer of the log");
  return {};
}

expected<void> engine::parts::spawn_checkpointer() {
  auto opened = store->open_checkpointer();
  if (!opened)
    return opened.error();
  if (*opened != nullptr) {
    checkpoints = sys.spawn<caf::detached>(checkpointer,
                                           std::shared_ptr<store_checkpointer>{std::move(*opened)},
                                           stats, options.checkpoint_interval);
    watch(checkpoints, "the checkpointer");
  }
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
  watch(webhooks, "the webhook hub");
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
  watch(sessions, "the session hub");
}

void engine::parts::spawn_jobs() {
  job_dispatcher_env env;
  env.state_writer = state_writer.jobs;
  env.state_reader = state_reader.jobs;
  env.stats = stats;
  env.random = make_random();
  env.options = options.jobs;
  jobs = sys.spawn(job_dispatcher, std::move(env));
  watch(jobs, "the job dispatcher");
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
  watch(workers, "the hub of workers");
  queue_hub_env queues_env;
  queues_env.dispatcher = jobs;
  queues_env.store = state_writer.jobs;
  queues_env.places
    = stats->bounds.add("job queues", "queues with workers", options.workers.max_queues);
  queues_env.options = options.workers;
  queues_env.traces = stats->traces;
  queue_workers = sys.spawn(queue_hub, std::move(queues_env));
  watch(queue_workers, "the hub of job queues");
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
  watch(alerts, "the alerter");
}

void engine::parts::spawn_announcer() {
  announcer_env env;
  env.state_writer = state_writer.notifications;
  env.state_reader = state_reader.notifications;
  env.router = router;
  env.options = options.announcer;
  announcements = sys.spawn(announcer, std::move(env));
  watch(announcements, "the announcer of notifications");
}

void engine::parts::spawn_scheduler() {
  scheduler_env env;
  env.state_writer = state_writer.schedules;
  env.state_reader = state_reader.schedules;
  env.router = router;
  env.options = options.scheduler;
  schedules = sys.spawn<caf::detached>(scheduler, std::move(env));
  watch(schedules, "the scheduler");
}

} // namespace carillon

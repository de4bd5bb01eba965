#include "node/engine/engine_parts.hpp"

#include "actors/consumers/supervisor.hpp"
#include "actors/evidence/leaf_handler.hpp"
#include "actors/inbound/inbound_keeper.hpp"
#include "actors/measures/measure_keeper.hpp"
#include "actors/webhooks/webhook_matcher.hpp"
#include "handlers/audit/audit_handler.hpp"
#include "handlers/email/email_handler.hpp"
#include "handlers/metrics/metrics_handler.hpp"
#include "handlers/notification/notification_handler.hpp"
#include "messages/ask.hpp"

#include <algorithm>

namespace carillon {

namespace {

/// How long the store may take to answer while the engine starts.
constexpr std::chrono::seconds start_deadline{30};

/// Most events in one transaction of a built-in handler: their rows dirty the same pages of the
/// indexes.
constexpr size_t builtin_window = 4'096;
/// Most uncommitted events of a built-in handler, since others wait for the same connection.
constexpr size_t builtin_uncommitted = 2'000;

} // namespace

engine::parts::parts(caf::actor_system& system, engine_options settings)
  : sys(system), options(std::move(settings)), watched(system) {
}

engine::parts::~parts() {
  stop(std::chrono::seconds{10});
}

expected<void> engine::parts::open() {
  auto opened = storage::open(options.storage);
  if (!opened)
    return opened.error();
  store = std::move(*opened);
  if (follows())
    return open_follower();
  nodes = store->view_of_nodes();
  if (nodes != nullptr) {
    auto may_call_out = [view = nodes] { return view->may_call_out(); };
    options.webhooks.client.may_begin = may_call_out;
    options.queues.may_send = may_call_out;
  }
  if (auto done = open_log(); !done)
    return done;
  if (auto done = spawn_state(); !done)
    return done;
  if (auto done = spawn_sealer(); !done)
    return done;
  if (auto done = spawn_checkpointer(); !done)
    return done;
  if (auto done = spawn_webhooks(); !done)
    return done;
  spawn_sessions();
  spawn_jobs();
  spawn_announcer();
  if (auto done = make_queues(); !done)
    return done;
  supervisor_env env;
  env.consumers
    = {router,        feeder, state_writer.consumers, wall_clock_now, options.consumers, {},
       stats->traces, stats};
  env.replays = state_writer.replays;
  env.counter = counter;
  env.webhooks = webhooks;
  env.sessions = replay_taker_actor{sessions};
  env.options.max_replays = options.max_replays;
  env.on_restart = [counts = stats, tell = options.storage.on_trouble](const std::string& consumer,
                                                                       const std::string& reason) {
    ++counts->handler_restarts;
    if (tell)
      tell("handler " + consumer + " crashed and is restarted: " + reason);
  };
  supervisor = sys.spawn(carillon::supervisor, std::move(env));
  watched.add(supervisor, "the supervisor of handlers");
  spawn_workers();
  spawn_alerter();
  return {};
}

expected<void> engine::parts::open_log() {
  histories = store->histories();
  history = histories.current;
  if (auto done = start_traces(); !done)
    return done;
  if (!follows())
    hold_watch.emplace(
      *store, [to = watched.faults()](std::string reason) { to->tell(std::move(reason)); });
  return spawn_log();
}

/// Finds wrong mail settings before any work begins.
expected<void> engine::parts::make_queues() {
  auto directory = store->data_directory();
  const auto shared = store->files();
  auto made = make_built_in_queues(options.queues, directory,
                                   make_worker_access(sys, job_reader, state_writer), shared);
  if (!made)
    return made.error();
  queues = std::move(*made);
  if (!queues.warning.empty())
    start_warnings.push_back("there are no order sheets: " + queues.warning);
  auto opened = document_store::open(directory + "/documents", shared);
  if (!opened)
    return opened.error();
  documents.store = std::move(*opened);
  return {};
}

expected<void> engine::parts::add_queues() {
  expected<void> out;
  for (const auto* queue : {&queues.email, &queues.document})
    if (auto added = ask<void>(sys, jobs, start_deadline,
                               job_queue_ptr{std::make_shared<const job_queue>(*queue)});
        !added)
      out = added;
  if (out && options.queues.documents_keep.count() > 0)
    documents.trimmer
      = std::make_unique<document_trimmer>(make_worker_access(sys, job_reader, state_writer),
                                           *documents.store, options.queues.documents_keep);
  if (out && !documents.store->left_files().empty())
    documents.mover = std::make_unique<document_mover>(
      *documents.store, options.storage.on_progress, options.storage.on_trouble);
  return out;
}

expected<void> engine::parts::load_types() {
  auto known = ask<registered_types>(sys, state_reader.access, start_deadline, list_event_types{});
  if (!known)
    return known.error();
  for (const auto& x : *known)
    // An older version may have accepted it: its type is unknown until it is registered again.
    if (auto added = types.add_schema(x.type, x.audience, x.schema); !added)
      start_warnings.push_back("the stored schema of " + x.type
                               + " is not used: " + added.error().detail);
  return {};
}

expected<void> engine::parts::begin() {
  if (auto loaded = load_types(); !loaded || follows())
    return loaded;
  if (auto added = add_queues(); !added)
    return added;
  if (auto added = add_builtins(); !added)
    return added;
  if (auto added = add_sealer(); !added)
    return added;
  if (auto added = add_matcher(); !added)
    return added;
  if (auto loaded = load_inbound(); !loaded)
    return loaded;
  // One that cannot run must not keep all others from it.
  auto loaded = ask<not_loaded>(sys, workers, start_deadline, atom::status_v);
  if (!loaded)
    return loaded.error();
  start_warnings.insert(start_warnings.end(), loaded->reasons.begin(), loaded->reasons.end());
  // The handlers are there before the first event of a schedule.
  spawn_scheduler();
  // Only now: the types of its events are known, and so is who handles them.
  return spawn_outboxes();
}

expected<void> engine::parts::add_builtins() {
  auto add_builtin
    = [&](const char* consumer, const std::vector<std::string>& patterns, start_at start,
          std::shared_ptr<effect_handler> handler) -> expected<void> {
    consumer_policy policy;
    policy.start = start;
    policy.window = builtin_window;
    policy.uncommitted_events = builtin_uncommitted;
    return patterns.empty() ? expected<void>{}
                            : subscribe(consumer, patterns, std::move(handler), std::move(policy));
  };
  if (auto added = add_builtin(audit_handler::name, options.audit_types, start_at::beginning,
                               std::make_shared<audit_handler>());
      !added)
    return added;
  if (auto loaded = load_measures(); !loaded)
    return loaded;
  if (auto added = add_builtin(metrics_handler::name, options.metrics_types, start_at::beginning,
                               std::make_shared<metrics_handler>(measured));
      !added)
    return added;
  // Events before these handlers existed cause no mail.
  if (auto added = add_builtin(email_handler::name, options.email_types, start_at::now,
                               std::make_shared<email_handler>());
      !added)
    return added;
  return add_builtin(notification_handler::name, options.notification_types, start_at::now,
                     std::make_shared<notification_handler>());
}

/// The handler knows all definitions before its first event.
expected<void> engine::parts::load_measures() {
  if (options.metrics_types.empty())
    return {};
  auto all = ask<measure_list_ptr>(sys, state_writer.measures, start_deadline, list_measures{});
  if (!all)
    return all.error();
  measured->set(std::move(*all));
  measure_keeper_env env;
  env.store = state_writer.measures;
  env.reader = counter;
  env.book = measured;
  env.types.clear();
  for (const auto& text : options.metrics_types) {
    auto pattern = type_pattern::parse(text);
    if (!pattern)
      return pattern.error();
    env.types.push_back(std::move(*pattern));
  }
  measures = sys.spawn(measure_keeper, std::move(env));
  watched.add(measures, "the store of measures");
  return {};
}

/// The data port knows all sources before its first request.
expected<void> engine::parts::load_inbound() {
  auto all = ask<inbound_records_ptr>(sys, state_writer.inbound, start_deadline, list_inbound{});
  if (!all)
    return all.error();
  const auto closed = static_cast<size_t>(
    std::count_if((*all)->begin(), (*all)->end(), [this](const inbound_record& x) {
      return !secrets->open(x.sealed, inbound_secret_context(x.source.name));
    }));
  if (closed > 0)
    start_warnings.push_back(
      std::to_string(closed)
      + " sources of webhooks have a secret that this key file does not open: their requests are "
        "refused until each has another secret (carillon inbound rotate-secret)");
  inbound_keeper_env env;
  env.store = state_writer.inbound;
  env.secrets = secrets;
  env.book = inbound_served;
  env.records = std::move(*all);
  // Known before the actor runs.
  inbound_served->set(live_sources_of(*env.records, *secrets));
  inbound_sources = inbound_served;
  inbound = sys.spawn(inbound_keeper, std::move(env));
  watched.add(inbound, "the store of inbound sources");
  return {};
}

/// Hashes all events for the tree over the log, the first one included.
expected<void> engine::parts::add_sealer() {
  if (!evidence.keys)
    return {};
  consumer_policy policy;
  policy.start = start_at::beginning;
  policy.window = builtin_window;
  policy.uncommitted_events = builtin_uncommitted;
  // It works for the log itself, like the matcher of webhooks: the spans would say nothing.
  policy.traced = false;
  return subscribe(evidence_store::consumer, {"*"},
                   std::make_shared<leaf_handler>(evidence.keys->salt), std::move(policy));
}

expected<void> engine::parts::add_matcher() {
  // Registered webhooks must be known before the first event is matched.
  if (auto loaded = ask<void>(sys, webhooks, start_deadline, atom::status_v); !loaded)
    return loaded;
  consumer_settings spec;
  spec.name = webhook_matcher::name;
  spec.target = std::make_shared<webhook_matcher>(webhook_matches, webhooks);
  spec.policy.traced = false;
  spec.policy.uncommitted_events = 50 * options.consumers.uncommitted_events;
  return add(std::move(spec));
}

expected<void> engine::parts::subscribe(std::string name, const std::vector<std::string>& patterns,
                                        consumer_target target, consumer_policy policy,
                                        payload_filter filter) {
  auto made = make_settings(std::move(name), patterns, std::move(target), std::move(policy));
  if (!made)
    return made.error();
  made->filter.payload = std::move(filter);
  return add(std::move(*made));
}

expected<void> engine::parts::add(consumer_settings spec) {
  if (follows())
    return failure{ec::invalid_argument,
                   "an engine that follows runs no handlers: the owner of "
                   "the store does",
                   {}};
  return ask<void>(
    sys, supervisor, start_deadline,
    consumer_settings_ptr{std::make_shared<const consumer_settings>(std::move(spec))});
}

} // namespace carillon

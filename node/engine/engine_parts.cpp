#include "node/engine/engine_parts.hpp"

#include "actors/consumers/supervisor.hpp"
#include "actors/jobs/job_dispatcher.hpp"
#include "actors/log/indexer.hpp"
#include "actors/log/log_reader.hpp"
#include "actors/log/log_watcher.hpp"
#include "actors/log/log_writer.hpp"
#include "actors/log/router.hpp"
#include "actors/state/state.hpp"
#include "actors/webhooks/webhook_hub.hpp"
#include "actors/webhooks/webhook_matcher.hpp"
#include "base/crypto/secret_box.hpp"
#include "handlers/audit/audit_handler.hpp"
#include "handlers/email/email_handler.hpp"
#include "handlers/metrics/metrics_handler.hpp"
#include "handlers/notification/notification_handler.hpp"
#include "messages/ask.hpp"
#include "node/engine/node_key.hpp"
#include "persistence/state/audit_check.hpp"

#include <caf/actor_cast.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <random>

namespace carillon {

namespace {

/// How long the store may take to answer while the engine starts.
constexpr std::chrono::seconds start_deadline{30};

/// Most events in one transaction of a built-in handler: their rows dirty the same pages of the
/// indexes.
constexpr size_t builtin_window = 4'096;
/// Most uncommitted events of a built-in handler, since others wait for the same connection.
constexpr size_t builtin_uncommitted = 2'000;

/// Ends an actor and waits until its state is gone. The handle stays: late publishers may still use
/// it, and are answered when their call is dropped.
template <class Handle>
bool end(caf::scoped_actor& self, const Handle& x, std::chrono::steady_clock::time_point deadline) {
  if (x == nullptr)
    return true;
  self->monitor(x);
  self->send_exit(x, caf::exit_reason::user_shutdown);
  bool down = false;
  bool late = false;
  // An actor that missed an earlier deadline may end now: its message does not count for this one.
  while (!down && !late) {
    auto left = std::max(deadline - std::chrono::steady_clock::now(),
                         std::chrono::steady_clock::duration{0});
    self->receive([&](const caf::down_msg& y) { down = y.source == x; },
                  caf::after(std::chrono::duration_cast<caf::timespan>(left)) >>
                    [&] { late = true; });
  }
  return down;
}

template <class Handle>
bool drain(caf::actor_system& sys, const Handle& x,
           std::chrono::steady_clock::time_point deadline) {
  auto left
    = std::max(deadline - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration{0});
  return ask<void>(sys, x, std::chrono::duration_cast<std::chrono::milliseconds>(left),
                   atom::drain_v)
    .has_value();
}

/// Numbers 0 ≤ x < 1, for the jitter of one actor.
std::function<double()> make_random() {
  auto source = std::make_shared<std::minstd_rand>(std::random_device{}());
  return [source] { return std::uniform_real_distribution<double>{0.0, 1.0}(*source); };
}

} // namespace

engine::parts::parts(caf::actor_system& system, engine_options settings)
  : sys(system), options(std::move(settings)) {
}

engine::parts::~parts() {
  stop(std::chrono::seconds{10});
}

template <class Handle>
void engine::parts::watch(const Handle& x, std::string what) {
  auto tell_of = [to = faults, &system = sys, what](const caf::error& reason) {
    const auto own = reason.category() == caf::atom("carillon");
    to->tell(what + " ended: " + (own ? to_failure(reason).detail : system.render(reason)));
  };
  watched.emplace_back(std::move(what), caf::actor_cast<caf::actor>(x));
  caf::actor_cast<caf::abstract_actor*>(x)->attach_functor(std::move(tell_of));
}

// -- start --------------------------------------------------------------------

expected<void> engine::parts::open() {
  auto opened = storage::open(options.storage);
  if (!opened)
    return opened.error();
  store = std::move(*opened);
  hold_watch.emplace(*store, [to = faults](std::string reason) { to->tell(std::move(reason)); });
  if (auto done = spawn_log(); !done)
    return done;
  if (auto done = spawn_state(); !done)
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
  env.consumers = {router, feeder, state_writer, wall_clock_now, options.consumers, {}};
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
  watch(supervisor, "the supervisor of handlers");
  return {};
}

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
  std::shared_ptr<carillon::indexer> derived;
  if (auto done = spawn_index(*head, indexed, derived); !done)
    return done;
  stats->bounds.set_percent(static_cast<uint32_t>(options.company_share));
  auto settings = options.writer;
  if (!settings.on_failure && options.storage.on_trouble)
    settings.on_failure = [tell = options.storage.on_trouble](const failure& x) {
      tell("events cannot be stored: "
           + (x.detail.empty() ? std::string{sentence_of(x.code)} : x.detail));
    };
  writer = sys.spawn<caf::detached>(log_writer, std::shared_ptr<event_log>{std::move(*log)}, stats,
                                    std::move(settings));
  // Without one of its actors the engine cannot work: it ends, and reports which actor ended.
  watch(writer, "the log writer");
  options.router.index_follows = derived != nullptr;
  router = sys.spawn(carillon::router, writer, options.router, stats, *head, indexed);
  watch(router, "the router");
  if (derived != nullptr) {
    index
      = sys.spawn<caf::detached>(index_runner, std::move(derived), router, index_runner_options{});
    watch(index, "the indexer");
  }
  auto opened = store->open_log_follower();
  if (!opened)
    return opened.error();
  follower = std::move(*opened);
  if (follower != nullptr) {
    watcher = sys.spawn<caf::detached>(log_watcher, follower, router);
    watch(watcher, "the watch over the store");
  }
  for (auto [to, what] :
       {std::pair{&feeder, "the reader of handlers"}, std::pair{&counter, "the reader of replays"},
        std::pair{&session_reader, "the reader of sessions"},
        std::pair{&job_reader, "the reader of jobs"}}) {
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
                                          std::shared_ptr<carillon::indexer>& out) {
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
  auto first = digest_of_first([&](const read_request& x) { return (*log)->read(x); });
  if (!first)
    return first.error();
  return state.seal_audit(std::make_shared<const audit_seal>(
                            box->derived_key(audit_seal::purpose),
                            store->data_directory() + '/' + std::string{audit_seal::file_name}),
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
    if (auto sealed = seal(**opened); !sealed)
      return sealed;
    auto handle
      = sys.spawn<caf::detached>(state_keeper, std::shared_ptr<state_store>{std::move(*opened)});
    watch(handle, writes ? "the writer of the state" : "the reader of the state");
    (writes ? state_writer : state_reader) = caf::actor_cast<state_actor>(handle);
    (writes ? webhook_writer : webhook_state) = caf::actor_cast<webhook_state_actor>(handle);
    (writes ? people_writer : people_reader) = caf::actor_cast<people_state_actor>(handle);
  }
  return {};
}

expected<void> engine::parts::spawn_checkpointer() {
  auto opened = store->open_checkpointer();
  if (!opened)
    return opened.error();
  if (*opened != nullptr) {
    checkpoints = sys.spawn<caf::detached>(checkpoint_runner,
                                           std::shared_ptr<checkpointer>{std::move(*opened)}, stats,
                                           options.checkpoint_interval);
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
  env.consumers = {router, feeder, state_writer, wall_clock_now, options.consumers, {}};
  env.state_writer = webhook_writer;
  env.state_reader = webhook_state;
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
  env.options.allow_http = settings.client.allow_http;
  webhooks = sys.spawn(webhook_hub, std::move(env));
  watch(webhooks, "the webhook hub");
  return {};
}

void engine::parts::spawn_sessions() {
  session_hub_env env;
  env.feed = router;
  env.reader = session_reader;
  env.state = state_writer;
  env.stats = stats;
  env.options = options.sessions;
  sessions = sys.spawn(session_hub, std::move(env));
  watch(sessions, "the session hub");
}

void engine::parts::spawn_jobs() {
  job_dispatcher_env env;
  env.state_writer = people_writer;
  env.state_reader = people_reader;
  env.stats = stats;
  env.random = make_random();
  env.options = options.jobs;
  jobs = sys.spawn(job_dispatcher, std::move(env));
  watch(jobs, "the job dispatcher");
}

void engine::parts::spawn_announcer() {
  announcer_env env;
  env.state_writer = people_writer;
  env.state_reader = people_reader;
  env.router = router;
  env.options = options.announcer;
  announcements = sys.spawn(announcer, std::move(env));
  watch(announcements, "the announcer of notifications");
}

/// Finds wrong mail settings before any work begins.
expected<void> engine::parts::make_queues() {
  auto directory = store->data_directory();
  auto made = make_people_queues(options.people, directory,
                                 make_people_access(sys, job_reader, people_writer));
  if (!made)
    return made.error();
  queues = std::move(*made);
  if (!queues.warning.empty())
    start_warnings.push_back("there are no order sheets: " + queues.warning);
  auto opened = document_store::open(directory + "/documents");
  if (!opened)
    return opened.error();
  documents = std::move(*opened);
  return {};
}

expected<void> engine::parts::add_queues() {
  expected<void> out;
  for (const auto* queue : {&queues.email, &queues.document})
    if (auto added = ask<void>(sys, jobs, start_deadline,
                               job_queue_ptr{std::make_shared<const job_queue>(*queue)});
        !added)
      out = added;
  if (out && options.people.documents_keep.count() > 0)
    trimmer = std::make_unique<document_trimmer>(make_people_access(sys, job_reader, people_writer),
                                                 *documents, options.people.documents_keep);
  return out;
}

expected<void> engine::parts::begin() {
  auto known = ask<registered_types>(sys, state_reader, start_deadline, list_event_types{});
  if (!known)
    return known.error();
  for (const auto& x : *known)
    // An older version may have accepted it: its type is unknown until it is registered again.
    if (auto added = types.add_schema(x.type, x.audience, x.schema); !added)
      start_warnings.push_back("the stored schema of " + x.type
                               + " is not used: " + added.error().detail);
  if (auto added = add_queues(); !added)
    return added;
  if (auto added = add_builtins(); !added)
    return added;
  return add_matcher();
}

expected<void> engine::parts::add_builtins() {
  auto add_builtin
    = [&](const char* consumer, const std::vector<std::string>& patterns, start_at start,
          std::shared_ptr<effect_handler> handler) -> expected<void> {
    if (patterns.empty())
      return {};
    consumer_spec spec;
    spec.name = consumer;
    for (const auto& x : patterns) {
      auto pattern = type_pattern::parse(x);
      if (!pattern)
        return pattern.error();
      spec.filter.types.push_back(*pattern);
    }
    spec.policy.start = start;
    spec.policy.window = builtin_window;
    spec.uncommitted_events = builtin_uncommitted;
    spec.target = std::move(handler);
    return add(std::move(spec));
  };
  if (auto added = add_builtin(audit_handler::name, options.audit_types, start_at::beginning,
                               std::make_shared<audit_handler>());
      !added)
    return added;
  if (auto added = add_builtin(metrics_handler::name, options.metrics_types, start_at::beginning,
                               std::make_shared<metrics_handler>());
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

expected<void> engine::parts::add_matcher() {
  // Registered webhooks must be known before the first event is matched.
  if (auto loaded = ask<void>(sys, webhooks, start_deadline, atom::status_v); !loaded)
    return loaded;
  consumer_spec spec;
  spec.name = webhook_matcher::name;
  spec.target = std::make_shared<webhook_matcher>(webhook_matches, webhooks);
  spec.uncommitted_events = 50 * options.consumers.uncommitted_events;
  return add(std::move(spec));
}

expected<void> engine::parts::add(consumer_spec spec) {
  return ask<void>(sys, supervisor, start_deadline,
                   consumer_spec_ptr{std::make_shared<const consumer_spec>(std::move(spec))});
}

// -- stop ---------------------------------------------------------------------

bool engine::parts::stop(std::chrono::milliseconds grace) {
  if (stopped.exchange(true))
    return true;
  faults->close();
  auto deadline = std::chrono::steady_clock::now() + grace;
  hold_watch.reset();
  caf::scoped_actor self{sys, true};
  bool ok = true;
  if (follower != nullptr)
    follower->stop();
  if (router != nullptr)
    ok &= drain(sys, router, deadline);
  if (sessions != nullptr)
    ok &= drain(sys, sessions, deadline);
  if (supervisor != nullptr)
    ok &= drain(sys, supervisor, deadline);
  if (webhooks != nullptr)
    ok &= drain(sys, webhooks, deadline);
  // After the handlers: no more jobs are enqueued.
  if (jobs != nullptr)
    ok &= drain(sys, jobs, deadline);
  // The stop does not wait for mails under way.
  if (queues.stop != nullptr)
    queues.stop->store(true);
  ok &= end(self, jobs, deadline);
  trimmer.reset();
  if (announcements != nullptr)
    ok &= drain(sys, announcements, deadline);
  ok &= end(self, announcements, deadline);
  ok &= end(self, webhooks, deadline);
  ok &= end(self, sessions, deadline);
  if (client != nullptr)
    client->stop();
  ok &= end(self, supervisor, deadline);
  ok &= end(self, router, deadline);
  ok &= end(self, index, deadline);
  ok &= end(self, checkpoints, deadline);
  ok &= end(self, watcher, deadline);
  ok &= end(self, writer, deadline);
  ok &= end(self, feeder, deadline);
  ok &= end(self, counter, deadline);
  ok &= end(self, session_reader, deadline);
  ok &= end(self, job_reader, deadline);
  for (auto& x : readers)
    ok &= end(self, x, deadline);
  ok &= end(self, state_reader, deadline);
  ok &= end(self, state_writer, deadline);
  if (ok)
    store.reset();
  else
    static_cast<void>(store.release()); // a thread that hangs may still use it
  return ok;
}

} // namespace carillon

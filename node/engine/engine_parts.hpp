#pragma once

#include "actors/consumers/consumer_settings.hpp"
#include "actors/webhooks/webhook_index.hpp"
#include "base/crypto/secret_box.hpp"
#include "handlers/built_in_queues.hpp"
#include "messages/measures/measure_book.hpp"
#include "net/traces/trace_exporter.hpp"
#include "net/webhooks/http_client.hpp"
#include "node/engine/actor_watch.hpp"
#include "node/engine/engine.hpp"
#include "node/engine/engine_actors.hpp"
#include "node/engine/engine_documents.hpp"
#include "node/engine/engine_evidence.hpp"
#include "node/engine/store_watch.hpp"
#include "persistence/storage.hpp"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// The parts of an engine: the store and the actors that own its connections.
struct engine::parts : engine_actors {
  explicit parts(caf::actor_system& system, engine_options settings);
  parts(const parts&) = delete;
  parts& operator=(const parts&) = delete;
  ~parts();

  /// Opens the store and spawns everything up to the supervisor.
  expected<void> open();

  /// Registers the types of the store and the built-in handlers.
  expected<void> begin();

  /// The database has another owner (`postgres_options::shared`): the engine appends, reads, and
  /// has sessions, and everything else is null. See docs/adr/0059.
  bool follows() const noexcept {
    return options.storage.postgres.shared;
  }

  /// As `engine::subscribe_effects` and its siblings.
  expected<void> subscribe(std::string name, const std::vector<std::string>& patterns,
                           consumer_target target, consumer_policy policy,
                           payload_filter filter = {});
  expected<void> add(consumer_settings spec);

  /// Thread-safe. After the first call it does not use the actor system, which may have ended.
  bool stop(std::chrono::milliseconds deadline);

  /// Gives up the handles of the actors, when no calls come any more: a detached actor that has
  /// ended keeps its thread while there is a handle, and the system waits for its threads.
  void release();

  /// A connection of its own to an outbox that is moved. Errors: `not_found`.
  expected<std::unique_ptr<outbox_source>> outbox_named(std::string_view name);

  caf::actor_system& sys;
  engine_options options;
  telemetry_ptr stats = std::make_shared<telemetry>();
  type_registry types;
  std::unique_ptr<storage> store;
  /// This node among those of the store; null if there are no others.
  std::shared_ptr<node_view> nodes;
  /// Opens secrets that the node's key sealed.
  std::shared_ptr<const secret_box> secrets;
  engine_evidence evidence;

  built_in_queues queues;
  engine_documents documents;
  std::shared_ptr<http_client> client;
  std::shared_ptr<webhook_index> webhook_matches = std::make_shared<webhook_index>();
  /// Sends the spans of `stats->traces`; null if there are none.
  std::unique_ptr<trace_exporter> traces;
  /// What the metrics handler measures by.
  std::shared_ptr<measure_book> measured = std::make_shared<measure_book>();
  /// What the data port serves; see `inbound_sources`.
  std::shared_ptr<inbound_book> inbound_served = std::make_shared<inbound_book>();
  /// Null if no other process appends.
  std::shared_ptr<log_follower> follower;

  /// What moves outboxes into the log: the store's own, and that of another database.
  std::vector<std::shared_ptr<outbox_relay>> relays;
  outbox_counts outboxes;

  /// Every actor that the engine started.
  actor_watch watched;
  std::vector<std::string> start_warnings;
  /// Ends before the store.
  std::optional<store_watch> hold_watch;

private:
  bool end_all(std::chrono::milliseconds grace);
  /// As `open`, for an engine that follows.
  expected<void> open_follower();
  /// What every engine begins with: the histories, the spans, and the actors of the log.
  expected<void> open_log();
  expected<void> load_types();
  expected<log_reader_actor> spawn_reader(std::string what);
  expected<void> spawn_log();
  expected<void> spawn_watcher();
  /// Before the first actor, if there are to be spans.
  expected<void> start_traces();
  expected<void> spawn_readers();
  /// Makes the node's key seal the audit chain.
  expected<void> seal(state_store& state);
  expected<void> open_key(state_store& state);
  expected<void> spawn_state();
  /// The actor of an open state, and its handles.
  void spawn_store(std::shared_ptr<state_store> opened, bool writes);
  expected<void> spawn_sealer();
  expected<void> spawn_index(position head, position& indexed, std::shared_ptr<store_indexer>& out);
  expected<void> spawn_checkpointer();
  expected<void> spawn_webhooks();
  void spawn_sessions();
  void spawn_jobs();
  void spawn_announcer();
  void spawn_scheduler();
  void spawn_workers();
  void spawn_alerter();
  expected<void> spawn_outboxes();
  std::shared_ptr<const relay_counts> spawn_outbox(std::shared_ptr<outbox_source> source,
                                                   const std::string& what);
  expected<void> make_queues();
  expected<void> add_queues();
  expected<void> add_builtins();
  expected<void> load_measures();
  expected<void> load_inbound();
  expected<void> add_matcher();
  expected<void> add_sealer();

  std::mutex stopping;
  /// The answer of `stop`; empty before.
  std::optional<bool> stopped;
};

} // namespace carillon

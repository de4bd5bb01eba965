#pragma once

#include "messages/codec/codec.hpp"
#include "messages/codec/described.hpp"
#include "messages/codec/type_registry.hpp"
#include "messages/consumers/sql_statement.hpp"
#include "messages/consumers/typed_handler.hpp"
#include "messages/engine_handles.hpp"
#include "messages/events/payload_filter.hpp"
#include "messages/jobs/queue.hpp"
#include "messages/outbox/aside_row.hpp"
#include "messages/outbox/relay_counts.hpp"
#include "messages/sessions/interfaces.hpp"
#include "messages/state/interfaces.hpp"
#include "messages/state/nodes.hpp"
#include "messages/telemetry.hpp"
#include "messages/webhooks/interfaces.hpp"
#include "node/engine/engine_options.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace carillon {

/// The event engine on the caller's actor system: the log, the router, the
/// consumers. A handle, whose copies are of the same engine; all calls are thread-safe. `stop()` or
/// the last handle ends it. The actor system must have been configured with `engine::configure`. It
/// outlives the engine; if it ends before, it stops the engine, and then only `stop()` and the
/// destructor may be called. Handles of `handles()` and `actors()` must not outlive the system.
class engine {
public:
  /// Registers message types and the settings that the engine relies on; call it
  /// before the actor system is made.
  static void configure(caf::actor_system_config& cfg);

  /// Opens the store and starts everything. Returns when events are accepted. Errors:
  /// `invalid_argument` (URL, schema), `conflict` (schema), `store_locked`, `store_too_new`,
  /// `store_corrupt`, `store_unavailable`; the detail is for the operator.
  static expected<engine> start(caf::actor_system& system, const engine_options& options);

  /// Publishes a typed event and waits until it is durable. A receipt may be a conflict, see
  /// `receipt::is_conflict`: nothing is stored then. Errors: those of `make_draft`, `overloaded`,
  /// `store_unavailable`, `store_refused`, `timeout`, `shutting_down`.
  template <class T>
  expected<receipt> publish(const T& x, const publish_options& options = {}) {
    return wait_for(async_publish(x, options));
  }

  /// The same without waiting; the future never throws.
  template <class T>
  std::future<expected<receipt>> async_publish(const T& x, const publish_options& options = {}) {
    return publish_draft(make_draft(x, options));
  }

  /// Publishes drafts in one call and completes on the thread that stores them.
  /// @param company see `publish_call`
  void publish(std::vector<draft_ptr> drafts, publish_call::callback done,
               std::string company = {});

  /// How to parse an event that comes in by a port of the application: `parse_event(body,
  /// node.parsing())` checks it as the data port does. For a publisher that is bound to a company,
  /// set `company_id`, and `claim` the draft. Take it anew for each event: it has the time.
  parse_context parsing() const;

  /// Publishes what a parser made, or returns its error; the future never throws.
  std::future<expected<receipt>> publish_draft(expected<draft_ptr> draft, std::string company = {});

  /// Runs `fn(const T&, const delivery&)` for each event of type `T`, in a thread of its
  /// own, at least once. `fn` fails by throwing or by returning a failure.
  /// Errors: `conflict` (name is taken), `invalid_argument`.
  /// @param filter which of these events, by what is in them; the cursor passes the others. It may
  ///        be another one at the next start, and holds from the cursor on
  template <class T, class F>
  expected<void> subscribe(std::string name, F fn, consumer_policy policy = {},
                           payload_filter filter = {}) {
    return subscribe_function(std::move(name), {std::string{T::type}},
                              typed_handler<T>(std::move(fn)), std::move(policy),
                              std::move(filter));
  }

  /// Runs `fn` for each event that matches a pattern.
  expected<void> subscribe_function(std::string name, const std::vector<std::string>& patterns,
                                    handler_function fn, consumer_policy policy = {},
                                    payload_filter filter = {});

  /// Sends each matching event to an actor as a `delivery`. Any reply counts as success; only an
  /// error is a failure. A reply of `delivery_outcome_ptr` may carry effects, see
  /// `subscribe_effects`.
  expected<void> subscribe(std::string name, const std::vector<std::string>& patterns,
                           caf::actor target, consumer_policy policy = {},
                           payload_filter filter = {});

  /// Commits the effects that `fn(const T&, const event&, effects&)` adds for each event of type
  /// `T`, each once, together with the cursor: rows of the application's own tables
  /// (`sql_statement`), jobs (`job_draft`) and so on. `fn` is pure, without I/O, and fails by
  /// throwing. It runs on the actor system's threads. Replays do not run it.
  template <class T, class F>
  expected<void> subscribe_effects(std::string name, F fn, consumer_policy policy = {},
                                   payload_filter filter = {}) {
    return subscribe_effects(std::move(name), {std::string{T::type}},
                             std::make_shared<typed_effect_handler<T, F>>(std::move(fn)),
                             std::move(policy), std::move(filter));
  }

  /// The same for each event that matches a pattern.
  expected<void> subscribe_effects(std::string name, const std::vector<std::string>& patterns,
                                   std::shared_ptr<effect_handler> handler,
                                   consumer_policy policy = {}, payload_filter filter = {});

  /// Runs the jobs of a queue from now on: waiting and new ones. Errors: `conflict` (the name is
  /// taken), `invalid_argument`, `shutting_down`.
  expected<void> add_job_queue(job_queue x);

  /// Enqueues a job that no event causes; returns when it is durable. Its queue need not be known
  /// yet. A `job_draft` among a handler's effects does the same within its transaction. Errors:
  /// `invalid_argument`, `malformed_json`, `too_large`, `store_unavailable`, `timeout`.
  expected<enqueued_job> enqueue(job_draft x);

  /// The actors that ports ask.
  const engine_handles& handles() const;

  /// Ports that webhooks cannot reach, see `own_ports`.
  void set_own_ports(std::vector<uint16_t> ports);

  /// The event types that parsers know. Valid as long as the engine.
  type_registry& types() const;

  /// Adds an event type of the application, so that parsers know it and operators see it.
  /// Publishing the struct does not need it. Errors: `conflict`.
  template <class T>
  expected<void> add_type() const {
    return types().add(describe_type<T>());
  }

  /// Counters and histograms of all parts, never null.
  const telemetry_ptr& stats() const;

  /// Counts of the outboxes that it moves.
  const outbox_counts& outboxes() const;

  /// Rows of an outbox that were put aside, in their order. Waits for its database.
  /// @param outbox one of `outbox_names`
  /// @param after only those with higher numbers
  /// Errors: `not_found` (it moves no such outbox), `store_unavailable`, `store_refused`.
  expected<aside_rows> refused_rows(std::string_view outbox, uint64_t after, size_t most) const;

  /// Puts such a row back into the outbox, or forgets it. Waits for its database. Errors: as above;
  /// also `not_found` for a row that is not there.
  expected<void> resolve_refused_row(std::string_view outbox, uint64_t seq, bool retry) const;

  /// The mail server, without a password.
  const std::string& mail_display() const;

  /// A key for another use, see `secret_box::derived_key`; the same for every engine with the same
  /// key file.
  expected<std::string> derived_key(std::string_view purpose) const;

  /// Reads the bytes of a document. Errors: `not_found`, `store_corrupt`, `store_unavailable`; the
  /// detail is for the operator.
  expected<std::string> read_document(const document& x) const;

  /// Deletes documents with their files; returns their number. Errors: `not_found`,
  /// `store_unavailable`; the detail is for the operator.
  expected<uint64_t> delete_documents(const document_removal& x) const;

  /// The nodes that share the store, as they were seen last; empty unless it is a database of
  /// PostgreSQL and `storage_options::node` has a name.
  std::vector<node_record> nodes() const;

  /// Tells the other nodes where clients reach this one.
  void announce(const node_addresses& at);

  /// Empty if everything is reachable and up to date, else what is missing.
  std::string not_ready() const;

  /// True if the router answers within two seconds: the actors run, whether or not the store and
  /// the handlers are well. Otherwise only another start helps.
  bool responds() const;

  /// Parts that were left out at the start, for the operator.
  const std::vector<std::string>& start_warnings() const;

  /// Every actor that the engine started and that must live as long as the engine, by its name in
  /// `on_fault`. For tests and diagnostics.
  std::vector<std::pair<std::string, caf::actor>> actors() const;

  /// Called with the reason when the engine cannot go on: one of `actors()` ended, or another
  /// process has the store. Stop the engine then.
  void on_fault(std::function<void(std::string)> fn);

  /// Rejects new events, drains the router, checkpoints consumers, closes the store. True if all of
  /// it was done within the deadline; false also if a handler is busy until then. Later calls wait
  /// for the first, and return its answer. A handler function that never returns keeps its thread,
  /// and so the actor system: end the process by `std::_Exit`.
  bool stop(std::chrono::milliseconds deadline = std::chrono::seconds{10});

  /// The actors and stores of the engine; see `node/engine/engine_parts.hpp`.
  struct parts;

private:
  using subscriber = std::variant<std::shared_ptr<effect_handler>, handler_function, caf::actor>;

  explicit engine(std::shared_ptr<parts> x);

  expected<void> subscribe_target(std::string name, const std::vector<std::string>& patterns,
                                  subscriber target, consumer_policy policy, payload_filter filter);
  static expected<receipt> wait_for(std::future<expected<receipt>> x);

  std::shared_ptr<parts> parts_;
};

} // namespace carillon

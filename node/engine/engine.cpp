#include "node/engine/engine.hpp"

#include "actors/consumers/consumer_settings.hpp"
#include "actors/webhooks/webhook_matcher.hpp"
#include "messages/ask.hpp"
#include "node/engine/engine_parts.hpp"
#include "node/engine/system_engines.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <thread>
#include <utility>

namespace carillon {

namespace {

/// How long a part may take to answer a health probe.
constexpr std::chrono::seconds probe_deadline{2};

/// How long the store may take to store a job.
constexpr std::chrono::seconds job_deadline{30};

/// A failed commit counts against readiness for this long. Afterwards a node that gets no traffic
/// because it was not ready gets another chance.
constexpr std::chrono::seconds failure_memory{10};

/// A consumer with work that made no progress for this long is stuck.
constexpr std::chrono::seconds stuck_after{60};

std::string index_gap(const engine::parts& x) {
  auto head = x.stats->head.load();
  auto indexed = x.stats->indexed.load();
  if (head <= indexed || head - indexed <= x.options.router.max_index_lag)
    return {};
  return "index " + std::to_string(indexed * 100 / head) + " %";
}

/// What the indexer came to. Other parts work on, so this is said until the log is repaired.
std::string damaged_log(const engine::parts& x) {
  if (x.stats->log_damaged_events == 0)
    return {};
  return "log, which is damaged at position " + std::to_string(x.stats->log_damaged_from);
}

std::string store_trouble(const engine::parts& x) {
  auto failed = static_cast<int64_t>(x.stats->failed_at_us.load());
  auto committed = static_cast<int64_t>(x.stats->committed_at_us.load());
  auto now = wall_clock_now();
  if (failed > committed && now - from_micros(failed) < failure_memory)
    return "store";
  return {};
}

std::string stuck_consumer(const engine::parts& x) {
  auto all = ask<consumer_statuses>(x.sys, x.supervisor, probe_deadline, list_consumers{});
  if (!all)
    return "handlers";
  std::string out;
  auto now = wall_clock_now();
  for (const auto& c : *all)
    if (!c.running)
      out = "handler " + c.name + ", which is being restarted";
    else if (!c.paused && !c.remote && c.lag > 0
             && c.lag_seconds > stuck_after / std::chrono::seconds{1}
             && (!c.last_progress || now - *c.last_progress > stuck_after))
      out = "handler " + c.name;
  return out;
}

std::string silent_store(const engine::parts& x) {
  auto all
    = ask<replay_records>(x.sys, x.state_reader.replays, probe_deadline, list_running_replays{});
  return all ? "" : "state store";
}

std::string refused_evidence(const engine::parts& x) {
  return x.stats->evidence.refused == 0
           ? ""
           : "evidence: the tree over the log is not what was signed, see the log of the node";
}

/// Of an engine that follows.
failure not_here() {
  return {ec::store_unavailable, "only the owner of the store has this", {}};
}

std::string silent_router(const engine::parts& x) {
  return ask<position>(x.sys, x.router, probe_deadline, atom::head_v) ? "" : "router";
}

} // namespace

engine::engine(std::shared_ptr<parts> x) : parts_(std::move(x)) {
}

void engine::configure(caf::actor_system_config& cfg) {
  cfg.add_message_types<caf::id_block::carillon>();
  system_engines::configure(cfg);
  // Sharing is faster than stealing for a service of modest width; a bound on throughput keeps a
  // busy actor from starving others.
  cfg.set("scheduler.policy", caf::atom("sharing"));
  cfg.set("scheduler.max-throughput", size_t{100});
  // No more threads than processors: no thread blocks, and CAF's four threads on two cores spent a
  // tenth of the time on switching.
  cfg.set("scheduler.max-threads",
          std::max(size_t{2}, size_t{std::thread::hardware_concurrency()}));
}

expected<engine> engine::start(caf::actor_system& system, const engine_options& options) {
  auto x = std::make_shared<parts>(system, options);
  if (auto opened = x->open(); !opened)
    return opened.error();
  if (auto begun = x->begin(); !begun)
    return begun.error();
  if (auto* all = system_engines::of(system))
    all->add(x);
  return engine{std::move(x)};
}

void engine::publish(std::vector<draft_ptr> drafts, publish_call::callback done,
                     std::string company) {
  auto deadline = std::chrono::steady_clock::now() + parts_->options.publish_deadline;
  caf::anon_send(parts_->router,
                 std::make_shared<publish_call>(std::move(drafts), deadline, std::move(done),
                                                std::move(company)));
}

parse_context engine::parsing() const {
  return {.types = &parts_->types,
          .accept_unknown_types = parts_->options.accept_unknown_types,
          .now = wall_clock_now()};
}

std::future<expected<receipt>> engine::publish_draft(expected<draft_ptr> draft,
                                                     std::string company) {
  auto promise = std::make_shared<std::promise<expected<receipt>>>();
  auto future = promise->get_future();
  if (!draft) {
    promise->set_value(draft.error());
    return future;
  }
  std::vector<draft_ptr> drafts;
  drafts.push_back(std::move(*draft));
  auto done = [promise](const expected<receipts>& result) {
    if (result)
      promise->set_value(result->front());
    else
      promise->set_value(result.error());
  };
  publish(std::move(drafts), std::move(done), std::move(company));
  return future;
}

expected<receipt> engine::wait_for(std::future<expected<receipt>> x) {
  // It always gets an answer: from the router within the deadline of the call, or when the call is
  // dropped.
  return x.get();
}

expected<void> engine::subscribe_function(std::string name,
                                          const std::vector<std::string>& patterns,
                                          handler_function fn, consumer_policy policy,
                                          payload_filter filter) {
  return subscribe_target(std::move(name), patterns, std::move(fn), std::move(policy),
                          std::move(filter));
}

expected<void> engine::subscribe(std::string name, const std::vector<std::string>& patterns,
                                 caf::actor target, consumer_policy policy, payload_filter filter) {
  return subscribe_target(std::move(name), patterns, std::move(target), std::move(policy),
                          std::move(filter));
}

expected<void> engine::subscribe_effects(std::string name, const std::vector<std::string>& patterns,
                                         std::shared_ptr<effect_handler> handler,
                                         consumer_policy policy, payload_filter filter) {
  if (handler == nullptr)
    return failure{ec::invalid_argument, "the handler is null", "handler"};
  return subscribe_target(std::move(name), patterns, std::move(handler), std::move(policy),
                          std::move(filter));
}

expected<void> engine::subscribe_target(std::string name, const std::vector<std::string>& patterns,
                                        subscriber target, consumer_policy policy,
                                        payload_filter filter) {
  if (name == webhook_matcher::name || webhook_of_consumer(name))
    return failure{ec::invalid_argument, "the name is reserved for webhooks", "name"};
  return parts_->subscribe(std::move(name), patterns, std::move(target), std::move(policy),
                           std::move(filter));
}

expected<void> engine::add_job_queue(job_queue x) {
  return ask<void>(parts_->sys, parts_->jobs, job_deadline,
                   job_queue_ptr{std::make_shared<const job_queue>(std::move(x))});
}

expected<enqueued_job> engine::enqueue(job_draft x) {
  enqueue_jobs request;
  request.drafts.push_back(std::move(x));
  auto made
    = ask<enqueued_jobs>(parts_->sys, parts_->state_writer.jobs, job_deadline, std::move(request));
  if (!made)
    return made.error();
  if (made->empty())
    return failure{};
  return made->front();
}

const engine_handles& engine::handles() const {
  return *parts_;
}

expected<std::string> engine::derived_key(std::string_view purpose) const {
  if (parts_->secrets == nullptr)
    return not_here();
  return parts_->secrets->derived_key(purpose);
}

const std::string& engine::mail_display() const {
  return parts_->queues.mail_display;
}

expected<std::string> engine::read_document(const document& x) const {
  if (!parts_->documents.store)
    return not_here();
  return parts_->documents.store->read(x);
}

expected<uint64_t> engine::delete_documents(const document_removal& x) const {
  if (!parts_->documents.store)
    return not_here();
  auto access = make_worker_access(parts_->sys, parts_->job_reader, parts_->state_writer);
  return carillon::delete_documents(access, *parts_->documents.store, x);
}

void engine::set_own_ports(std::vector<uint16_t> ports) {
  if (parts_->client != nullptr)
    parts_->client->set_own_ports(std::move(ports));
}

type_registry& engine::types() const {
  return parts_->types;
}

const telemetry_ptr& engine::stats() const {
  return parts_->stats;
}

const outbox_counts& engine::outboxes() const {
  return parts_->outboxes;
}

expected<aside_rows> engine::refused_rows(std::string_view outbox, uint64_t after,
                                          size_t most) const {
  auto source = parts_->outbox_named(outbox);
  if (!source)
    return source.error();
  return (*source)->aside(after, most);
}

expected<void> engine::resolve_refused_row(std::string_view outbox, uint64_t seq,
                                           bool retry) const {
  auto source = parts_->outbox_named(outbox);
  if (!source)
    return source.error();
  const auto done = retry ? (*source)->restore({seq}) : (*source)->discard({seq});
  if (!done)
    return done.error();
  if (*done == 0)
    return failure{ec::not_found, "no row with this number was put aside", "seq"};
  return {};
}

const std::vector<std::string>& engine::start_warnings() const {
  return parts_->start_warnings;
}

std::string engine::not_ready() const {
  if (parts_->follows()) {
    auto missing = silent_router(*parts_);
    return missing.empty() ? store_trouble(*parts_) : missing;
  }
  for (auto probe : {silent_router, index_gap, store_trouble, damaged_log, silent_store,
                     stuck_consumer, refused_evidence})
    if (auto missing = probe(*parts_); !missing.empty())
      return missing;
  return {};
}

std::vector<node_record> engine::nodes() const {
  return parts_->nodes != nullptr ? parts_->nodes->nodes() : std::vector<node_record>{};
}

void engine::announce(const node_addresses& at) {
  if (parts_->nodes != nullptr)
    parts_->nodes->announce(at);
}

bool engine::responds() const {
  return silent_router(*parts_).empty();
}

std::vector<std::pair<std::string, caf::actor>> engine::actors() const {
  return parts_->watched.all();
}

void engine::on_fault(std::function<void(std::string)> fn) {
  parts_->watched.faults()->listen(std::move(fn));
}

bool engine::stop(std::chrono::milliseconds deadline) {
  return parts_->stop(deadline);
}

} // namespace carillon

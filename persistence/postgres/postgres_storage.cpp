#include "persistence/postgres/postgres_storage.hpp"

#include "base/file/durable_file.hpp"
#include "base/file/private_files.hpp"
#include "persistence/postgres/advisory.hpp"
#include "persistence/postgres/blockers.hpp"
#include "persistence/postgres/conninfo.hpp"
#include "persistence/postgres/database_files.hpp"
#include "persistence/postgres/faults.hpp"
#include "persistence/postgres/log/follower.hpp"
#include "persistence/postgres/log/log.hpp"
#include "persistence/postgres/migrations.hpp"
#include "persistence/postgres/pooler.hpp"
#include "persistence/postgres/size_meter.hpp"
#include "persistence/postgres/state_session.hpp"
#include "persistence/state/consumers/furthest_cursor.hpp"
#include "persistence/state/sql_state_store.hpp"

#include <algorithm>
#include <filesystem>

namespace carillon::postgres {

namespace {

failure taken(const char* what) {
  return {ec::conflict, std::string{what} + " is open already", {}};
}

std::string read_history(connection& db) {
  auto found = db.ask("SELECT id FROM log_history", {});
  return found.empty() ? std::string{} : std::string{found[0][0].c_str()};
}

expected<void> refuse_half_a_copy(connection& db) {
  auto found = db.ask("SELECT source FROM store_copy WHERE finished_at IS NULL", {});
  if (found.empty())
    return {};
  return failure{ec::store_unavailable,
                 "the copy of " + std::string{found[0][0].c_str()}
                   + " into this database has not finished; run `carillon copy` again",
                 "store"};
}

/// Positions are 1, 2, 3 …: a missing one was removed from outside. A long log is counted at its
/// end only, since more would take too long; `carillon audit verify` checks all.
expected<void> refuse_gaps(connection& db) {
  constexpr position most_counted = 2'000'000;
  constexpr position counted_at_end = 20'000;
  auto ends = db.ask("SELECT coalesce(min(seq), 1), coalesce(max(seq), 0) FROM event_log", {});
  const auto first = ends[0][0].as<position>();
  const auto head = ends[0][1].as<position>();
  const auto above = std::to_string(head <= most_counted ? 0 : head - counted_at_end);
  // Who follows, or shares the database, appends meanwhile.
  const auto up_to = std::to_string(head);
  const auto found = db.ask("SELECT count(*) FROM event_log WHERE seq > $1 AND seq <= $2",
                            {above.c_str(), up_to.c_str()})[0][0]
                       .as<position>();
  if (first == 1 && found == std::min(head, head <= most_counted ? head : counted_at_end))
    return {};
  return failure{ec::store_corrupt,
                 "the log has a gap: events are missing before position " + std::to_string(head)
                   + "; `carillon audit verify` names the first; restore a backup",
                 "store"};
}

/// Who works beside a node changes no schema: it is the owner's.
expected<void> refuse_other_schema(connection& db) {
  auto state = state_of_schema(db);
  if (!state)
    return state.error();
  if (state->is_complete())
    return {};
  return failure{ec::store_unavailable,
                 "the tables of this database are of an earlier version: only its owner changes "
                 "them",
                 "store"};
}

/// The log and the state must be of one backup, or consumers would wait for positions that other
/// events get.
expected<void> refuse_lost_events(connection& db) {
  auto furthest
    = db.ask(std::string{sql::furthest_cursor.text_for_postgres}, {})[0][0].as<position>(0);
  auto head = db.ask("SELECT coalesce(max(seq), 0) FROM event_log", {})[0][0].as<position>();
  if (furthest <= head)
    return {};
  return failure{ec::store_corrupt,
                 "the database has a consumer at position " + std::to_string(furthest)
                   + ", but its log ends at " + std::to_string(head)
                   + "; restore both from one backup",
                 "store"};
}

} // namespace

postgres_storage::postgres_storage(storage_options options) : options_(std::move(options)) {
  if (!options_.node.name.empty())
    options_.postgres.application = application_name_of(options_.node);
}

postgres_storage::~postgres_storage() {
  lock_.reset();
  if (beat_ != nullptr)
    beat_->leave();
}

expected<std::unique_ptr<storage>> postgres_storage::open(const storage_options& options) {
  if (!options.node.name.empty()
      && (!is_node_name(options.node.name) || !is_node_name(options.node.incarnation)))
    return failure{ec::invalid_argument,
                   "the name of a node has 1 to 40 letters, digits, '.', '_' and '-'", "node-name"};
  auto conninfo = connection_string(options.url, options.postgres);
  if (!conninfo)
    return conninfo.error();
  std::unique_ptr<postgres_storage> x{new postgres_storage{options}};
  x->options_.url = std::move(*conninfo);
  try {
    if (auto prepared = x->prepare(); !prepared)
      return prepared.error();
  } catch (const std::exception& error) {
    return to_operators_failure(error);
  }
  return std::unique_ptr<storage>{std::move(x)};
}

expected<void> postgres_storage::prepare() {
  if (auto refused = refuse_transaction_pooler(options_.url, options_.postgres); !refused)
    return refused;
  connection db{options_.url, options_.postgres};
  if (auto usable = check_server(db); !usable)
    return usable;
  if (options_.read_only) {
    auto state = state_of_schema(db);
    if (!state)
      return state.error();
    if (!state->is_complete())
      return failure{ec::store_unavailable, "there is no store in this database, or an old one",
                     "store"};
    history_ = read_history(db);
    return refuse_half_a_copy(db);
  }
  if (options_.postgres.shared
      && (!options_.node.name.empty() || !holders_of(db, advisory::node).empty()))
    if (auto own = refuse_other_schema(db); !own)
      return own;
  // A running node's schema is not changed under it.
  lock_ = std::make_shared<node_lock>(options_.url, options_.postgres);
  if (!options_.postgres.shared)
    if (auto locked = lock_->lock(); !locked)
      return locked;
  if (auto migrated = migrate(db, wall_clock_now()); !migrated)
    return migrated;
  history_ = read_history(db);
  if (auto refused = refuse_half_a_copy(db); !refused)
    return refused;
  if (options_.postgres.shared)
    return {};
  if (auto refused = refuse_lost_events(db); !refused)
    return refused;
  if (auto refused = refuse_gaps(db); !refused)
    return refused;
  if (auto counted = lock_->count(); !counted)
    return counted;
  if (!options_.node.name.empty()) {
    beat_ = std::make_shared<node_beat>(options_.url, options_.postgres, options_.node,
                                        options_.on_trouble);
    beat_->start(lock_->epoch());
  }
  // A command without a directory keeps no files.
  if (options_.directory.empty())
    return {};
  if (auto made = make_private_directory(options_.directory); !made)
    return made;
  remove_abandoned_files(options_.directory);
  return {};
}

expected<void> postgres_storage::refuse_to_write() const {
  if (options_.read_only)
    return failure{ec::invalid_argument, "the store is open for reading only", {}};
  return {};
}

expected<void> postgres_storage::check_hold() const {
  if (beat_ == nullptr)
    return {};
  if (beat_->is_superseded())
    return node_lock::taken_over();
  return beat_->check_schema();
}

std::shared_ptr<node_view> postgres_storage::view_of_nodes() const {
  return beat_;
}

std::shared_ptr<void> postgres_storage::take(const std::shared_ptr<std::atomic<bool>>& right) {
  if (right->exchange(true))
    return nullptr;
  return {right.get(), [right](void*) { *right = false; }};
}

expected<std::unique_ptr<event_log>> postgres_storage::open_log_writer() {
  if (auto refused = refuse_to_write(); !refused)
    return refused.error();
  auto token = take(log_writer_);
  if (!token)
    return taken("the log");
  auto x = std::make_unique<log>(options_.url, options_.postgres, options_.query_budget, lock_,
                                 std::move(token));
  x->tell_others(own_head_);
  x->tell_operator(options_.on_trouble);
  if (auto connected = x->connect(); !connected)
    return connected.error();
  return std::unique_ptr<event_log>{std::move(x)};
}

expected<std::unique_ptr<event_log>> postgres_storage::open_log_reader() {
  auto x = std::make_unique<log>(options_.url, options_.postgres, options_.query_budget, nullptr,
                                 nullptr);
  if (auto connected = x->connect(); !connected)
    return connected.error();
  return std::unique_ptr<event_log>{std::move(x)};
}

expected<std::unique_ptr<log_follower>> postgres_storage::open_log_follower() {
  return std::unique_ptr<log_follower>{
    std::make_unique<follower>(options_.url, options_.postgres, own_head_, lock_)};
}

expected<std::unique_ptr<state_store>> postgres_storage::open_state(bool writes) {
  std::shared_ptr<void> token;
  if (writes) {
    if (auto refused = refuse_to_write(); !refused)
      return refused.error();
    if (options_.postgres.shared)
      return failure{ec::invalid_argument, "who shares a database has no state of its own", {}};
    token = take(state_writer_);
    if (!token)
      return taken("the state");
  }
  auto x = std::make_unique<sql::sql_state_store>(
    std::make_shared<state_database>(options_.url, options_.postgres, writes ? lock_ : nullptr,
                                     options_.on_trouble),
    std::move(token));
  if (auto connected = x->connect(); !connected)
    return connected.error();
  return std::unique_ptr<state_store>{std::move(x)};
}

expected<std::unique_ptr<store_indexer>> postgres_storage::open_indexer() {
  return std::unique_ptr<store_indexer>{};
}

expected<std::unique_ptr<store_checkpointer>> postgres_storage::open_checkpointer() {
  return std::unique_ptr<store_checkpointer>{
    std::make_unique<size_meter>(options_.url, options_.postgres)};
}

std::unique_ptr<outbox_source> postgres_storage::open_outbox() {
  return make_postgres_outbox(options_.url, options_.postgres, {});
}

std::string postgres_storage::data_directory() const {
  return options_.directory;
}

std::shared_ptr<shared_files> postgres_storage::files() {
  if (options_.read_only || options_.postgres.shared)
    return nullptr;
  // Not the lock itself: who has the files may outlive the store.
  return std::make_shared<database_files>(options_.url, options_.postgres, lock_->epoch());
}

std::string postgres_storage::default_key_file() const {
  return (std::filesystem::path{options_.directory} / "node.key").string();
}

} // namespace carillon::postgres

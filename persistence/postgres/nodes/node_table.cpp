#include "persistence/postgres/nodes/node_table.hpp"

#include "persistence/postgres/advisory.hpp"
#include "persistence/postgres/blockers.hpp"
#include "persistence/postgres/conninfo.hpp"
#include "persistence/postgres/faults.hpp"

#include <algorithm>
#include <string_view>

namespace carillon::postgres {

namespace {

/// What a node of this version can do, for nodes of other versions.
constexpr const char* capabilities = "";

/// What becomes of an earlier row of the same start.
constexpr const char* replaces
  = "DO UPDATE SET state = EXCLUDED.state, beat = nodes.beat + 1, "
    "data_address = EXCLUDED.data_address, admin_address = EXCLUDED.admin_address";

node_state node_state_of(std::string_view x) noexcept {
  for (auto y : {node_state::standby, node_state::active, node_state::stopped})
    if (x == name_of(y))
      return y;
  return node_state::lost;
}

/// A longer try would delay the next beat.
constexpr std::chrono::seconds most_to_connect{3};

/// A longer call would, too.
postgres_options with_short_calls(postgres_options x) {
  x.statement_timeout = std::min(x.statement_timeout, std::chrono::milliseconds{2'000});
  x.answer_grace = std::min(x.answer_grace, std::chrono::milliseconds{1'000});
  x.lock_timeout = std::min(x.lock_timeout, std::chrono::milliseconds{1'000});
  x.max_pause = std::min(x.max_pause, std::chrono::milliseconds{500});
  return x;
}

} // namespace

std::string application_name_of(const node_identity& x) {
  return "carillon/" + x.name + '/' + x.incarnation;
}

node_table::node_table(const std::string& url, const postgres_options& options, node_identity self)
  : db_(with_short_connect(url, options, most_to_connect), with_short_calls(options)),
    self_(std::move(self)) {
  // It waits for no standby. A beat that a crash of the server takes back is followed by another.
  db_.on_connect("SET synchronous_commit = off");
}

void node_table::insert(node_state state, const node_addresses& at, const char* on_conflict) {
  const auto now = std::to_string(to_micros(wall_clock_now()));
  db_.run_once(
    std::string{"INSERT INTO nodes (incarnation, id, data_address, admin_address, version, "
                "capabilities, state, beat, started_at) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8) "
                "ON CONFLICT (incarnation) "}
      + on_conflict,
    {self_.incarnation.c_str(), self_.name.c_str(), at.data.c_str(), at.admin.c_str(),
     self_.version.c_str(), capabilities, name_of(state), now.c_str()});
}

void node_table::become_active(const node_addresses& at, int64_t epoch) {
  // Nobody counts the epoch up meanwhile.
  const auto own = db_.begin("BEGIN; SELECT FROM node_lease WHERE epoch = " + std::to_string(epoch)
                             + " FOR SHARE");
  try {
    if (own.empty())
      throw superseded{};
    db_.run_once("UPDATE nodes SET state = 'lost' WHERE state = 'active' AND incarnation <> $1",
                 {self_.incarnation.c_str()});
    insert(node_state::active, at, replaces);
    db_.run("COMMIT");
  } catch (...) {
    db_.rollback();
    throw;
  }
}

node_state node_table::beat(node_state state, const node_addresses& at) {
  const auto found
    = db_.ask("UPDATE nodes SET beat = beat + 1, data_address = $2, admin_address = $3, "
              "state = CASE WHEN $4 = 'standby' THEN 'standby' ELSE state END "
              "WHERE incarnation = $1 RETURNING state",
              {self_.incarnation.c_str(), at.data.c_str(), at.admin.c_str(), name_of(state)});
  if (!found.empty())
    return node_state_of(found[0][0].c_str());
  insert(state, at, replaces);
  return state;
}

void node_table::beat_meanwhile(const node_addresses& at) {
  // The first call after a loss of the connection opens another one.
  db_.ask("SELECT 1", {});
  insert(node_state::standby, at,
         "DO UPDATE SET beat = nodes.beat + 1 WHERE nodes.state = 'standby'");
}

void node_table::leave(node_state from) {
  db_.ask("WITH gone AS (UPDATE nodes SET state = 'stopped' WHERE incarnation = $1 AND state = $2 "
          "RETURNING 1) SELECT pg_notify($3, '') FROM gone",
          {self_.incarnation.c_str(), name_of(from), nodes_channel});
}

void node_table::forget(const node_identity& x) {
  db_.ask("DELETE FROM nodes WHERE incarnation = $1 AND state = 'standby'",
          {x.incarnation.c_str()});
}

std::vector<node_record> node_table::list() {
  const auto found = db_.ask(
    "SELECT incarnation, id, version, data_address, admin_address, state, beat, started_at "
    "FROM nodes ORDER BY (state = 'active') DESC, (state = 'standby') DESC, started_at DESC, "
    "incarnation LIMIT 100",
    {});
  std::vector<node_record> out;
  for (const auto& row : found) {
    node_record x;
    x.who = {row[1].c_str(), row[0].c_str(), row[2].c_str()};
    x.at = {row[3].c_str(), row[4].c_str()};
    x.state = node_state_of(row[5].c_str());
    x.beat = row[6].as<uint64_t>();
    x.started_at = from_micros(row[7].as<int64_t>());
    x.self = x.who.incarnation == self_.incarnation;
    out.push_back(std::move(x));
  }
  return out;
}

bool node_table::is_held() {
  return !holders_of(db_, advisory::node).empty();
}

std::string node_table::end_connections(const node_identity& x) noexcept {
  try {
    terminate(x);
    return {};
  } catch (const std::exception& why) {
    return "the connections of node " + x.name
           + " cannot be ended: " + to_operators_failure(why).detail;
  }
}

void node_table::terminate(const node_identity& x) {
  const auto name = application_name_of(x);
  db_.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1 "
          "AND datname = current_database() AND wait_event IS DISTINCT FROM 'SyncRep' "
          "AND pid <> pg_backend_pid()",
          {name.c_str()});
}

std::string node_table::end_the_silent(const std::vector<node_record>& nodes) noexcept {
  for (const auto& x : nodes)
    if (x.state == node_state::standby && !x.self && x.silent >= node_dead_after)
      if (auto fault = end_connections(x.who); !fault.empty())
        return fault;
  return {};
}

void node_table::forget_the_gone() {
  db_.ask("DELETE FROM nodes WHERE state IN ('stopped', 'lost') AND incarnation NOT IN ("
          "SELECT incarnation FROM nodes WHERE state IN ('stopped', 'lost') "
          "ORDER BY (state = 'lost') DESC, started_at DESC, incarnation LIMIT 20)",
          {});
}

} // namespace carillon::postgres

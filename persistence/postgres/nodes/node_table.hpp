#pragma once

#include "messages/state/nodes.hpp"
#include "persistence/postgres/connection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon::postgres {

/// `application_name` of a node's connections: others end those of a dead one by it. At most 63
/// bytes, which is all that the server keeps.
std::string application_name_of(const node_identity& x);

/// The table `nodes`, and what others may do to a dead node. Over a connection of its own: a beat
/// waits neither for a transaction nor for a standby. One thread. All calls throw.
class node_table {
public:
  node_table(const std::string& url, const postgres_options& options, node_identity self);

  /// Writes the row of this node, and takes every other owner for replaced. Throws `superseded` if
  /// another node has counted the epoch up: one that stood still meanwhile is no owner.
  /// @param epoch what this node has counted the epoch up to
  void become_active(const node_addresses& at, int64_t epoch);

  /// Notes that this node lives; makes its row if it is gone. Returns the state that the row had:
  /// a node that is `lost` has been replaced.
  /// @param state the node's state; an owner's is left as others wrote it
  node_state beat(node_state state, const node_addresses& at);

  /// Notes that this node lives while it takes the place of the owner: makes its row as `beat`
  /// does, and leaves it alone once it is no standby's.
  void beat_meanwhile(const node_addresses& at);

  /// Notes that this node has stopped in order, if its row still has this state, and tells those
  /// that wait.
  void leave(node_state from);

  /// At most 100, those that started last.
  std::vector<node_record> list();

  /// Somebody has the lock of the node.
  bool is_held();

  /// Ends the connections of a dead node, but none that waits for a standby: its commit would
  /// become visible although no standby has it. Does not throw: the connections of another role are
  /// not ours to end. Returns why it could not, for the operator, or empty.
  std::string end_connections(const node_identity& x) noexcept;

  /// The same for every standby that has been silent for `node_dead_after`: one that publishes may
  /// have stopped with the lock of the log.
  /// @param nodes as an `owner_watch` has seen them
  std::string end_the_silent(const std::vector<node_record>& nodes) noexcept;

  /// Removes the row of a standby of which nothing is heard; if it lives it makes it again.
  void forget(const node_identity& x);

  /// Removes rows of nodes that are gone, but for the last 20.
  void forget_the_gone();

  connection& db() noexcept {
    return db_;
  }

private:
  /// @param on_conflict what becomes of the row that is there
  void insert(node_state state, const node_addresses& at, const char* on_conflict);
  void terminate(const node_identity& x);

  connection db_;
  node_identity self_;
};

} // namespace carillon::postgres

#include "persistence/postgres/node_lock.hpp"

#include "persistence/postgres/advisory.hpp"
#include "persistence/postgres/blockers.hpp"
#include "persistence/postgres/faults.hpp"

namespace carillon::postgres {

bool node_lock::try_take() {
  auto found = connection_.begin("SELECT pg_try_advisory_lock(" + numbers_of(advisory::node) + ")");
  return std::string{found[0][0].c_str()} == "t";
}

expected<void> node_lock::lock() {
  std::lock_guard guard{mutex_};
  if (!try_take()) {
    const auto holders = holders_of(connection_, advisory::node);
    return failure{ec::store_locked,
                   "another node has the database"
                     + (holders.empty() ? std::string{} : " (" + holders + ")"),
                   "store"};
  }
  generation_ = connection_.generation();
  return {};
}

expected<void> node_lock::count() {
  std::lock_guard guard{mutex_};
  // The previous node may be dead while one of its transactions is still about to commit. Once we
  // hold its locks there is none.
  auto counted = connection_.run(
    "BEGIN; " + statement_to_lock(advisory::log) + statement_to_lock(advisory::state)
    + "UPDATE node_lease SET epoch = epoch + 1 WHERE one = 1 RETURNING epoch");
  connection_.run("COMMIT");
  if (connection_.warned())
    connection_.confirm();
  epoch_ = counted[0][0].as<int64_t>();
  return {};
}

void node_lock::look() {
  connection_.begin("SELECT 1");
  if (connection_.generation() == generation_)
    return;
  const auto held = try_take();
  const auto found = connection_.run("SELECT epoch FROM node_lease");
  if (found.empty() || found[0][0].as<int64_t>() != epoch_)
    throw superseded{};
  if (held)
    generation_ = connection_.generation();
}

failure node_lock::taken_over() {
  return {ec::store_locked,
          "another node has taken the database over after the connection of this one was lost; "
          "this node writes nothing more and ends",
          "store"};
}

expected<void> node_lock::keep() noexcept {
  std::lock_guard guard{mutex_};
  if (epoch_ == 0)
    return {};
  try {
    if (!superseded_)
      look();
  } catch (const superseded&) {
    superseded_ = true;
    // The next node must not wait for us.
    connection_.close();
  } catch (const std::exception&) {
    // The server is unreachable; the next writer tries again.
    return {};
  }
  return superseded_ ? expected<void>{taken_over()} : expected<void>{};
}

} // namespace carillon::postgres

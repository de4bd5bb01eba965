#include "persistence/postgres/node_lock.hpp"

namespace carillon::postgres {

bool node_lock::try_take() {
  auto found = connection_.begin("SELECT pg_try_advisory_lock(" + numbers_of(advisory::node) + ")");
  return std::string{found[0][0].c_str()} == "t";
}

expected<void> node_lock::lock() {
  std::lock_guard guard{mutex_};
  if (!try_take())
    return failure{ec::store_locked, "another node has the database", "store"};
  generation_ = connection_.generation();
  return {};
}

expected<void> node_lock::count() {
  std::lock_guard guard{mutex_};
  // The node before may be dead, and a transaction of it still about to commit: with its locks in
  // hand there is none.
  auto counted = connection_.run(
    "BEGIN; " + statement_to_lock(advisory::log) + statement_to_lock(advisory::state)
    + "UPDATE node_lease SET epoch = epoch + 1 WHERE one = 1 RETURNING epoch");
  connection_.run("COMMIT");
  epoch_ = counted[0][0].as<int64_t>();
  return {};
}

void node_lock::keep() noexcept {
  std::lock_guard guard{mutex_};
  if (epoch_ == 0)
    return;
  try {
    connection_.begin("SELECT 1");
    if (connection_.generation() != generation_ && try_take())
      generation_ = connection_.generation();
  } catch (const std::exception&) {
    // The server is away; whoever writes next tries again.
    return;
  }
}

} // namespace carillon::postgres

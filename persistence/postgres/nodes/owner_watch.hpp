#pragma once

#include "base/boot_clock.hpp"
#include "messages/state/nodes.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace carillon::postgres {

/// What an observer does with the place of the node that has the database.
enum class succession : uint8_t {
  /// Its owner lives.
  wait,
  /// Somebody has it of whom no row says that it is the owner: one that leaves, or one that comes.
  wait_for_taker,
  /// It is free.
  take,
  /// Its owner is dead, and somebody still holds it: the connections of the owner have to be ended.
  end_and_take,
};

/// Judges by beats whether the owner of the database lives. Only the observer's own clock counts:
/// a beat is seen when it differs from the one before. One thread.
class owner_watch {
public:
  using clock = boot_clock;

  explicit owner_watch(std::chrono::milliseconds dead_after = node_dead_after)
    : dead_after_(dead_after) {
  }

  /// @param nodes as the database has them; `silent` is set
  /// @param held somebody has the lock of the node
  succession look(std::vector<node_record>& nodes, bool held, clock::time_point now);

  /// The database could not be asked: everybody has a whole term from the next look on, since the
  /// owner may have been cut off as well.
  void lost_sight() noexcept {
    seen_.clear();
  }

private:
  struct sight {
    uint64_t beat = 0;
    clock::time_point since;
  };

  std::chrono::milliseconds dead_after_;
  std::map<std::string, sight> seen_;
  clock::time_point last_look_;
};

} // namespace carillon::postgres

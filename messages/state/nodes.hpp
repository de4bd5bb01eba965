#pragma once

#include "base/time.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace carillon {

/// Who a process is among the nodes of a database.
struct node_identity {
  /// See `is_node_name`; empty = the process is no node.
  std::string name;
  /// Of this start of the node: 12 hexadecimal digits.
  std::string incarnation;
  std::string version;
};

/// True for 1 to 40 letters, digits, `.`, `_` and `-`.
constexpr bool is_node_name(std::string_view x) noexcept {
  constexpr size_t most = 40;
  return !x.empty() && x.size() <= most
         && x.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
              == std::string_view::npos;
}

/// What a node does with the database.
enum class node_state : uint8_t {
  /// It waits for its turn.
  standby,
  /// It has the database.
  active,
  /// It has stopped in order.
  stopped,
  /// Another one has taken its place.
  lost,
};

/// `standby`, `active`, `stopped` or `lost`.
constexpr const char* name_of(node_state x) noexcept {
  switch (x) {
  case node_state::standby:
    return "standby";
  case node_state::active:
    return "active";
  case node_state::stopped:
    return "stopped";
  case node_state::lost:
    return "lost";
  }
  return "";
}

/// Where clients reach a node, e.g. `http://10.0.0.1:7070`; empty = not known yet.
struct node_addresses {
  std::string data;
  std::string admin;
};

/// A node of a database, as another one sees it.
struct node_record {
  node_identity who;
  node_addresses at;
  node_state state = node_state::active;
  /// Goes up each second while the node lives.
  uint64_t beat = 0;
  /// By the clock of the node.
  timestamp started_at;
  /// For how long the observer has seen no new beat, by its own clock.
  std::chrono::milliseconds silent{0};
  /// It is the observer.
  bool self = false;
};

/// A node whose beats an observer has not seen for this long is taken for dead.
inline constexpr std::chrono::milliseconds node_dead_after{5'000};

/// A node that could not note a beat for this long begins no call to the outside: it stops before
/// others take it for dead.
inline constexpr std::chrono::milliseconds node_quiet_after{3'000};

} // namespace carillon

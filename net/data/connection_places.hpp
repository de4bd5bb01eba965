#pragma once

#include "net/data/idle_candidates.hpp"
#include "net/data/publishing/publish_bundle.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace carillon::data {

class connection;

/// The connections of a loop, in places that are reused: a reference to one that is gone finds
/// nothing. One thread.
class connection_places {
public:
  /// A free place, which `put` fills.
  connection_ref reserve();

  void put(connection_ref at, std::shared_ptr<connection> x);

  /// Frees its place; false if that was freed before.
  bool remove(connection_ref x);

  /// Null if it is gone.
  connection* find(connection_ref x) const noexcept;

  /// A visit may remove its connection.
  void each(const std::function<void(connection&)>& visit);

  /// The connection that has been idle for longest; null if none is idle, or if a look for them
  /// found few a short time ago.
  connection* longest_idle(std::chrono::steady_clock::time_point now);

private:
  struct tenancy {
    std::shared_ptr<connection> tenant;
    uint32_t generation = 0;
  };

  void look_for_idle(std::chrono::steady_clock::time_point now);

  std::vector<tenancy> places_;
  std::vector<uint32_t> free_;
  idle_candidates idle_;
};

} // namespace carillon::data

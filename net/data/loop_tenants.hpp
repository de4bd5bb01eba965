#pragma once

#include "net/data/loop_tenant.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace carillon::data {

/// The tenants of a loop, and those of them for which other threads left work.
class loop_tenants {
public:
  // -- on the loop --------------------------------------------------------------

  /// @param seat its place at its address, given back when it is removed
  void add(std::shared_ptr<loop_tenant> x, address_counts::seat seat);

  void remove(loop_tenant& x);

  bool empty() const noexcept {
    return all_.empty();
  }

  /// A visit may remove its tenant.
  void each(const std::function<void(loop_tenant&)>& visit);

  void flush_woken();

  // -- any thread ---------------------------------------------------------------

  /// Has it flushed by the next `flush_woken`. True for the first since the last one: the caller
  /// sees to it that the next one comes.
  bool wake(std::shared_ptr<loop_tenant> x);

private:
  std::vector<std::shared_ptr<loop_tenant>> all_;
  /// By the same index.
  std::vector<address_counts::seat> seats_;
  std::mutex woken_mutex_;
  std::vector<std::shared_ptr<loop_tenant>> woken_;
};

} // namespace carillon::data

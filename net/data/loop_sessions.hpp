#pragma once

#include "net/data/loop_tenants.hpp"
#include "net/data/port_state.hpp"

#include <array>
#include <cstdint>
#include <memory>

namespace carillon::data {

/// The sessions of a loop, and what they count at the port. All but `wake` of the tenants is on the
/// loop's thread.
class loop_sessions {
public:
  using buffer = std::array<char, 64UL * 1024>;

  /// @param of outlives this
  explicit loop_sessions(port_state& of) : port_(of) {
  }

  /// False if the limit is reached, or the port has no sessions.
  bool may_open() const noexcept;

  /// The session keeps its connection's place in the count of connections.
  void adopt(std::shared_ptr<loop_tenant> x, address_counts::seat seat);

  void remove(loop_tenant& x);

  /// @param code one of `session_close_codes`
  void count_closed(uint16_t code) noexcept;

  /// A buffer for a session's input; valid until the next read.
  buffer& scratch() noexcept {
    return *scratch_;
  }

  loop_tenants& tenants() noexcept {
    return tenants_;
  }

private:
  port_state& port_;
  loop_tenants tenants_;
  std::unique_ptr<buffer> scratch_ = std::make_unique<buffer>();
};

} // namespace carillon::data

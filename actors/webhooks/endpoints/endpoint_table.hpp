#pragma once

#include "actors/webhooks/endpoints/endpoint_feed.hpp"
#include "messages/webhooks/interfaces.hpp"

#include <caf/typed_response_promise.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace carillon {

enum class endpoint_phase : uint8_t {
  /// Its record is being read.
  loading,
  running,
  /// It starts no further attempts, and ends after those under way.
  draining,
  /// It crashed, and waits for its restart.
  resting,
};

/// A webhook with a place: its two actors, a receiver and the consumer that delivers to it, are
/// about to start, run, or are about to end.
struct running_endpoint {
  endpoint_phase phase = endpoint_phase::loading;
  consumer_actor consumer;
  caf::actor receiver;
  endpoint_feed feed;
  /// It starts again after its end: it has work, or was changed.
  bool again = false;
  /// It was asked whether it is idle.
  bool asked = false;
  /// How often it got work.
  uint64_t given = 0;
  std::optional<position> asleep_at;
  std::chrono::steady_clock::time_point active_at;
  std::chrono::steady_clock::time_point started_at;
  std::chrono::milliseconds next_pause{0};
  std::string last_error;
  /// They wait for its consumer.
  std::vector<caf::typed_response_promise<replay_taker_actor>> finders;

  bool runs() const noexcept {
    return phase == endpoint_phase::running;
  }
};

/// The endpoints that have a place, by webhook and by their actors. It monitors the actors, and
/// ends them with itself.
class endpoint_table {
public:
  using map = std::unordered_map<uint64_t, running_endpoint>;

  /// @param self the actor that is told when an actor of an endpoint ends
  explicit endpoint_table(webhook_hub_actor::pointer self);

  endpoint_table(const endpoint_table&) = delete;
  endpoint_table& operator=(const endpoint_table&) = delete;
  ~endpoint_table();

  /// Gives a webhook a place. References stay valid until it is erased.
  running_endpoint& add(uint64_t id);

  /// Null if it has no place.
  running_endpoint* find(uint64_t id);
  const running_endpoint* find(uint64_t id) const;

  /// The webhook that an actor works for; empty if there is none.
  std::optional<uint64_t> webhook_of(caf::actor_id x) const;

  /// Knows and monitors the actors of an endpoint from now on.
  void adopt(uint64_t id, const running_endpoint& x);

  /// Ends the actors of an endpoint, which keeps its place.
  void drop(running_endpoint& x);

  /// Ends it, and frees its place.
  void erase(uint64_t id);

  void clear();

  size_t size() const noexcept {
    return all_.size();
  }

  map::iterator begin() noexcept {
    return all_.begin();
  }

  map::iterator end() noexcept {
    return all_.end();
  }

private:
  webhook_hub_actor::pointer self_;
  map all_;
  /// By actor id of consumers and receivers.
  std::unordered_map<caf::actor_id, uint64_t> ids_;
};

} // namespace carillon

#pragma once

#include "actors/consumers/consumer_settings.hpp"
#include "actors/consumers/supervisor_env.hpp"

#include <caf/fwd.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>

namespace carillon {

/// The consumers of a supervisor, by name. A consumer that ends is started again, after a pause
/// that doubles. Used in the supervisor's actor only; its consumers end with it.
class consumer_children {
public:
  struct child {
    consumer_settings_ptr spec;
    /// Null while it waits for its restart.
    consumer_actor handle;
    std::chrono::steady_clock::time_point started_at;
    std::chrono::milliseconds next_pause{};
    /// It is not started again.
    bool removed = false;
  };

  /// @param self,env outlive this
  consumer_children(supervisor_actor::pointer self, const supervisor_env& env);
  consumer_children(const consumer_children&) = delete;
  consumer_children& operator=(const consumer_children&) = delete;
  ~consumer_children();

  /// Starts a consumer. Errors: `invalid_argument` (see `validate`), `overloaded` (too many),
  /// `conflict` (the name is taken).
  expected<consumer_actor> add(const consumer_settings_ptr& spec);

  /// The pause is over; ignored if this consumer runs, or is not known.
  void restart(const std::string& consumer);

  /// Lets a consumer checkpoint, and ends it for good; its name is free then.
  /// @param gone called once
  /// Errors: `not_found`, also while it is being removed.
  expected<void> remove(const std::string& consumer, std::function<void()> gone);

  /// Plans the restart of a consumer that has ended; ignores all other actors.
  void on_down(const caf::down_msg& x);

  /// Lets every consumer checkpoint, and ends it. From now on none is started.
  /// @param drained called once, when all have ended
  void drain(std::function<void()> drained);

  /// Null if no consumer has this name.
  const child* find(const std::string& consumer) const;

  const std::map<std::string, child>& all() const noexcept {
    return children_;
  }

private:
  void start(child& x);
  void on_drained();

  supervisor_actor::pointer self_;
  const supervisor_env& env_;
  std::map<std::string, child> children_;
  bool draining_ = false;
  size_t to_drain_ = 0;
  std::function<void()> drained_;
};

} // namespace carillon

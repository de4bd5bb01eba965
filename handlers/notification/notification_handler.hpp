#pragma once

#include "messages/consumers/handler.hpp"

#include <string>

namespace carillon {

/// Makes notifications: for each event with a rule, one for its user, one for the admins of its
/// company, or one for everybody (see `notices.hpp`), with the key `notification/<seq>`. The store
/// makes a row for each recipient who has not muted it. A replay makes them again only if it is for
/// this handler alone.
class notification_handler final : public effect_handler {
public:
  /// Name of the consumer.
  static constexpr const char* name = "notification";

  void handle(const event& x, effects& out) override;

  void replay(const event& x, uint64_t replay_id, effects& out) override;

  replay_reaction on_replay() const noexcept override {
    return replay_reaction::if_named;
  }

private:
  static void notify(const event& x, const std::string& suffix, effects& out);
};

} // namespace carillon

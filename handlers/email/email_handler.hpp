#pragma once

#include "messages/consumers/handler.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// Enqueues mails: for each event that has a template, a job `email.<template>` with the key
/// `email/<seq>`; for an order also a job that makes its order sheet. Recipients and their
/// preferences are looked up when the job runs. A replay enqueues again only if it is for this
/// handler alone.
class email_handler final : public effect_handler {
public:
  /// Name of the consumer.
  static constexpr const char* name = "email";

  void handle(const event& x, effects& out) override;

  void replay(const event& x, uint64_t replay_id, effects& out) override;

  replay_reaction on_replay() const noexcept override {
    return replay_reaction::if_named;
  }

  /// The template of an event type; empty = no mail is sent.
  static std::string_view template_of(std::string_view type) noexcept;

private:
  static void enqueue(const event& x, const std::string& suffix, effects& out);
};

} // namespace carillon

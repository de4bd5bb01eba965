#pragma once

#include "actors/consumers/runners/delivery_runner.hpp"
#include "actors/consumers/runners/delivery_spans.hpp"
#include "actors/consumers/runners/unsettled_answers.hpp"
#include "messages/interfaces.hpp"

#include <caf/actor.hpp>

#include <chrono>
#include <cstddef>
#include <optional>

namespace carillon {

/// Sends deliveries to an actor, a limited number at a time. Any reply counts as success, and only
/// an error is a failure; a `delivery_outcome` says more.
class actor_runner final : public delivery_runner {
public:
  struct limits {
    /// Deliveries under way.
    size_t under_way = 256;
    /// Deliveries under way, or answered and not yet committed; 0 = no such limit.
    size_t in_flight = 0;
    /// Of one attempt; may be `no_deadline`.
    std::chrono::milliseconds deadline{};
  };

  /// @param self,answers,listener outlive the runner
  actor_runner(consumer_actor::pointer self, caf::actor target, limits bounds,
               unsettled_answers& answers, delivery_spans spans, delivery_listener& listener);

  void run(std::deque<delivery>& ready) override;
  bool has_room() const override;

  void set_room(size_t deliveries) override {
    limits_.under_way = deliveries;
  }

  void let_run(position holder) override {
    holder_ = holder;
  }

  bool busy() const override {
    return under_way_ > 0;
  }

private:
  void send(const delivery& x);
  void on_answer(const delivery& x, const std::optional<open_span>& traced,
                 delivery_outcome outcome);
  failure failure_of(const caf::error& reason) const;

  consumer_actor::pointer self_;
  caf::actor target_;
  limits limits_;
  unsettled_answers& answers_;
  delivery_spans spans_;
  delivery_listener& listener_;
  size_t under_way_ = 0;
  position holder_ = 0;
};

} // namespace carillon

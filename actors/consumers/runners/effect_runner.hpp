#pragma once

#include "actors/consumers/runners/delivery_runner.hpp"
#include "actors/consumers/runners/delivery_spans.hpp"

#include <memory>
#include <string>

namespace carillon {

/// Makes the effects of events, at once.
class effect_runner final : public delivery_runner {
public:
  /// @param listener outlives the runner
  effect_runner(std::shared_ptr<effect_handler> handler, delivery_spans spans,
                delivery_listener& listener);

  void run(std::deque<delivery>& ready) override;

private:
  void handle(const delivery& x);
  void fail(std::string why);

  std::shared_ptr<effect_handler> handler_;
  delivery_spans spans_;
  delivery_listener& listener_;
  /// Of the present event; kept, so that an event needs no memory for its effects.
  delivery_outcome out_;
};

} // namespace carillon

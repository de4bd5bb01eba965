#include "actors/consumers/effect_runner.hpp"

#include <exception>

namespace carillon {

effect_runner::effect_runner(std::shared_ptr<effect_handler> handler, delivery_listener& listener)
  : handler_(std::move(handler)), listener_(listener) {
}

void effect_runner::run(std::deque<delivery>& ready) {
  while (!ready.empty()) {
    auto x = std::move(ready.front());
    ready.pop_front();
    delivery_outcome out;
    try {
      if (x.replay())
        handler_->replay(*x.event, x.replay_id, out.made);
      else
        handler_->take(x.event, out.made);
    } catch (const std::exception& e) {
      out = {.error = failure{ec::handler_failed, e.what(), {}}};
    } catch (...) {
      out = {.error = failure{ec::handler_failed, "the handler threw no std::exception", {}}};
    }
    listener_.on_outcome(x, std::move(out));
  }
  handler_->finish();
}

} // namespace carillon

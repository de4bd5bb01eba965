#include "actors/consumers/runners/effect_runner.hpp"

#include <exception>

namespace carillon {

effect_runner::effect_runner(std::shared_ptr<effect_handler> handler, delivery_listener& listener)
  : handler_(std::move(handler)), listener_(listener) {
}

void effect_runner::run(std::deque<delivery>& ready) {
  while (!ready.empty()) {
    auto x = std::move(ready.front());
    ready.pop_front();
    out_.error.reset();
    out_.made.clear();
    try {
      if (x.replay())
        handler_->replay(*x.event, x.replay_id, out_.made);
      else
        handler_->take(x.event, out_.made);
    } catch (const std::exception& e) {
      fail(e.what());
    } catch (...) {
      fail("the handler threw no std::exception");
    }
    listener_.on_outcome(x, out_);
  }
  handler_->finish();
}

void effect_runner::fail(std::string why) {
  out_.made.clear();
  out_.error = failure{ec::handler_failed, std::move(why), {}};
}

} // namespace carillon

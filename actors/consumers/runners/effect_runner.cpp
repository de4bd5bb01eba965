#include "actors/consumers/runners/effect_runner.hpp"

#include <exception>

namespace carillon {

effect_runner::effect_runner(std::shared_ptr<effect_handler> handler, delivery_spans spans,
                             delivery_listener& listener)
  : handler_(std::move(handler)), spans_(std::move(spans)), listener_(listener) {
}

void effect_runner::run(std::deque<delivery>& ready) {
  while (!ready.empty()) {
    auto x = std::move(ready.front());
    ready.pop_front();
    const auto traced = spans_.begin(*x.event);
    handle(x);
    if (traced)
      spans_.end(*traced, x, out_.error);
    listener_.on_outcome(x, out_);
  }
  handler_->finish();
}

void effect_runner::handle(const delivery& x) {
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
}

void effect_runner::fail(std::string why) {
  out_.made.clear();
  out_.error = failure{ec::handler_failed, std::move(why), {}};
}

} // namespace carillon

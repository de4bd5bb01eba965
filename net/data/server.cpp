#include "net/data/server.hpp"

#include "net/data/listener.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <future>

namespace carillon::data {

server::server(std::shared_ptr<port_state> state) : state_(std::move(state)) {
  for (size_t i = 0; i < std::max<size_t>(1, state_->options.threads); ++i)
    loops_.push_back(std::make_shared<event_loop>(state_));
  listener_ = std::make_unique<listener>(state_, loops_);
}

server::~server() {
  try {
    stop(std::chrono::milliseconds{0});
  } catch (...) {
    // Without memory for two posts an orderly end is impossible.
    std::terminate();
  }
}

expected<void> server::open() {
  auto opened = listener_->open();
  if (!opened)
    return opened;
  listener_->accept();
  for (auto& loop : loops_)
    loop->start();
  running_ = true;
  return {};
}

uint16_t server::port() const noexcept {
  return listener_->port();
}

void server::stop_accepting() {
  std::lock_guard lock{change_};
  close_listener();
}

void server::stop(std::chrono::milliseconds grace) {
  std::lock_guard lock{change_};
  if (!running_)
    return;
  auto until = std::chrono::steady_clock::now() + grace;
  close_listener();
  std::vector<std::future<void>> finished;
  finished.reserve(loops_.size());
  for (auto& loop : loops_)
    finished.push_back(loop->finish());
  for (auto& x : finished)
    x.wait_until(until);
  for (auto& loop : loops_)
    loop->end();
  state_->arrays.stop();
  running_ = false;
}

void server::close_listener() {
  if (!running_ || !accepting_)
    return;
  accepting_ = false;
  std::promise<void> closed;
  boost::asio::post(loops_.front()->context(), [&] {
    listener_->close();
    closed.set_value();
  });
  closed.get_future().wait();
  for (auto& loop : loops_)
    loop->drain();
}

} // namespace carillon::data

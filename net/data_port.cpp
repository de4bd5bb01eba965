#include "net/data_port.hpp"

#include "net/data/listener.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <future>
#include <mutex>

namespace carillon {

namespace {

class asio_data_port final : public data_port {
public:
  asio_data_port(const data_port_options& options, data_port_backend backend)
    : state_(std::make_shared<data::port_state>(options, std::move(backend))) {
    for (size_t i = 0; i < std::max<size_t>(1, options.threads); ++i)
      loops_.push_back(std::make_shared<data::event_loop>(state_));
    listener_ = std::make_unique<data::listener>(state_, loops_);
  }

  ~asio_data_port() override {
    try {
      stop(std::chrono::milliseconds{0});
    } catch (...) {
      // Without memory for two posts there is no orderly end.
      std::terminate();
    }
  }

  expected<void> open() {
    auto opened = listener_->open();
    if (!opened)
      return opened;
    listener_->accept();
    for (auto& loop : loops_)
      loop->start();
    running_ = true;
    return {};
  }

  uint16_t port() const noexcept override {
    return listener_->port();
  }

  void stop_accepting() override {
    std::lock_guard lock{change_};
    close_listener();
  }

  void stop(std::chrono::milliseconds grace) override {
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
    running_ = false;
  }

private:
  void close_listener() {
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

  std::shared_ptr<data::port_state> state_;
  std::vector<std::shared_ptr<data::event_loop>> loops_;
  /// Before the loops end, and gone before them.
  std::unique_ptr<data::listener> listener_;
  /// Guards the life cycle, not the traffic.
  std::mutex change_;
  bool running_ = false;
  bool accepting_ = true;
};

} // namespace

expected<std::unique_ptr<data_port>> data_port::start(const data_port_options& options,
                                                      data_port_backend backend) {
  if (!backend.publish || backend.types == nullptr || backend.keys == nullptr)
    return failure{ec::internal, "the data port has no backend", {}};
  if (!backend.stats)
    backend.stats = std::make_shared<telemetry>();
  auto out = std::make_unique<asio_data_port>(options, std::move(backend));
  if (auto opened = out->open(); !opened)
    return opened.error();
  return {std::move(out)};
}

} // namespace carillon

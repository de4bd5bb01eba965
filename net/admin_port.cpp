#include "net/admin_port.hpp"

#include "net/admin/server.hpp"

#include <future>
#include <mutex>

#include <csignal>

namespace carillon {

namespace {

/// Pause between attempts to end a server that is about to listen.
constexpr std::chrono::milliseconds stop_pause{2};

class http_admin_port final : public admin_port {
public:
  http_admin_port(const admin_port_options& options, admin_port_backend backend)
    : context_(options, std::move(backend)), server_(context_) {
  }

  ~http_admin_port() override {
    end();
  }

  expected<void> open() {
    auto opened = server_.open(context_.options.host, context_.options.port);
    if (!opened)
      return opened;
    served_ = std::async(std::launch::async, [this] {
      // Signals are the main thread's; its workers inherit this.
      sigset_t all{};
      sigfillset(&all);
      pthread_sigmask(SIG_BLOCK, &all, nullptr);
      server_.serve();
    });
    return {};
  }

  uint16_t port() const noexcept override {
    return server_.port();
  }

  void stop() override {
    end();
  }

private:
  void end() {
    std::lock_guard lock{stopping_};
    if (!served_.valid())
      return;
    do
      server_.interrupt();
    while (served_.wait_for(stop_pause) != std::future_status::ready);
    served_.get();
  }

  admin::context context_;
  admin::server server_;
  std::mutex stopping_;
  std::future<void> served_;
};

} // namespace

expected<std::unique_ptr<admin_port>> admin_port::start(const admin_port_options& options,
                                                        admin_port_backend backend) {
  if (backend.system == nullptr || backend.readers.empty() || backend.types == nullptr
      || backend.keys == nullptr)
    return failure{ec::internal, "the admin port has no backend", {}};
  auto out = std::make_unique<http_admin_port>(options, std::move(backend));
  if (auto opened = out->open(); !opened)
    return opened.error();
  return {std::move(out)};
}

} // namespace carillon

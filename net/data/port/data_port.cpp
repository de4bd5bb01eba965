#include "net/data/port/data_port.hpp"

#include "net/data/server.hpp"

namespace carillon {

namespace {

class asio_data_port final : public data_port {
public:
  asio_data_port(const data_port_options& options, data_port_backend backend)
    : server_(std::make_shared<data::port_state>(options, std::move(backend))) {
  }

  expected<void> open() {
    return server_.open();
  }

  uint16_t port() const noexcept override {
    return server_.port();
  }

  void stop_accepting() override {
    server_.stop_accepting();
  }

  void stop(std::chrono::milliseconds grace) override {
    server_.stop(grace);
  }

private:
  data::server server_;
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

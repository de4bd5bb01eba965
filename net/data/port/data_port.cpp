#include "net/data/port/data_port.hpp"

#include "net/data/port/follower_gate.hpp"
#include "net/data/port/follower_port.hpp"
#include "net/data/port/gate.hpp"
#include "net/data/port/handover.hpp"
#include "net/data/server.hpp"

namespace carillon {

namespace {

/// @param view of a follower; empty for another node
std::shared_ptr<data::port_state> state_of(const data_port_options& options,
                                           data_port_backend backend, data::follower_view view) {
  auto out = std::make_shared<data::port_state>(options, std::move(backend));
  std::shared_ptr<const data::inbound_desk> inbound;
  if (const auto& from = out->backend; from.inbound != nullptr)
    inbound = std::make_shared<const data::inbound_desk>(
      data::inbound_desk{.book = from.inbound,
                         .publish = from.publish,
                         .types = from.types,
                         .accept_unknown_types = options.accept_unknown_types,
                         .stats = from.stats,
                         .on_refused = from.on_refused});
  out->entrance = std::make_shared<const data::gate>(
    out->options, *out->backend.keys, out->backend.tokens, out->backend.admin_address,
    out->backend.notifications, out->backend.workers, std::move(inbound), out->backend.portal,
    out->backend.delays);
  if (view.owner)
    out->entrance = std::make_shared<const data::follower_gate>(
      std::move(out->entrance), std::move(view), options.body_bytes);
  out->begin_session = sessions::take_over;
  out->bodies = out->backend.stats->bounds.add("unfinished bodies", "bytes", options.receive_bytes);
  return out;
}

class asio_data_port final : public data_port {
public:
  asio_data_port(const data_port_options& options, data_port_backend backend,
                 data::follower_view view)
    : server_(state_of(options, std::move(backend), std::move(view))) {
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

expected<std::unique_ptr<data_port>>
start_port(const data_port_options& options, data_port_backend backend, data::follower_view view) {
  if (!backend.publish || backend.types == nullptr || backend.keys == nullptr)
    return failure{ec::internal, "the data port has no backend", {}};
  if (!backend.stats)
    backend.stats = std::make_shared<telemetry>();
  auto out = std::make_unique<asio_data_port>(options, std::move(backend), std::move(view));
  if (auto opened = out->open(); !opened)
    return opened.error();
  return {std::move(out)};
}

} // namespace

expected<std::unique_ptr<data_port>> data_port::start(const data_port_options& options,
                                                      data_port_backend backend) {
  return start_port(options, std::move(backend), {});
}

expected<std::unique_ptr<data_port>> start_follower_data_port(const data_port_options& options,
                                                              data_port_backend backend,
                                                              data::follower_view view) {
  return start_port(options, std::move(backend), std::move(view));
}

} // namespace carillon

#include "net/admin/admin_port.hpp"

#include "net/admin/follower_port.hpp"
#include "net/admin/portal/portal_front.hpp"
#include "net/admin/server/connection_options.hpp"
#include "net/admin/server/front.hpp"
#include "net/data/server.hpp"

#include <algorithm>
#include <mutex>

namespace carillon {

namespace {

/// Part of the stop's time in which clients receive their last answers.
constexpr std::chrono::seconds last_answers{2};

data_port_backend connection_backend(const admin_port_backend& x, const telemetry_ptr& stats) {
  data_port_backend out;
  out.types = x.types;
  out.keys = x.keys;
  out.stats = stats;
  out.certificates = x.certificates;
  // The node's counters of connections count those of the data port; logins count on both.
  out.on_refused = [node = x.stats, hook = x.on_refused](const refused_access& y) {
    if (node && y.why.code == ec::unauthenticated)
      node->logins_failed.fetch_add(1, std::memory_order_relaxed);
    if (hook)
      hook(y);
  };
  return out;
}

class http_admin_port final : public admin_port {
public:
  http_admin_port(const admin_port_options& options, admin_port_backend backend,
                  data::follower_view view)
    : context_(options, std::move(backend)),
      front_(std::make_shared<admin::front>(context_, std::move(view))),
      portal_(context_.backend.portal ? std::make_shared<admin::portal_front>(context_) : nullptr),
      connections_(std::make_shared<telemetry>()), server_(state()) {
  }

  ~http_admin_port() override {
    stop();
  }

  expected<void> open() {
    return server_.open();
  }

  uint16_t port() const noexcept override {
    return server_.port();
  }

  std::shared_ptr<const data::request_judge> portal() const override {
    return portal_;
  }

  void stop() override {
    std::lock_guard lock{stopping_};
    server_.stop_accepting();
    // Every handler ends at the deadline of its request.
    front_->stop();
    if (portal_)
      portal_->stop();
    server_.stop(last_answers);
  }

private:
  std::shared_ptr<data::port_state> state() {
    auto out = std::make_shared<data::port_state>(
      connection_options(context_.options), connection_backend(context_.backend, connections_),
      front_);
    out->listen_option = "adminListen";
    out->source = "/admin";
    return out;
  }

  admin::context context_;
  std::shared_ptr<admin::front> front_;
  std::shared_ptr<admin::portal_front> portal_;
  telemetry_ptr connections_;
  data::server server_;
  std::mutex stopping_;
};

expected<std::unique_ptr<admin_port>> start_http(const admin_port_options& options,
                                                 admin_port_backend backend,
                                                 data::follower_view view) {
  if (backend.system == nullptr || backend.readers.empty() || backend.types == nullptr
      || backend.keys == nullptr)
    return failure{ec::internal, "the admin port has no backend", {}};
  auto out = std::make_unique<http_admin_port>(options, std::move(backend), std::move(view));
  if (auto opened = out->open(); !opened)
    return opened.error();
  return {std::move(out)};
}

} // namespace

expected<std::unique_ptr<admin_port>> admin_port::start(const admin_port_options& options,
                                                        admin_port_backend backend) {
  return start_http(options, std::move(backend), {});
}

expected<std::unique_ptr<admin_port>> start_follower_admin_port(const admin_port_options& options,
                                                                admin_port_backend backend,
                                                                data::follower_view view) {
  return start_http(options, std::move(backend), std::move(view));
}

} // namespace carillon

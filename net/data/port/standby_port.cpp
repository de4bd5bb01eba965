#include "net/data/port/standby_port.hpp"

#include "net/data/server.hpp"
#include "net/http/follower.hpp"
#include "net/http/target.hpp"

#include <utility>

namespace carillon {

namespace {

/// How long the last answers may take.
constexpr std::chrono::milliseconds last_answers_of_standby{200};

/// Judges the requests of a node that has no store: none of their bodies is kept.
class standby_judge final : public data::request_judge {
public:
  standby_judge(uint64_t header_bytes, standby_port::address_of_active active)
    : header_bytes_(header_bytes), active_(std::move(active)) {
  }

  data::admission judge(const data::request_head& head) const override {
    data::admission out;
    const auto parts = data::parts_of(head.target);
    const auto path = parts ? parts->path : std::string_view{};
    if (path == "/healthz") {
      out.to = data::route::ready;
      out.answer = data::whole_answer{.body = R"({"status":"ok"})"};
    } else if (path == "/readyz") {
      out.to = data::route::ready;
      out.answer = data::whole_answer{.status = 503,
                                      .body = R"({"status":"waiting","waitingFor":"standby"})"};
      out.answer->fields = "Retry-After: 1\r\n";
    } else {
      out.refused = refusal();
    }
    return out;
  }

  uint64_t header_bytes() const noexcept override {
    return header_bytes_;
  }

private:
  data::refusal refusal() const {
    const auto active = active_ ? active_() : std::string{};
    data::refusal out{.why = {ec::store_locked,
                              active.empty()
                                ? "this node is a standby, and does not know the active node yet"
                                : "this node is a standby; the active node is " + active,
                              {}},
                      .status = 503};
    out.fields = "Retry-After: 1\r\n";
    if (!active.empty())
      out.fields += "Carillon-Active: " + active + "\r\n";
    // Its body need not be read.
    out.close = true;
    return out;
  }

  uint64_t header_bytes_;
  standby_port::address_of_active active_;
};

class waiting_port final : public standby_port {
public:
  waiting_port(data_port_options options, address_of_active active,
               std::shared_ptr<const tls_certificates> certificates)
    : server_(state(std::move(options), std::move(active), std::move(certificates))) {
  }

  expected<void> open() {
    return server_.open();
  }

  uint16_t port() const noexcept override {
    return server_.port();
  }

  void stop() override {
    server_.stop_accepting();
    server_.stop(last_answers_of_standby);
  }

private:
  std::shared_ptr<data::port_state> state(data_port_options options, address_of_active active,
                                          std::shared_ptr<const tls_certificates> certificates) {
    options.threads = 1;
    auto judge = std::make_shared<const standby_judge>(options.header_bytes, std::move(active));
    data_port_backend backend;
    backend.types = &types_;
    backend.keys = &keys_;
    backend.stats = std::make_shared<telemetry>();
    backend.certificates = std::move(certificates);
    backend.on_refused = [](const refused_access&) {};
    return std::make_shared<data::port_state>(std::move(options), std::move(backend),
                                              std::move(judge));
  }

  type_registry types_;
  key_ring keys_;
  data::server server_;
};

} // namespace

expected<std::unique_ptr<standby_port>>
standby_port::start(const data_port_options& options, address_of_active active,
                    std::shared_ptr<const tls_certificates> certificates) {
  auto checked = [active = std::move(active)] {
    return active ? data::checked_address(active()) : std::string{};
  };
  auto out = std::make_unique<waiting_port>(options, std::move(checked), std::move(certificates));
  if (auto opened = out->open(); !opened)
    return opened.error();
  return std::unique_ptr<standby_port>{std::move(out)};
}

} // namespace carillon

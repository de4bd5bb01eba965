#include "net/remote/caf_port.hpp"

#include "base/token_bucket.hpp"
#include "net/remote/gate.hpp"
#include "net/remote/scribe.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/scoped_actor.hpp>

#include <arpa/inet.h>

#include <mutex>
#include <thread>
#include <utility>

namespace carillon {

namespace {

namespace network = caf::io::network;

constexpr std::chrono::milliseconds poll_interval{5};
/// How long sessions may take for their end; they do not wait for anything.
constexpr std::chrono::seconds end_deadline{5};
/// For the last answers on their way to the peers.
constexpr std::chrono::milliseconds goodbye{300};

/// Of the port's own actor system.
struct port_config : caf::actor_system_config {
  explicit port_config(const caf_port_options& x) {
    load<caf::io::middleman>();
    add_message_types<caf::id_block::carillon>();
    set("middleman.app-identifiers", std::vector<std::string>{remote_application});
    set("middleman.heartbeat-interval", caf::timespan{x.heartbeat});
    set("middleman.workers", size_t{1});
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", size_t{2});
    set("scheduler.max-throughput", size_t{100});
  }
};

/// Lets so many lines through, so that a peer that connects again and again does not fill the log.
class line_budget {
public:
  /// The line as it is to be written; empty = not at all.
  std::string pass(const std::string& text) {
    std::lock_guard guard{mutex_};
    auto now = token_bucket::clock::now();
    if (bucket_.ready_at(now) > now) {
      ++left_out_;
      return {};
    }
    bucket_.take(now);
    auto more = std::exchange(left_out_, 0);
    return more == 0 ? text : text + " (before it " + std::to_string(more) + " lines left out)";
  }

private:
  static constexpr double lines_per_second = 20;

  std::mutex mutex_;
  token_bucket bucket_{lines_per_second};
  size_t left_out_ = 0;
};

constexpr tls_purpose purpose{
  .certificate_option = "caf-certificate", .key_option = "caf-key", .authority_option = "caf-ca"};

bool is_loopback(const std::string& host) {
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1)
    return (ntohl(v4.s_addr) >> 24) == 127;
  return host == "::1" || host == "localhost";
}

class own_caf_port final : public caf_port {
public:
  own_caf_port(const caf_port_options& options, caf_port_backend backend)
    : env_(std::make_shared<remote::port_env>(options, std::move(backend))),
      certificates_({options.certificate, options.key, options.authority}, purpose),
      config_(options) {
  }

  own_caf_port(const own_caf_port&) = delete;
  own_caf_port& operator=(const own_caf_port&) = delete;

  ~own_caf_port() override {
    stop(std::chrono::milliseconds{0});
  }

  expected<void> open();

  uint16_t port() const noexcept override {
    return port_;
  }

  expected<void> reload() override {
    return certificates_.reload();
  }

  void stop_accepting() override {
    env_->stopping = true;
  }

  void stop(std::chrono::milliseconds grace) override;

private:
  remote::port_links links() const;
  remote::reporter reporter() const;

  remote::port_env_ptr env_;
  tls_certificates certificates_;
  port_config config_;
  std::unique_ptr<caf::actor_system> system_;
  remote::own_gate_actor gate_;
  caf::actor_id gate_id_ = 0;
  uint16_t port_ = 0;
};

remote::reporter own_caf_port::reporter() const {
  auto budget = std::make_shared<line_budget>();
  return [env = env_, budget](std::optional<remote_refusal> reason, const std::string& text) {
    if (reason)
      ++env->backend.stats->remote.refused[static_cast<size_t>(*reason)];
    if (!env->backend.report)
      return;
    if (auto line = budget->pass(text); !line.empty())
      env->backend.report(line);
  };
}

remote::port_links own_caf_port::links() const {
  remote::port_links out;
  out.system = system_.get();
  out.peers = &env_->peers;
  out.tls = &certificates_;
  out.frame_bytes = env_->options.frame_bytes;
  out.report = reporter();
  out.accepts = [gate = gate_id_](const remote::peer& x, caf::actor_id to) {
    return to == gate || x.actors().owns(to);
  };
  out.on_opened = [env = env_] { ++env->backend.stats->remote.connections; };
  out.on_closed = [env = env_] { --env->backend.stats->remote.connections; };
  return out;
}

expected<void> own_caf_port::open() {
  const auto& options = env_->options;
  if (auto read = certificates_.reload(); !read)
    return read;
  auto socket = network::new_tcp_acceptor_impl(*options.port, options.host.c_str(), true);
  if (!socket)
    return failure{ec::conflict,
                   "cannot listen on " + options.host + " port " + std::to_string(*options.port)
                     + " for CAF processes: the address is not one of this machine, or in use",
                   "caf-port"};
  system_ = std::make_unique<caf::actor_system>(config_);
  gate_ = system_->spawn(remote::gate, env_);
  gate_id_ = gate_.id();
  auto& middleman = system_->middleman();
  auto& backend = dynamic_cast<network::default_multiplexer&>(middleman.backend());
  caf::io::doorman_ptr doorman
    = caf::make_counted<remote::checked_doorman>(backend, *socket, links());
  port_ = doorman->port();
  caf::anon_send(middleman.named_broker<caf::io::basp_broker>(caf::atom("BASP")),
                 caf::publish_atom_v, std::move(doorman), port_,
                 caf::actor_cast<caf::strong_actor_ptr>(gate_),
                 system_->message_types(remote_gate_actor{gate_}));
  return {};
}

void own_caf_port::stop(std::chrono::milliseconds grace) {
  if (system_ == nullptr)
    return;
  env_->stopping = true;
  auto until = std::chrono::steady_clock::now() + grace;
  while (env_->requests > 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(poll_interval);
  {
    caf::scoped_actor self{*system_, true};
    self->monitor(gate_);
    caf::anon_send(gate_, atom::close_v);
    self->receive([](const caf::down_msg&) {}, caf::after(end_deadline) >> [] {});
  }
  gate_ = nullptr;
  auto last = std::chrono::steady_clock::now() + goodbye;
  while (!env_->peers.all_sent() && std::chrono::steady_clock::now() < last)
    std::this_thread::sleep_for(poll_interval);
  system_.reset();
}

} // namespace

expected<void> check(const caf_port_options& options) {
  const auto given
    = !options.certificate.empty() || !options.key.empty() || !options.authority.empty();
  if (given)
    for (const auto& [value, name, what] :
         {std::tuple{&options.certificate, "caf-certificate", "the certificate of this node"},
          std::tuple{&options.key, "caf-key", "its private key"},
          std::tuple{&options.authority, "caf-ca", "the authority of the peers' certificates"}})
      if (value->empty())
        return failure{ec::invalid_argument,
                       std::string{"TLS needs --"} + name + ", " + what + ", as well", name};
  if (!given && !is_loopback(options.host))
    return failure{ec::invalid_argument,
                   options.host
                     + " is not an address of loopback: others reach it, which needs "
                       "--caf-certificate, --caf-key and --caf-ca",
                   "caf-address"};
  return {};
}

expected<std::unique_ptr<caf_port>> caf_port::start(const caf_port_options& options,
                                                    caf_port_backend backend) {
  if (auto checked = check(options); !checked)
    return checked.error();
  if (!options.port || backend.system == nullptr || backend.actors.readers.empty()
      || backend.types == nullptr || backend.keys == nullptr)
    return failure{ec::internal, "the port for CAF processes has no backend", {}};
  if (!backend.stats)
    backend.stats = std::make_shared<telemetry>();
  auto out = std::make_unique<own_caf_port>(options, std::move(backend));
  if (auto opened = out->open(); !opened)
    return opened.error();
  return {std::move(out)};
}

} // namespace carillon

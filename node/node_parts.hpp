#pragma once

#include "messages/remote/hub.hpp"
#include "net/auth/key_ring.hpp"
#include "net/remote/caf_port.hpp"
#include "net/sso/single_sign_on.hpp"
#include "node/engine/engine.hpp"
#include "node/key_use_notes.hpp"
#include "node/node.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// The parts of a node: its actor system, the engine, the keys and the ports. Members in
/// construction order.
struct node::parts {
  /// Hears of rejected accesses, on any thread.
  using refused_hook = std::function<void(const refused_access&)>;

  struct system_config : caf::actor_system_config {
    system_config() {
      carillon::engine::configure(*this);
    }
  };

  system_config config;
  caf::actor_system system{config};
  std::optional<carillon::engine> engine;
  key_ring keys;
  std::unique_ptr<token_verifier> tokens;
  std::shared_ptr<single_sign_on> sign_on;
  std::unique_ptr<key_use_notes> key_uses;
  std::vector<std::string> warnings;
  std::string bootstrap_key;
  port_certificates certificates;
  std::unique_ptr<carillon::admin_port> admin;
  std::unique_ptr<carillon::data_port> data;
  /// Null = other CAF processes have no port.
  remote_hub_actor subscriptions;
  std::unique_ptr<carillon::caf_port> remote;
  /// Ports that were bound; each port shows the address of the other.
  std::atomic<uint16_t> admin_number{0};
  std::atomic<uint16_t> data_number{0};
  std::atomic<bool> stopped{false};
  node_identity identity;
  timestamp started_at = wall_clock_now();

  expected<void> start(const node_options& options);
  bool stop(std::chrono::milliseconds deadline);
  /// The nodes of the store; this one alone if it shares it with none.
  std::vector<node_record> nodes() const;

private:
  expected<void> open_sign_on(const node_options& options);
  expected<void> open_ports(const node_options& options);
  expected<void> open_admin_port(const node_options& options, refused_hook on_refused);
  admin_port_backend admin_backend(const node_options& options, refused_hook on_refused);
  expected<void> open_data_port(const node_options& options, refused_hook on_refused);
  expected<void> open_caf_port(const node_options& options, refused_hook on_refused);
};

} // namespace carillon

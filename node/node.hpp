#pragma once

#include "net/admin/admin_port.hpp"
#include "net/auth/token/token_verifier.hpp"
#include "net/data/port/data_port.hpp"
#include "net/remote/port_options.hpp"
#include "net/sso/sso_options.hpp"
#include "node/engine/engine_options.hpp"
#include "node/port_certificates.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// All settings of a node.
struct node_options {
  engine_options engine;
  data_port_options data;
  admin_port_options admin;
  token_options tokens;
  /// Where operators sign in; without an issuer they need API keys.
  sso_options sso;
  caf_port_options remote;
  /// Of both ports, unless the admin port has its own, see `of_admin`. `start` does not ask whether
  /// others reach a port without TLS.
  tls_files tls;
  tls_files admin_tls;
  /// Ports without TLS may be reached by others, see `check_tls`.
  bool insecure = false;
  /// Called on any thread with a line about a CAF peer that was refused or disconnected.
  std::function<void(const std::string&)> report_peer;
  /// Admits every request; the caller must allow it on loopback only.
  bool dev = false;
  /// A file that holds the key of an admin; the key is added to a store that does not know it.
  /// Empty = none.
  std::string admin_key_file;
  /// Shows the admin key of a store without any key, before it is stored: a key that was not shown
  /// is not stored, and the next start makes another one. An error ends the start. May be empty if
  /// the caller reads `bootstrap_key`.
  std::function<expected<void>(const std::string&)> show_first_key;
  /// Called once before the ports are bound, when the store is open: what listens on them until
  /// then closes them. May be empty.
  std::function<void()> before_ports;
};

/// An engine with its ports and the API keys, on an actor system of its own.
/// Thread-safe.
class node {
public:
  /// Returns when both ports answer. A store without any key gets an admin key then, unless `dev`.
  /// Errors: those of `engine::start`, `port_certificates::open`, `data_port::start`,
  /// `admin_port::start`, `caf_port::start`, `show_first_key`; `invalid_argument`
  /// (`admin_key_file`); `internal` if the system has no threads or no memory left: then parts of
  /// the node stay in memory, since threads that never began cannot be waited for.
  static expected<std::unique_ptr<node>> start(const node_options& options);

  /// Stops within ten seconds, unless stopped already.
  ~node();

  uint16_t data_port() const noexcept;
  uint16_t admin_port() const noexcept;
  /// The port for other CAF processes; empty if there is none.
  std::optional<uint16_t> caf_port() const noexcept;

  /// The admin key that `start` made; empty if there was a key. Stored in no other place.
  const std::string& bootstrap_key() const noexcept;

  /// Empty if the node is ready, else what it waits for.
  std::string not_ready() const;

  /// False if the engine hangs, see `engine::responds`.
  bool responds() const;

  /// Parts that were left out at the start, for the operator.
  const std::vector<std::string>& start_warnings() const;

  /// The mail server, without a password.
  const std::string& mail_display() const;

  /// Last position of the log.
  position head() const noexcept;

  /// Reads the keys for tokens and all certificates again. What cannot be read stays as it was, and
  /// is a line of the answer, for the operator. Open connections go on. Blocks.
  std::vector<std::string> reload();

  /// The certificates of the HTTP ports that end before `then`, as lines for the operator.
  std::vector<std::string> ending_certificates(timestamp then) const;

  /// Reads the certificates of the HTTP ports again whose files have changed. Blocks.
  port_certificates::changes reload_changed();

  /// Called once, on any thread, when the node cannot go on.
  void on_fault(std::function<void(std::string)> fn);

  /// Ports stop accepting, the router drains, consumers checkpoint, stores close, the last answers
  /// go out. True if all of it was done in time; otherwise threads may hang, and the process must
  /// end.
  bool stop(std::chrono::milliseconds deadline);

private:
  struct parts;

  explicit node(std::unique_ptr<parts> x);

  std::unique_ptr<parts> parts_;
};

} // namespace carillon

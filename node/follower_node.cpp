#include "node/follower_node.hpp"

#include "net/admin/follower_port.hpp"
#include "net/data/port/follower_port.hpp"
#include "node/engine/engine.hpp"
#include "node/exhaustion.hpp"
#include "node/port_url.hpp"
#include "node/refusal_reporter.hpp"
#include "node/session_fit.hpp"
#include "node/state_mirror.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace carillon {

namespace {

/// Time between two reads of the keys and types of the store: what was revoked elsewhere is refused
/// within twice this.
constexpr std::chrono::milliseconds mirror_pause{750};
/// For one read.
constexpr std::chrono::milliseconds mirror_deadline{2'000};
/// For the first one, which the start waits for.
constexpr std::chrono::milliseconds first_mirror_deadline{10'000};
/// Without a read for this long the follower is not ready.
constexpr std::chrono::seconds mirror_memory{5};
/// Part of the time to stop that is reserved for the last answers.
constexpr std::chrono::milliseconds follower_goodbye{300};

struct follower_config : caf::actor_system_config {
  follower_config() {
    engine::configure(*this);
  }
};

} // namespace

/// Members in construction order.
struct follower_node::parts {
  follower_config config;
  caf::actor_system system{config};
  surroundings around;
  std::optional<carillon::engine> engine;
  key_ring keys;
  std::unique_ptr<token_verifier> tokens;
  std::optional<state_mirror> mirror;
  std::unique_ptr<carillon::admin_port> admin;
  std::unique_ptr<carillon::data_port> data;

  std::mutex mutex;
  std::condition_variable changed;
  /// Why it is not ready; empty if it is.
  std::string waits_for;
  bool ended = false;
  std::atomic<bool> stopped{false};
  std::thread watch;

  expected<void> start(const node_options& options, const port_certificates& certificates);
  expected<void> open_ports(const node_options& options, const port_certificates& certificates);
  data::follower_view view_of(std::string node_addresses::*port);
  void look();
  bool stop(std::chrono::milliseconds deadline);
};

// -- start --------------------------------------------------------------------

expected<void> follower_node::parts::start(const node_options& options,
                                           const port_certificates& certificates) {
  auto settings = options.engine;
  settings.storage.postgres.shared = true;
  fit_sessions(settings, options.data.sessions);
  auto opened = engine::start(system, settings);
  if (!opened)
    return opened.error();
  engine.emplace(std::move(*opened));
  if (!options.tokens.secret.empty() || !options.tokens.jwks_file.empty()) {
    auto made = token_verifier::open(options.tokens);
    if (!made)
      return made.error();
    tokens = std::move(*made);
  }
  if (options.dev)
    keys.admit_everyone();
  mirror.emplace(system, engine->handles().state_reader.access, keys, engine->types());
  if (auto known = mirror->read(first_mirror_deadline); !known)
    return known;
  if (options.before_ports)
    options.before_ports();
  if (auto done = open_ports(options, certificates); !done)
    return done;
  watch = std::thread{[this] { look(); }};
  return {};
}

data::follower_view follower_node::parts::view_of(std::string node_addresses::*port) {
  data::follower_view out;
  out.owner = [this, port] {
    auto found = around.owner();
    return data::store_owner{std::move(found.who.name), std::move(found.at.*port)};
  };
  out.not_ready = [this] {
    const std::lock_guard guard{mutex};
    return waits_for;
  };
  return out;
}

expected<void> follower_node::parts::open_ports(const node_options& options,
                                                const port_certificates& certificates) {
  const auto& handles = engine->handles();
  auto on_refused = [reporter = std::make_shared<refusal_reporter>(handles.router)](
                      const refused_access& x) { reporter->report(x); };
  admin_port_backend backend;
  static_cast<engine_handles&>(backend) = handles;
  backend.system = &system;
  backend.audit_types = options.engine.audit_types;
  backend.types = &engine->types();
  backend.keys = &keys;
  backend.stats = engine->stats();
  backend.nodes = around.nodes;
  backend.on_refused = on_refused;
  backend.data_address = [at = url_of_port(options.data.host, options.data.port,
                                           certificates.data() != nullptr)] { return at; };
  backend.certificates = certificates.admin();
  backend.tell = options.engine.storage.on_trouble;
  auto operators = options.admin;
  operators.portal.origins.clear();
  auto opened_admin
    = start_follower_admin_port(operators, std::move(backend), view_of(&node_addresses::admin));
  if (!opened_admin)
    return opened_admin.error();
  admin = std::move(*opened_admin);

  data_port_backend from;
  from.publish
    = [router = handles.router](publish_call_ptr call) { caf::anon_send(router, std::move(call)); };
  from.open_session = [hub = handles.sessions](session_request request, session_link_ptr link) {
    caf::anon_send(hub, carillon::open_session{std::move(request), std::move(link)});
  };
  from.types = &engine->types();
  from.keys = &keys;
  from.stats = engine->stats();
  from.tokens = tokens.get();
  from.on_refused = std::move(on_refused);
  from.admin_address = [at = url_of_port(options.admin.host, admin->port(),
                                         certificates.admin() != nullptr)] { return at; };
  from.certificates = certificates.data();
  auto publishers = options.data;
  publishers.sessions.dev_identities = options.dev;
  auto opened_data
    = start_follower_data_port(publishers, std::move(from), view_of(&node_addresses::data));
  if (!opened_data)
    return opened_data.error();
  data = std::move(*opened_data);
  return {};
}

/// On a thread of its own: the owner does not tell us of its changes.
void follower_node::parts::look() {
  // The main thread handles signals.
  sigset_t all{};
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  auto read_at = std::chrono::steady_clock::now();
  std::unique_lock lock{mutex};
  while (!changed.wait_for(lock, mirror_pause, [this] { return ended; })) {
    lock.unlock();
    if (mirror->read(mirror_deadline))
      read_at = std::chrono::steady_clock::now();
    auto missing = engine->not_ready();
    if (missing.empty() && std::chrono::steady_clock::now() - read_at > mirror_memory)
      missing = "state store";
    lock.lock();
    waits_for = std::move(missing);
  }
}

// -- stop ---------------------------------------------------------------------

bool follower_node::parts::stop(std::chrono::milliseconds deadline) {
  if (stopped.exchange(true))
    return true;
  const auto end = std::chrono::steady_clock::now() + deadline;
  const auto left = [&] {
    return std::max(
      std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()),
      std::chrono::milliseconds{0});
  };
  if (data)
    data->stop_accepting();
  {
    const std::lock_guard guard{mutex};
    ended = true;
  }
  changed.notify_all();
  const auto ok = !engine || engine->stop(std::max(left() - follower_goodbye, deadline / 2));
  if (watch.joinable())
    watch.join();
  if (data)
    data->stop(left());
  if (admin)
    admin->stop();
  return ok;
}

// -- follower_node ------------------------------------------------------------

follower_node::follower_node(std::unique_ptr<parts> x) : parts_(std::move(x)) {
}

expected<std::unique_ptr<follower_node>>
follower_node::start(const node_options& options, surroundings around,
                     const port_certificates& certificates) {
  std::unique_ptr<follower_node> out{new follower_node{std::make_unique<parts>()}};
  out->parts_->around = std::move(around);
  try {
    if (auto started = out->parts_->start(options, certificates); !started)
      return started.error();
    return out;
  } catch (const std::exception& x) {
    // As for `node::start`: an actor without its thread counts as running.
    static_cast<void>(out->parts_.release());
    return failure{ec::internal, text_of(x), {}};
  }
}

follower_node::~follower_node() {
  if (parts_ != nullptr)
    parts_->stop(std::chrono::seconds{5});
}

expected<void> follower_node::reload() {
  if (parts_->tokens == nullptr)
    return {};
  if (auto read = parts_->tokens->reload(); !read)
    return read.error();
  caf::anon_send(parts_->engine->handles().sessions, end_revoked_sessions{});
  return {};
}

void follower_node::on_fault(std::function<void(std::string)> fn) {
  parts_->engine->on_fault(std::move(fn));
}

bool follower_node::stop(std::chrono::milliseconds deadline) {
  return parts_->stop(deadline);
}

} // namespace carillon

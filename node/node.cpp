#include "node/node.hpp"

#include "actors/remote/remote_hub.hpp"
#include "net/auth/portal_tokens.hpp"
#include "net/data/notifications/state_notifications.hpp"
#include "net/data/schedules/delay_calls.hpp"
#include "net/data/workers/worker_calls.hpp"
#include "net/remote/caf_port.hpp"
#include "net/sso/single_sign_on.hpp"
#include "node/engine/engine.hpp"
#include "node/exhaustion.hpp"
#include "node/key_use_notes.hpp"
#include "node/node_name.hpp"
#include "node/refusal_reporter.hpp"
#include "node/session_fit.hpp"
#include "node/sso_secret.hpp"
#include "node/start_keys.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace carillon {

namespace {

/// Part of the time to stop that is reserved for the last answers.
constexpr std::chrono::milliseconds goodbye{500};

/// Hears of rejected accesses, on any thread.
using refused_hook = std::function<void(const refused_access&)>;

struct system_config : caf::actor_system_config {
  system_config() {
    engine::configure(*this);
  }
};

/// Empty until the port is open. A socket that listens on every address has no address to show.
std::string url_of(const std::string& host, uint16_t port, bool has_tls) {
  if (port == 0)
    return {};
  if (host == "0.0.0.0" || host == "::")
    return "port " + std::to_string(port);
  auto name = host.find(':') == std::string::npos ? host : '[' + host + ']';
  return (has_tls ? "https://" : "http://") + name + ':' + std::to_string(port);
}

} // namespace

std::string url_of_port(const std::string& host, uint16_t port, bool has_tls) {
  if (host != "0.0.0.0" && host != "::")
    return url_of(host, port, has_tls);
  return url_of(name_of_machine(), port, has_tls);
}

/// Members in construction order.
struct node::parts {
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
  expected<void> open_sign_on(const node_options& options);
  expected<void> open_ports(const node_options& options);
  expected<void> open_admin_port(const node_options& options, refused_hook on_refused);
  admin_port_backend admin_backend(const node_options& options, refused_hook on_refused);
  expected<void> open_data_port(const node_options& options, refused_hook on_refused);
  expected<void> open_caf_port(const node_options& options, refused_hook on_refused);
  /// The nodes of the store; this one alone if it shares it with none.
  std::vector<node_record> nodes() const;
  bool stop(std::chrono::milliseconds deadline);
};

// -- start --------------------------------------------------------------------

expected<void> node::parts::start(const node_options& options) {
  auto settings = options.engine;
  if (options.dev) {
    // In a trial the receiver runs on the same machine.
    settings.webhooks.client.allow_http = true;
    settings.webhooks.hub.private_targets = true;
    for (const char* loopback : {"127.0.0.0/8", "::1/128"})
      settings.webhooks.client.guard.allow.emplace_back(loopback);
  }
  settings.storage.node = identity = complete(settings.storage.node);
  fit_sessions(settings, options.data.sessions);
  auto opened = engine::start(system, settings);
  if (!opened)
    return opened.error();
  engine.emplace(std::move(*opened));
  warnings = engine->start_warnings();
  if (!options.tokens.secret.empty() || !options.tokens.jwks_file.empty()) {
    auto made = token_verifier::open(options.tokens);
    if (!made)
      return made.error();
    tokens = std::move(*made);
    if (options.tokens.audience.empty())
      warnings.emplace_back("without --jwt-audience a token that was issued for another service "
                            "opens sessions here, too; set it to what `aud` of our tokens holds");
  }
  if (auto opened_sign_on = open_sign_on(options); !opened_sign_on)
    return opened_sign_on;
  start_keys stored{system, engine->handles(), keys};
  if (options.dev)
    keys.admit_everyone();
  else if (auto loaded = stored.load(options.admin_key_file); !loaded)
    return loaded;
  key_uses = std::make_unique<key_use_notes>(keys, engine->handles().state_writer.access);
  if (auto opened_ports = open_ports(options); !opened_ports)
    return opened_ports;
  if (options.dev || !stored.empty())
    return {};
  // Only now: a failed start would leave a key that was never shown.
  auto made = stored.make_first(options.show_first_key);
  if (!made)
    return made.error();
  bootstrap_key = std::move(*made);
  return {};
}

expected<void> node::parts::open_sign_on(const node_options& options) {
  if (options.sso.issuer.empty())
    return {};
  auto settings = with_secret(options.sso);
  if (!settings)
    return settings.error();
  auto made = single_sign_on::make(std::move(*settings), options.engine.storage.on_trouble);
  if (!made)
    return made.error();
  sign_on = std::move(*made);
  keys.set_judge(sign_on);
  return {};
}

expected<void> node::parts::open_ports(const node_options& options) {
  // Runs before the ports listen.
  engine->set_own_ports({options.admin.port, options.data.port});
  auto on_refused = [reporter = std::make_shared<refusal_reporter>(engine->handles().router)](
                      const refused_access& x) { reporter->report(x); };
  if (!options.tls.authority.empty() && of_admin(options.tls, options.admin_tls).authority.empty())
    warnings.emplace_back("the admin port has a certificate of its own, and asks clients for none: "
                          "give --admin-tls-client-ca, too, if it shall");
  auto read = port_certificates::open(options.tls, options.admin_tls);
  if (!read)
    return read.error();
  certificates = std::move(*read);
  if (options.before_ports)
    options.before_ports();
  if (auto opened = open_admin_port(options, on_refused); !opened)
    return opened;
  engine->set_own_ports({admin->port(), options.data.port});
  if (auto opened = open_data_port(options, on_refused); !opened)
    return opened;
  if (options.remote.port)
    if (auto opened = open_caf_port(options, std::move(on_refused)); !opened)
      return opened;
  engine->set_own_ports({admin->port(), data->port()});
  engine->announce(
    {url_of_port(options.data.host, data->port(), certificates.data() != nullptr),
     url_of_port(options.admin.host, admin->port(), certificates.admin() != nullptr)});
  return {};
}

std::vector<node_record> node::parts::nodes() const {
  auto out = engine->nodes();
  if (!out.empty())
    return out;
  node_record self;
  self.who = identity;
  self.started_at = started_at;
  self.self = true;
  out.push_back(std::move(self));
  return out;
}

expected<void> node::parts::open_admin_port(const node_options& options, refused_hook on_refused) {
  auto settings = options.admin;
  if (options.dev && settings.portal.origins.empty())
    settings.portal.origins = {"http://localhost:*", "http://127.0.0.1:*"};
  auto backend = admin_backend(options, std::move(on_refused));
  if (!settings.portal.origins.empty()) {
    auto key = engine->derived_key(portal_tokens::key_purpose);
    if (!key)
      return key.error();
    backend.portal = std::make_shared<portal_tokens>(*key, keys);
  }
  auto opened = admin_port::start(settings, std::move(backend));
  if (!opened)
    return opened.error();
  admin = std::move(*opened);
  admin_number = admin->port();
  return {};
}

admin_port_backend node::parts::admin_backend(const node_options& options,
                                              refused_hook on_refused) {
  admin_port_backend out;
  static_cast<engine_handles&>(out) = engine->handles();
  out.system = &system;
  out.delete_documents = [this](const document_removal& x) { return engine->delete_documents(x); };
  out.read_document = [this](const document& x) { return engine->read_document(x); };
  out.audit_types = options.engine.audit_types;
  out.types = &engine->types();
  out.keys = &keys;
  out.stats = engine->stats();
  out.outboxes = engine->outboxes();
  out.refused_rows = [this](std::string_view outbox, uint64_t after, size_t most) {
    return engine->refused_rows(outbox, after, most);
  };
  out.resolve_refused_row = [this](std::string_view outbox, uint64_t seq, bool retry) {
    return engine->resolve_refused_row(outbox, seq, retry);
  };
  out.not_ready = [this] { return engine->not_ready(); };
  out.nodes = [this] { return nodes(); };
  out.on_refused = std::move(on_refused);
  out.data_address = [this, host = options.data.host] {
    return url_of(host, data_number.load(), certificates.data() != nullptr);
  };
  out.certificates = certificates.admin();
  out.sign_on = sign_on;
  out.tell = options.engine.storage.on_trouble;
  return out;
}

expected<void> node::parts::open_data_port(const node_options& options, refused_hook on_refused) {
  // The handle is the port's own: it outlives the engine's when calls arrive during the stop.
  auto publish = [router = engine->handles().router](publish_call_ptr call) {
    caf::anon_send(router, std::move(call));
  };
  auto open_session
    = [hub = engine->handles().sessions](session_request request, session_link_ptr link) {
        caf::anon_send(hub, carillon::open_session{std::move(request), std::move(link)});
      };
  auto open_worker = [hub = engine->handles().workers,
                      queues = engine->handles().queue_workers](carillon::open_worker x) {
    if (x.is_queue)
      caf::anon_send(queues, std::move(x));
    else
      caf::anon_send(hub, std::move(x));
  };
  auto data_options = options.data;
  data_options.sessions.dev_identities = options.dev;
  auto opened = data_port::start(
    data_options,
    {std::move(publish), &engine->types(), &keys, engine->stats(), std::move(open_session),
     std::move(open_worker), tokens.get(), std::move(on_refused),
     [this, host = options.admin.host] {
       return url_of(host, admin_number.load(), certificates.admin() != nullptr);
     },
     std::make_shared<state_notifications>(system, engine->handles(), engine->stats()->bounds),
     std::make_shared<worker_calls>(system, engine->handles(), engine->stats()->bounds,
                                    options.engine.workers),
     std::make_shared<delay_calls>(system, engine->handles(), engine->stats()->bounds,
                                   engine->types(), options.data.accept_unknown_types),
     certificates.data(), engine->handles().inbound_sources, admin->portal()});
  if (!opened)
    return opened.error();
  data = std::move(*opened);
  data_number = data->port();
  return {};
}

expected<void> node::parts::open_caf_port(const node_options& options, refused_hook on_refused) {
  const auto& actors = engine->handles();
  // The first reader: subscribers read in turn, and queries have the others as well.
  subscriptions
    = system.spawn<caf::hidden>(remote_hub, remote_hub_env{.router = actors.router,
                                                           .reader = actors.readers.front(),
                                                           .state = actors.state_writer.consumers,
                                                           .stats = engine->stats()});
  caf_port_backend backend;
  backend.actors = actors;
  backend.system = &system;
  backend.subscriptions = subscriptions;
  backend.types = &engine->types();
  backend.keys = &keys;
  backend.stats = engine->stats();
  backend.report = options.report_peer;
  backend.on_refused = std::move(on_refused);
  auto remote_options = options.remote;
  remote_options.accept_unknown_types = options.data.accept_unknown_types;
  auto opened = caf_port::start(remote_options, std::move(backend));
  if (!opened) {
    caf::anon_send_exit(subscriptions, caf::exit_reason::user_shutdown);
    return opened.error();
  }
  remote = std::move(*opened);
  return {};
}

// -- stop ---------------------------------------------------------------------

bool node::parts::stop(std::chrono::milliseconds deadline) {
  if (stopped.exchange(true))
    return true;
  auto end = std::chrono::steady_clock::now() + deadline;
  auto left = [&] {
    auto x = std::chrono::duration_cast<std::chrono::milliseconds>(
      end - std::chrono::steady_clock::now());
    return std::max(x, std::chrono::milliseconds{0});
  };
  if (data)
    data->stop_accepting();
  if (remote)
    remote->stop_accepting();
  if (subscriptions != nullptr)
    caf::anon_send_exit(subscriptions, caf::exit_reason::user_shutdown);
  subscriptions = nullptr;
  // A request in progress on the admin port may take long; it ends when its actors do.
  auto end_admin = [this] {
    if (admin)
      admin->stop();
  };
  if (key_uses)
    key_uses->stop();
  if (sign_on)
    sign_on->stop();
  std::jthread admin_stop;
  try {
    admin_stop = std::jthread{end_admin};
  } catch (const std::system_error&) {
    // The system has no thread for it: one after the other.
  }
  auto ok = !engine || engine->stop(std::max(left() - goodbye, deadline / 2));
  if (data)
    data->stop(left());
  if (remote)
    remote->stop(left());
  if (admin_stop.joinable())
    admin_stop.join();
  else
    end_admin();
  return ok;
}

// -- node ---------------------------------------------------------------------

node::node(std::unique_ptr<parts> x) : parts_(std::move(x)) {
}

expected<std::unique_ptr<node>> node::start(const node_options& options) {
  std::unique_ptr<node> out{new node{std::make_unique<parts>()}};
  try {
    if (auto started = out->parts_->start(options); !started)
      return started.error();
    return out;
  } catch (const std::exception& x) {
    // An actor without its thread counts as running: waiting for it would never end.
    static_cast<void>(out->parts_.release());
    return failure{ec::internal, text_of(x), {}};
  }
}

node::~node() {
  if (parts_ != nullptr)
    parts_->stop(std::chrono::seconds{10});
}

uint16_t node::data_port() const noexcept {
  return parts_->data->port();
}

uint16_t node::admin_port() const noexcept {
  return parts_->admin->port();
}

std::optional<uint16_t> node::caf_port() const noexcept {
  if (!parts_->remote)
    return std::nullopt;
  return parts_->remote->port();
}

const std::string& node::bootstrap_key() const noexcept {
  return parts_->bootstrap_key;
}

const std::vector<std::string>& node::start_warnings() const {
  return parts_->warnings;
}

const std::string& node::mail_display() const {
  return parts_->engine->mail_display();
}

std::string node::not_ready() const {
  return parts_->engine->not_ready();
}

bool node::responds() const {
  return parts_->engine->responds();
}

position node::head() const noexcept {
  return parts_->engine->stats()->head.load();
}

std::vector<std::string> node::reload() {
  std::vector<std::string> faults;
  if (parts_->tokens) {
    if (auto read = parts_->tokens->reload(); !read)
      faults.push_back(read.error().detail + "; the keys from before stay");
    else
      caf::anon_send(parts_->engine->handles().sessions, end_revoked_sessions{});
  }
  if (parts_->sign_on)
    parts_->sign_on->refresh();
  if (parts_->remote)
    if (auto read = parts_->remote->reload(); !read)
      faults.push_back(read.error().detail + "; the certificates of the CAF port from before stay");
  for (auto& fault : parts_->certificates.reload().faults)
    faults.push_back(std::move(fault));
  return faults;
}

std::vector<std::string> node::ending_certificates(timestamp then) const {
  return parts_->certificates.ending(then);
}

port_certificates::changes node::reload_changed() {
  return parts_->certificates.reload_if_changed();
}

void node::on_fault(std::function<void(std::string)> fn) {
  parts_->engine->on_fault(std::move(fn));
}

bool node::stop(std::chrono::milliseconds deadline) {
  return parts_->stop(deadline);
}

} // namespace carillon

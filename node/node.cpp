#include "node/node.hpp"

#include "node/engine.hpp"
#include "node/refusal_reporter.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

namespace carillon {

namespace {

/// How long the state store may take to answer while the node starts.
constexpr std::chrono::seconds start_deadline{30};

/// Of the time to stop, this much is left for the last answers.
constexpr std::chrono::milliseconds goodbye{500};

struct system_config : caf::actor_system_config {
  system_config() {
    engine::configure(*this);
  }
};

template <class Answer, class Request>
expected<Answer> ask(caf::actor_system& sys, const state_actor& to, Request request) {
  caf::scoped_actor self{sys, true};
  expected<Answer> out{failure{}};
  self->request(to, start_deadline, std::move(request))
    .receive([&](const Answer& x) { out = x; },
             [&](const caf::error& reason) { out = to_failure(reason); });
  return out;
}

} // namespace

/// Members in the order of their making.
struct node::parts {
  system_config config;
  caf::actor_system system{config};
  std::optional<carillon::engine> engine;
  key_ring keys;
  std::unique_ptr<token_verifier> tokens;
  std::string bootstrap_key;
  std::unique_ptr<carillon::admin_port> admin;
  std::unique_ptr<carillon::data_port> data;
  std::atomic<bool> stopped{false};

  expected<void> start(const node_options& options);
  expected<void> load_keys();
  expected<void> open_ports(const node_options& options);
  bool stop(std::chrono::milliseconds deadline);
};

// -- start --------------------------------------------------------------------

expected<void> node::parts::start(const node_options& options) {
  auto settings = options.engine;
  if (options.dev) {
    // Whoever tries it out has the receiver on the same machine.
    settings.webhooks.client.allow_http = true;
    for (const char* loopback : {"127.0.0.0/8", "::1/128"})
      settings.webhooks.client.guard.allow.emplace_back(loopback);
  }
  settings.sessions.max_sessions = options.data.sessions.max_sessions;
  settings.sessions.session.heartbeat = options.data.sessions.heartbeat;
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
  else if (auto loaded = load_keys(); !loaded)
    return loaded;
  return open_ports(options);
}

expected<void> node::parts::load_keys() {
  auto stored = ask<api_keys>(system, engine->state_reader(), list_api_keys{});
  if (!stored)
    return stored.error();
  if (stored->empty()) {
    auto text = key_ring::make_key();
    api_key first;
    first.name = "first admin";
    first.role = role::admin;
    first.hash = key_ring::hash_of(text);
    auto made = ask<api_key>(system, engine->state_writer(), create_api_key{first, {}});
    if (!made)
      return made.error();
    bootstrap_key = std::move(text);
    stored->push_back(std::move(*made));
  }
  keys.replace(*stored);
  return {};
}

expected<void> node::parts::open_ports(const node_options& options) {
  admin_port_backend backend;
  backend.system = &system;
  backend.router = engine->router();
  backend.readers = engine->readers();
  backend.state_reader = engine->state_reader();
  backend.state_writer = engine->state_writer();
  backend.supervisor = engine->supervisor();
  backend.webhooks = engine->webhooks();
  backend.webhook_state = engine->webhook_state();
  backend.sessions = engine->sessions();
  backend.jobs = engine->jobs();
  backend.people_reader = engine->people_reader();
  backend.people_writer = engine->people_writer();
  backend.delete_documents
    = [this](const document_removal& x) { return engine->delete_documents(x); };
  backend.read_document = [this](const document& x) { return engine->read_document(x); };
  backend.types = &engine->types();
  backend.keys = &keys;
  backend.stats = engine->stats();
  backend.not_ready = [this] { return engine->not_ready(); };
  backend.on_refused = [reporter = std::make_shared<refusal_reporter>(engine->router())](
                         const refused_access& x) { reporter->report(x); };
  auto admin_opened = admin_port::start(options.admin, std::move(backend));
  if (!admin_opened)
    return admin_opened.error();
  admin = std::move(*admin_opened);
  // The handle is the port's own: it outlives the engine's when calls arrive during the stop.
  auto publish = [router = engine->router()](publish_call_ptr call) {
    caf::anon_send(router, std::move(call));
  };
  auto open_session = [hub = engine->sessions()](session_request request, session_link_ptr link) {
    caf::anon_send(hub, carillon::open_session{std::move(request), std::move(link)});
  };
  auto data_options = options.data;
  data_options.sessions.dev_identities = options.dev;
  auto data_opened
    = data_port::start(data_options, {std::move(publish), &engine->types(), &keys, engine->stats(),
                                      std::move(open_session), tokens.get()});
  if (!data_opened)
    return data_opened.error();
  data = std::move(*data_opened);
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
  // A request in progress on the admin port may take long; it ends when its actors do.
  std::thread admin_stop{[this] {
    if (admin)
      admin->stop();
  }};
  auto ok = !engine || engine->stop(std::max(left() - goodbye, deadline / 2));
  if (data)
    data->stop(left());
  admin_stop.join();
  return ok;
}

// -- node ---------------------------------------------------------------------

node::node(std::unique_ptr<parts> x) : parts_(std::move(x)) {
}

expected<std::unique_ptr<node>> node::start(const node_options& options) {
  std::unique_ptr<node> out{new node{std::make_unique<parts>()}};
  if (auto started = out->parts_->start(options); !started)
    return started.error();
  return out;
}

node::~node() {
  parts_->stop(std::chrono::seconds{10});
}

uint16_t node::data_port() const noexcept {
  return parts_->data->port();
}

uint16_t node::admin_port() const noexcept {
  return parts_->admin->port();
}

const std::string& node::bootstrap_key() const noexcept {
  return parts_->bootstrap_key;
}

const std::vector<std::string>& node::start_warnings() const {
  return parts_->engine->start_warnings();
}

const std::string& node::mail_display() const {
  return parts_->engine->mail_display();
}

std::string node::not_ready() const {
  return parts_->engine->not_ready();
}

position node::head() const noexcept {
  return parts_->engine->stats()->head.load();
}

expected<void> node::reload() {
  if (!parts_->tokens)
    return {};
  return parts_->tokens->reload();
}

void node::on_fault(std::function<void(std::string)> fn) {
  parts_->engine->on_fault(std::move(fn));
}

bool node::stop(std::chrono::milliseconds deadline) {
  return parts_->stop(deadline);
}

} // namespace carillon

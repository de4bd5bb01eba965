#include "actors/remote/remote_hub.hpp"
#include "net/auth/portal_tokens.hpp"
#include "net/data/notifications/state_notifications.hpp"
#include "net/data/schedules/delay_calls.hpp"
#include "net/data/workers/worker_calls.hpp"
#include "node/node_parts.hpp"
#include "node/port_url.hpp"
#include "node/refusal_reporter.hpp"

#include <caf/send.hpp>

#include <utility>

// The ports of a node, and what they ask of its engine.

namespace carillon {

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
    return shown_port(host, data_number.load(), certificates.data() != nullptr);
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
       return shown_port(host, admin_number.load(), certificates.admin() != nullptr);
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

} // namespace carillon

#include "node/node_parts.hpp"

#include "node/node_name.hpp"
#include "node/session_fit.hpp"
#include "node/sso_secret.hpp"
#include "node/start_keys.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

namespace carillon {

namespace {

/// Part of the time to stop that is reserved for the last answers.
constexpr std::chrono::milliseconds goodbye{500};

} // namespace

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

} // namespace carillon

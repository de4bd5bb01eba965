#include "node/commands/serve/start_in_turn.hpp"

#include "base/text/masked.hpp"
#include "node/commands/serve/announcement.hpp"
#include "node/commands/serve/status_log.hpp"
#include "node/node_name.hpp"
#include "node/process/alive_meanwhile.hpp"
#include "node/process/standby_phase.hpp"

namespace carillon::commands {

namespace {

/// Whether a standby goes on waiting after a start that failed: another one was first, or the
/// database went away.
bool waits_again(const failure& x) noexcept {
  return x.code == ec::store_locked || x.code == ec::store_unavailable;
}

/// What ends the wait of a standby.
enum class turn : uint8_t { due, stop, fault };

turn wait_for_turn(standby_phase& x, serving_process process) {
  certificate_log certificates;
  const auto pause = process.look_pause();
  for (;;) {
    if (x.is_due())
      return turn::due;
    if (x.fault().code == ec::none) {
      const alive_meanwhile reports{process.manager, pause};
      x.go_on();
    }
    if (x.fault().code != ec::none)
      return turn::fault;
    if (process.manager.watchdog())
      process.manager.alive();
    const auto event = process.signals.wait(pause);
    if (event == signal_watch::event::stop)
      return turn::stop;
    if (event == signal_watch::event::reopen)
      process.reload(x);
    if (event == signal_watch::event::timeout)
      certificates.look(x);
  }
}

} // namespace

expected<std::unique_ptr<node>> start_in_turn(const serve_options& options, node_options& settings,
                                              serving_process process) {
  if (!options.standby)
    return node::start(settings);
  settings.engine.storage.node = complete(settings.engine.storage.node);
  auto waiting = standby_phase::start(settings, options.follow,
                                      [&signals = process.signals] { signals.wake(); });
  if (!waiting)
    return waiting.error();
  auto& standby = **waiting;
  settings.data.port = standby.data_port();
  settings.admin.port = standby.admin_port();
  settings.before_ports = [&standby] { standby.close_ports(); };
  announce_standby(options, standby);
  process.manager.ready();
  for (;;) {
    switch (wait_for_turn(standby, process)) {
    case turn::stop:
      spdlog::info("stopped, as a standby");
      return std::unique_ptr<node>{};
    case turn::fault:
      return standby.fault();
    case turn::due:
      break;
    }
    spdlog::info("it is the turn of this node");
    auto started = [&] {
      // It may migrate the schema, and count the log.
      const alive_meanwhile reports{process.manager, process.look_pause()};
      return node::start(settings);
    }();
    if (started || !waits_again(started.error()))
      return started;
    spdlog::warn("still a standby: {}", masked(started.error().detail));
    standby.wait_again();
  }
}

} // namespace carillon::commands

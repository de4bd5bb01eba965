#include "base/text/masked.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/support/output.hpp"
#include "node/commands/support/serve_flags.hpp"
#include "node/exhaustion.hpp"
#include "node/node_name.hpp"
#include "node/option_values.hpp"
#include "node/options/option_table_tls.hpp"
#include "node/process/alive_meanwhile.hpp"
#include "node/process/descriptors.hpp"
#include "node/process/service_manager.hpp"
#include "node/process/signals.hpp"
#include "node/process/standby_phase.hpp"
#include "node/process/stop_watchdog.hpp"
#include "persistence/sqlite/data_directory.hpp"
#include "persistence/storage.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <thread>

#include <unistd.h>

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace serve_command {
namespace {

/// Time between two checks of what the node waits for.
constexpr std::chrono::seconds look_interval{5};

/// Descriptors beside the connections and the files of the log: databases, new files of the log,
/// listening sockets, admin port.
constexpr size_t own_descriptors = 256;

/// Threads beside those set by an option: one for each actor that blocks, for the webhooks' client,
/// for accepting, for a stop; and some for name resolution.
constexpr size_t own_threads = 40;

/// Threads of the port for CAF processes.
constexpr size_t caf_threads = 6;

/// Threads of a follower, which goes on while its node starts, beside those of its ports.
constexpr size_t follower_threads = 20;

/// Reports it to the operator, and to the log if that is a separate file.
int complain(const serve_options& options, const std::string& what) {
  auto text = masked(what);
  std::cerr << "carillon: " << text << '\n';
  if (!options.log.file.empty())
    spdlog::error(text);
  return fault;
}

/// Files of the embedded log that is there: each is kept open.
size_t files_of_log(const storage_options& x) {
  if (is_postgres(x.url))
    return 0;
  const auto directory = sqlite::directory_of(x.url);
  return directory ? sqlite::count_segments(sqlite::data_paths{*directory}) : 0;
}

/// Connections amid a TLS handshake, which come on top of the others.
size_t handshakes_of(const node_options& x) {
  return (x.tls.certificate.empty() ? 0 : x.data.handshakes)
         + (of_admin(x.tls, x.admin_tls).certificate.empty() ? 0 : x.admin.handshakes);
}

void warn_about_descriptors(const serve_options& options, size_t limit) {
  const auto& remote = options.node.remote;
  const auto files = files_of_log(options.node.engine.storage);
  auto wanted = options.node.data.max_connections + own_descriptors + files
                + handshakes_of(options.node) + (remote.port ? remote.max_connections : 0);
  if (limit < wanted)
    spdlog::warn("only {} descriptors may be open, {} are needed for {} connections and {} files "
                 "of the log; raise the hard limit (ulimit -Hn)",
                 limit, wanted, options.node.data.max_connections, files);
}

/// The reason that the node cannot go on; set on any thread.
class fault_note {
public:
  void set(std::string reason) {
    std::lock_guard guard{mutex_};
    reason_ = std::move(reason);
  }

  std::string get() const {
    std::lock_guard guard{mutex_};
    return reason_;
  }

private:
  mutable std::mutex mutex_;
  std::string reason_;
};

/// Logs at once what keeps the node from its work, on any thread: each new reason, and an unchanged
/// one from time to time.
class trouble_log {
public:
  void tell(const std::string& text) {
    const auto now = std::chrono::steady_clock::now();
    {
      std::lock_guard guard{mutex_};
      if (text == last_ && now < again_)
        return;
      last_ = text;
      again_ = now + repeat_interval;
    }
    spdlog::error(text);
  }

private:
  static constexpr std::chrono::seconds repeat_interval{60};

  std::mutex mutex_;
  std::string last_;
  std::chrono::steady_clock::time_point again_;
};

/// Logs changes of what the node waits for.
class readiness_log {
public:
  void look(const node& x) {
    auto waits_for = x.not_ready();
    if (waits_for == last_)
      return;
    if (waits_for.empty())
      spdlog::info("ready");
    else
      spdlog::warn("not ready, waiting for: {}", waits_for);
    last_ = std::move(waits_for);
  }

private:
  std::string last_;
};

/// Tells the service manager's watchdog that the engine responds, at least twice in its interval.
/// One that hangs is not reported, so that the manager starts the node again.
void report_alive(const node& x, const service_manager& manager) {
  if (!manager.watchdog())
    return;
  if (!x.responds())
    spdlog::error("the engine does not respond: no report to the service manager's watchdog");
  else if (!manager.alive())
    spdlog::warn("the service manager does not take the reports for its watchdog");
}

/// Time between two checks.
std::chrono::milliseconds look_pause(const service_manager& manager) {
  auto interval = manager.watchdog();
  if (!interval)
    return look_interval;
  auto half = std::chrono::floor<std::chrono::milliseconds>(*interval / 2);
  return std::clamp<std::chrono::milliseconds>(half, std::chrono::milliseconds{1}, look_interval);
}

/// @tparam Node a node, or a standby
template <class Node>
void reload(Node& x, log_sink& log, const service_manager& manager) {
  manager.reloading();
  if (auto opened = log.reopen(); !opened)
    spdlog::error(opened.error().detail);
  else
    spdlog::info("log file opened again");
  const auto faults = x.reload();
  for (const auto& fault : faults)
    spdlog::error(fault);
  if (faults.empty())
    spdlog::info("keys and certificates read again");
  manager.ready();
}

/// Reads certificates again whose files have changed, so that a renewal needs no signal, and warns
/// each day of those that end soon.
class certificate_log {
public:
  /// @tparam Node a node, or a standby
  template <class Node>
  void look(Node& x) {
    const auto seen = x.reload_changed();
    for (const auto& line : seen.read)
      spdlog::info("{}: a file has changed", line);
    for (const auto& fault : seen.faults)
      spdlog::error(fault);
    const auto now = std::chrono::steady_clock::now();
    if (now < next_)
      return;
    next_ = now + std::chrono::hours{24};
    for (const auto& line : x.ending_certificates(wall_clock_now() + soon))
      spdlog::warn(line);
  }

private:
  static constexpr std::chrono::hours soon{24 * 14};

  std::chrono::steady_clock::time_point next_;
};

/// Runs until the node is told to stop; returns the fault if the node cannot go on.
std::string wait_for_end(node& x, stop_watchdog& signals, log_sink& log,
                         const service_manager& manager, const fault_note& fault) {
  readiness_log readiness;
  certificate_log certificates;
  const auto pause = look_pause(manager);
  for (;;) {
    report_alive(x, manager);
    switch (signals.wait(pause)) {
    case signal_watch::event::stop:
      return {};
    case signal_watch::event::woken:
      return fault.get();
    case signal_watch::event::reopen:
      reload(x, log, manager);
      break;
    case signal_watch::event::timeout:
      readiness.look(x);
      certificates.look(x);
      break;
    }
  }
}

/// Estimates how many threads a node of these options needs.
size_t threads_of(const serve_options& x) {
  const auto& node = x.node;
  return own_threads + (node.remote.port ? caf_threads : 0)
         + (x.follow ? follower_threads + node.data.threads + node.admin.threads : 0)
         + std::max(2U, std::thread::hardware_concurrency()) + node.data.threads
         + node.admin.threads + node.engine.readers + node.engine.queues.mail_workers
         + node.engine.queues.document_workers;
}

/// A node that runs out of threads while starting would hang, so it is not started. Errors:
/// `internal`.
expected<void> find_threads(const serve_options& options) {
  auto wanted = threads_of(options);
  auto found = possible_threads(wanted);
  if (found >= wanted)
    return {};
  return failure{ec::internal,
                 "the system lets this process have " + std::to_string(found) + " threads, about "
                   + std::to_string(wanted)
                   + " are needed; raise ulimit -u, ulimit -v or pids.max of its group",
                 {}};
}

/// Prints the key that a first start makes. Errors: `internal`.
expected<void> show_first_key(const std::string& key) {
  std::cout << "admin key " << key << " (shown once)\n";
  auto written = flush_output();
  std::cout.clear(); // the failure is returned
  if (!written)
    return failure{ec::internal,
                   written.error().detail
                     + ", so that nobody would see the first admin key: none was made; give one by "
                       "--admin-key-file",
                   {}};
  return {};
}

void announce(const serve_options& options, const node& x) {
  auto data = to_text(listen_address{options.node.data.host, x.data_port()});
  auto admin = to_text(listen_address{options.node.admin.host, x.admin_port()});
  for (const auto& warning : x.start_warnings())
    spdlog::warn(warning);
  for (const auto& warning : plain_ports(options.node))
    spdlog::warn(warning);
  spdlog::info("mail goes to {}", x.mail_display());
  spdlog::info("ready, version {}, store {}, head {}, data {}, admin {}", CARILLON_VERSION,
               masked(options.node.engine.storage.url), x.head(), data, admin);
  std::cout << "ready data=" << data << " admin=" << admin;
  if (auto port = x.caf_port())
    std::cout << " caf=" << to_text(listen_address{options.node.remote.host, *port});
  std::cout << '\n';
  // The operator who started the node may have closed its output; publishers still need the node.
  if (auto written = flush_output(); !written) {
    spdlog::warn("{}: the line with the ports was not seen", written.error().detail);
    std::cout.clear();
  }
}

/// Whether a standby goes on waiting after a start that failed: another one was first, or the
/// database went away.
bool waits_again(const failure& x) noexcept {
  return x.code == ec::store_locked || x.code == ec::store_unavailable;
}

void announce_standby(const serve_options& options, const standby_phase& x) {
  const auto data = to_text(listen_address{options.node.data.host, x.data_port()});
  const auto admin = to_text(listen_address{options.node.admin.host, x.admin_port()});
  spdlog::info("standby, version {}, store {}, data {}, admin {}", CARILLON_VERSION,
               masked(options.node.engine.storage.url), data, admin);
  std::cout << "standby data=" << data << " admin=" << admin << '\n';
  if (auto written = flush_output(); !written)
    std::cout.clear();
}

/// What ends the wait of a standby.
enum class turn : uint8_t { due, stop, fault };

turn wait_for_turn(standby_phase& x, stop_watchdog& signals, log_sink& log,
                   const service_manager& manager) {
  certificate_log certificates;
  const auto pause = look_pause(manager);
  for (;;) {
    if (x.is_due())
      return turn::due;
    if (x.fault().code == ec::none) {
      const alive_meanwhile reports{manager, pause};
      x.go_on();
    }
    if (x.fault().code != ec::none)
      return turn::fault;
    if (manager.watchdog())
      manager.alive();
    const auto event = signals.wait(pause);
    if (event == signal_watch::event::stop)
      return turn::stop;
    if (event == signal_watch::event::reopen)
      reload(x, log, manager);
    if (event == signal_watch::event::timeout)
      certificates.look(x);
  }
}

/// Starts the node, as a standby when it is its turn. Null if it was told to stop before.
expected<std::unique_ptr<node>> start_node(const serve_options& options, node_options& settings,
                                           stop_watchdog& watchdog, log_sink& log,
                                           const service_manager& manager) {
  if (!options.standby)
    return node::start(settings);
  settings.engine.storage.node = complete(settings.engine.storage.node);
  auto waiting = standby_phase::start(settings, options.follow, [&watchdog] { watchdog.wake(); });
  if (!waiting)
    return waiting.error();
  auto& standby = **waiting;
  settings.data.port = standby.data_port();
  settings.admin.port = standby.admin_port();
  settings.before_ports = [&standby] { standby.close_ports(); };
  announce_standby(options, standby);
  manager.ready();
  for (;;) {
    switch (wait_for_turn(standby, watchdog, log, manager)) {
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
      const alive_meanwhile reports{manager, look_pause(manager)};
      return node::start(settings);
    }();
    if (started || !waits_again(started.error()))
      return started;
    spdlog::warn("still a standby: {}", masked(started.error().detail));
    standby.wait_again();
  }
}

/// A thread may hang: ends without destructors, which would wait for it.
[[noreturn]] void give_up() {
  ::_exit(fault);
}

/// From the start of the node to the end of the process.
int run_node(const serve_options& options, stop_watchdog& watchdog, log_sink& log) {
  auto settings = options.node;
  settings.show_first_key = show_first_key;
  settings.admin.settings = settings_in_force(options);
  settings.report_peer = [](const std::string& x) { spdlog::warn(x); };
  settings.engine.storage.on_trouble
    = [troubles = std::make_shared<trouble_log>()](const std::string& x) { troubles->tell(x); };
  settings.engine.storage.on_progress = [](const std::string& x) { spdlog::info(x); };
  const service_manager manager{[](const char* name) { return std::getenv(name); }};
  auto started = start_node(options, settings, watchdog, log, manager);
  if (!started)
    return complain(options, "cannot start: " + started.error().detail);
  if (*started == nullptr)
    return success;
  auto& x = **started;
  fault_note fault;
  x.on_fault([&](std::string reason) {
    fault.set(std::move(reason));
    watchdog.wake();
  });
  announce(options, x);
  if (!manager.ready())
    spdlog::warn("the service manager was not told that the node is ready: $NOTIFY_SOCKET does not "
                 "take it");
  auto reason = wait_for_end(x, watchdog, log, manager, fault);
  if (!reason.empty())
    complain(options, reason);
  spdlog::info("stopping, at most {}", carillon::to_text(options.shutdown_deadline));
  watchdog.begin_stop();
  manager.stopping(options.shutdown_deadline);
  if (!x.stop(options.shutdown_deadline)) {
    complain(options,
             "not everything stopped within " + carillon::to_text(options.shutdown_deadline));
    give_up();
  }
  auto head = x.head();
  started->reset();
  spdlog::info("stopped at position {}", head);
  return reason.empty() ? success : carillon::commands::fault;
}

int serve(const serve_options& options) {
  signal_watch signals; // before the first thread
  end_on_exhaustion();
  auto log = start_logging(options.log);
  if (!log)
    return complain({}, log.error().detail);
  warn_about_descriptors(options, raise_descriptor_limit());
  for (const auto& ready : {check_files(options), find_threads(options)})
    if (!ready)
      return complain(options, "cannot start: " + ready.error().detail);
  stop_watchdog watchdog{signals, options.shutdown_deadline};
  return run_node(options, watchdog, **log);
}

} // namespace
} // namespace serve_command

void add_serve(command_line& root, action& chosen) {
  using namespace serve_command;
  auto* command = root.add_subcommand("serve", "Run a node");
  auto flags = add_serve_flags(*command);
  command->callback([flags, &chosen] {
    chosen = [flags] {
      auto options = resolve(*flags);
      if (!options) {
        std::cerr << "carillon: " << options.error().detail << '\n';
        return usage;
      }
      return serve(*options);
    };
  });
}

} // namespace carillon::commands

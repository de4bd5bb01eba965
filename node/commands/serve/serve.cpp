#include "base/text/masked.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/serve/announcement.hpp"
#include "node/commands/serve/process_needs.hpp"
#include "node/commands/serve/start_in_turn.hpp"
#include "node/commands/serve/status_log.hpp"
#include "node/commands/support/serve_flags.hpp"
#include "node/exhaustion.hpp"
#include "node/option_values.hpp"
#include "node/process/descriptors.hpp"
#include "node/process/signals.hpp"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <iostream>
#include <mutex>

#include <unistd.h>

namespace carillon::commands {

// Names of its own: a build may compile all commands as one.
namespace serve_command {
namespace {

/// Reports it to the operator, and to the log if that is a separate file.
int complain(const serve_options& options, const std::string& what) {
  auto text = masked(what);
  std::cerr << "carillon: " << text << '\n';
  if (!options.log.file.empty())
    spdlog::error(text);
  return fault;
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

/// Runs until the node is told to stop; returns the fault if the node cannot go on.
std::string wait_for_end(node& x, serving_process process, const fault_note& fault) {
  readiness_log readiness;
  certificate_log certificates;
  const auto pause = process.look_pause();
  for (;;) {
    report_alive(x, process.manager);
    switch (process.signals.wait(pause)) {
    case signal_watch::event::stop:
      return {};
    case signal_watch::event::woken:
      return fault.get();
    case signal_watch::event::reopen:
      process.reload(x);
      break;
    case signal_watch::event::timeout:
      readiness.look(x);
      certificates.look(x);
      break;
    }
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
  const serving_process process{watchdog, log, manager};
  auto started = start_in_turn(options, settings, process);
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
  auto reason = wait_for_end(x, process, fault);
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

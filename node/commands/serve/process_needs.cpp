#include "node/commands/serve/process_needs.hpp"

#include "node/exhaustion.hpp"
#include "persistence/sqlite/data_directory.hpp"
#include "persistence/storage.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <thread>

namespace carillon::commands {

namespace {

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

/// Estimates how many threads a node of these options needs.
size_t threads_of(const serve_options& x) {
  const auto& node = x.node;
  return own_threads + (node.remote.port ? caf_threads : 0)
         + (x.follow ? follower_threads + node.data.threads + node.admin.threads : 0)
         + std::max(2U, std::thread::hardware_concurrency()) + node.data.threads
         + node.admin.threads + node.engine.readers + node.engine.queues.mail_workers
         + node.engine.queues.document_workers;
}

} // namespace

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

} // namespace carillon::commands

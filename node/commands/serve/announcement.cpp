#include "node/commands/serve/announcement.hpp"

#include "base/text/masked.hpp"
#include "node/commands/support/output.hpp"
#include "node/option_values.hpp"
#include "node/options/option_table_tls.hpp"

#include <spdlog/spdlog.h>

#include <iostream>

namespace carillon::commands {

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

void announce_standby(const serve_options& options, const standby_phase& x) {
  const auto data = to_text(listen_address{options.node.data.host, x.data_port()});
  const auto admin = to_text(listen_address{options.node.admin.host, x.admin_port()});
  spdlog::info("standby, version {}, store {}, data {}, admin {}", CARILLON_VERSION,
               masked(options.node.engine.storage.url), data, admin);
  std::cout << "standby data=" << data << " admin=" << admin << '\n';
  if (auto written = flush_output(); !written)
    std::cout.clear();
}

} // namespace carillon::commands

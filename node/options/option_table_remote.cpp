#include "node/options/option_table_remote.hpp"

#include "node/options/number_kinds.hpp"
#include "node/options/option_kinds.hpp"
#include "node/options/option_member.hpp"

#include <limits>
#include <optional>

namespace carillon {

namespace {

option_spec caf_port_option() {
  auto write
    = [](const std::optional<uint16_t>& x) { return x ? std::to_string(*x) : std::string{}; };
  auto read = [](std::string_view text) -> expected<std::optional<uint16_t>> {
    if (text.empty())
      return std::optional<uint16_t>{};
    auto x = parse_count(text, 0, std::numeric_limits<uint16_t>::max());
    if (!x)
      return x.error();
    return std::optional{static_cast<uint16_t>(*x)};
  };
  auto out = an_option(
    "caf-port", "CAF port", "N",
    "Port of other processes of the C++ Actor Framework; 0 takes a free one; empty = there is none",
    [](serve_options & x) -> auto& { return x.node.remote.port; }, write, read);
  out.takes_number = true;
  return out;
}

} // namespace

std::vector<option_spec> remote_table() {
  const char* group = "CAF port";
  return {
    caf_port_option(),
    a_text("caf-address", group, "HOST",
           "Address of the same; another than one of loopback needs the three files",
           MEMBER(node.remote.host)),
    a_text(
      "caf-certificate", group, "FILE",
      "Certificate of this node with its chain, as PEM; read again by SIGHUP, with the other two",
      MEMBER(node.remote.certificate)),
    a_text("caf-key", group, "FILE", "Its private key, as PEM", MEMBER(node.remote.key)),
    a_text("caf-ca", group, "FILE",
           "Authority of the peers' certificates, as PEM: each has to show one of it",
           MEMBER(node.remote.authority)),
    some_bytes("caf-frame-bytes", group, "A message of a peer; past it the peer is disconnected",
               MEMBER(node.remote.frame_bytes), 4 * kib, gib),
    a_count("caf-connections", group, "N", "Open connections; one more is closed at once",
            MEMBER(node.remote.max_connections), 1, 10'000),
  };
}

std::vector<option_spec> worker_table() {
  const char* group = "Workers";
  return {
    a_count("remote-consumers", group, "N", "Remote consumers, which companies share",
            MEMBER(node.engine.workers.max_consumers), 1, 100'000),
    a_count("workers-per-consumer", group, "N",
            "Workers of one that are connected, and pulls that wait; one more is answered 503",
            MEMBER(node.engine.workers.max_workers), 1, 100'000),
    a_duration("stalled-after", group,
               "A remote consumer with events and without a worker is reported after it",
               MEMBER(node.engine.workers.stalled_after), std::chrono::seconds{1},
               std::chrono::hours{24 * 7}),
  };
}

} // namespace carillon

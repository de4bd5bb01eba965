#include "node/options/option_table_tls.hpp"

#include "node/options/number_kinds.hpp"
#include "node/options/option_kinds.hpp"
#include "node/options/option_member.hpp"
#include "node/port_certificates.hpp"

#include <chrono>
#include <string>

namespace carillon {

namespace {

struct plain_port {
  const char* option;
  std::string host;
};

/// The ports without TLS that others reach.
std::vector<plain_port> reachable_without_tls(const node_options& x) {
  std::vector<plain_port> out;
  if (!is_loopback(x.data.host) && x.tls.certificate.empty())
    out.push_back({"listen", x.data.host});
  if (!is_loopback(x.admin.host) && of_admin(x.tls, x.admin_tls).certificate.empty())
    out.push_back({"admin-listen", x.admin.host});
  return out;
}

} // namespace

std::vector<option_spec> tls_table() {
  const char* group = "TLS";
  return {
    a_text("tls-cert", group, "FILE",
           "Certificate of both ports with its chain, as PEM; empty = no TLS; read again by SIGHUP "
           "and when a file changes, with the others",
           MEMBER(node.tls.certificate)),
    a_text("tls-key", group, "FILE", "Its private key, as PEM, without a password",
           MEMBER(node.tls.key)),
    a_text("tls-client-ca", group, "FILE",
           "Authority of the clients' certificates, as PEM: each client has to show one of it; "
           "empty = clients show none",
           MEMBER(node.tls.authority)),
    a_text("admin-tls-cert", group, "FILE",
           "Certificate of the admin port, if it is another one, as PEM",
           MEMBER(node.admin_tls.certificate)),
    a_text("admin-tls-key", group, "FILE", "Its private key", MEMBER(node.admin_tls.key)),
    a_text("admin-tls-client-ca", group, "FILE",
           "Authority of operators' certificates, if it is another one",
           MEMBER(node.admin_tls.authority)),
    a_duration("tls-handshake-deadline", group,
               "From the connection to the end of the handshake, on each port",
               MEMBER(node.data.handshake_deadline), std::chrono::milliseconds{10},
               std::chrono::hours{1}),
    a_count("tls-handshakes", group, "N",
            "Handshakes of a port at a time, which addresses share; one more connection is closed",
            MEMBER(node.data.handshakes), 1, 100'000),
    a_switch("insecure", group,
             "Allows ports without TLS on addresses that others reach, e.g. behind a proxy that "
             "does TLS",
             MEMBER(node.insecure)),
  };
}

expected<void> check_tls(const node_options& x) {
  if (auto fits = check(x.tls, x.admin_tls); !fits)
    return fits;
  if (x.insecure)
    return {};
  for (const auto& port : reachable_without_tls(x))
    return failure{
      ec::invalid_argument,
      "--" + std::string{port.option} + ": " + port.host
        + " can be reached from elsewhere, and without TLS the keys and events on their way can "
          "be read; give --tls-cert and --tls-key, or --insecure if something before the port "
          "does TLS",
      port.option};
  return {};
}

std::vector<std::string> plain_ports(const node_options& x) {
  std::vector<std::string> out;
  for (const auto& port : reachable_without_tls(x))
    out.push_back("--" + std::string{port.option} + ' ' + port.host
                  + " has no TLS: what is on its way to it can be read, keys too, unless "
                    "something before the port encrypts it");
  return out;
}

} // namespace carillon

#include "tests/e2e/remote_process.hpp"
#include "tests/support/test_certificates.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include <signal.h>

using namespace carillon::test;
using strings = std::vector<std::string>;

namespace {

struct tls_fixture {
  tls_fixture() {
    auto dir = write_files("n", node_certificate, authority);
    node = std::make_unique<node_process>(directory.path() + "/node",
                                          strings{"--caf-certificate", dir + "/own.pem",
                                                  "--caf-key", dir + "/own.key", "--caf-ca",
                                                  dir + "/ca.pem", "--caf-port", "0"});
    REQUIRE(node->ready());
  }

  /// The directory of the files.
  std::string write_files(const std::string& name, const certificate& own,
                          const certificate& from) {
    auto out = directory.path() + '/' + name;
    write_tls_files(out, own, from);
    return out;
  }

  strings run(const strings& arguments, const variables& more) {
    return run_remote(directory.path() + "/peers.log", node->caf_port(), "", arguments, more);
  }

  temporary_directory directory;
  certificate authority{{.host = "authority.test", .authority = true}};
  certificate node_certificate{{.host = "node.test"}, &authority};
  std::unique_ptr<node_process> node;
};

} // namespace

TEST_SUITE("e2e/remote_tls") {
  TEST_CASE("a peer with a certificate of the authority is served") {
    tls_fixture x;
    certificate own{{.host = "billing.test"}, &x.authority};
    auto dir = x.write_files("p", own, x.authority);
    CHECK(x.run({"publish", "1", "2"}, {{"REMOTE_TLS", dir}}) == strings{"p-1 1 0", "p-2 2 0"});
    // Who it was is in the log, and its end is no fault.
    CHECK(logs(*x.node, "billing.test): the connection is closed"));
  }

  TEST_CASE("a foreign certificate is refused, and the log says why") {
    tls_fixture x;
    certificate elsewhere{{.host = "elsewhere.test", .authority = true}};
    certificate own{{.host = "billing.test"}, &elsewhere};
    auto dir = x.write_files("p", own, x.authority);
    auto got = x.run({"refused"}, {{"REMOTE_TLS", dir}});
    REQUIRE(got.size() == 1);
    CHECK(got[0].starts_with("error timeout"));
    CHECK(logs(*x.node, "no TLS handshake: certificate verify failed"));
    CHECK(serves(*x.node));
  }

  TEST_CASE("a certificate that has ended is refused, and the log says why") {
    tls_fixture x;
    certificate own{{.host = "billing.test", .begins = -7'200, .ends = -3'600}, &x.authority};
    auto dir = x.write_files("p", own, x.authority);
    CHECK(x.run({"refused"}, {{"REMOTE_TLS", dir}}).at(0).starts_with("error timeout"));
    CHECK(logs(*x.node, "certificate has expired"));
  }

  TEST_CASE("a peer without TLS is refused, and the log says why") {
    tls_fixture x;
    CHECK(x.run({"refused"}, {}).at(0).starts_with("error timeout"));
    CHECK(logs(*x.node, "TLS"));
    CHECK(serves(*x.node));
  }

  TEST_CASE("SIGHUP reads the certificates again, for new connections; broken ones are not taken") {
    tls_fixture x;
    certificate former{{.host = "billing.test"}, &x.authority};
    auto open = x.write_files("former", former, x.authority);
    remote_process subscriber{x.directory.path() + "/subscriber.log",
                              x.node->caf_port(),
                              "",
                              {"subscribe", "billing"},
                              {{"REMOTE_TLS", open}}};
    CHECK(x.run({"publish", "1", "1"}, {{"REMOTE_TLS", open}}) == strings{"p-1 1 0"});
    REQUIRE(subscriber.line() == "p-1");

    certificate authority{{.host = "next.test", .authority = true}};
    certificate node_certificate{{.host = "node.test"}, &authority};
    certificate own{{.host = "orders.test"}, &authority};
    auto next = x.write_files("next", own, authority);
    CHECK(x.run({"refused"}, {{"REMOTE_TLS", next}}).at(0).starts_with("error timeout"));
    x.write_files("n", node_certificate, authority);
    x.node->child().signal(SIGHUP);
    REQUIRE(logs(*x.node, "certificates read again"));
    CHECK(x.run({"publish", "2", "1"}, {{"REMOTE_TLS", next}}) == strings{"p-2 2 0"});
    // It trusts the new node, which does not trust it.
    auto foreign = x.write_files("foreign", former, authority);
    CHECK(x.run({"refused"}, {{"REMOTE_TLS", foreign}}).at(0).starts_with("error timeout"));
    CHECK(logs(*x.node, "no TLS handshake: certificate verify failed"));
    // The connection of before goes on.
    CHECK(subscriber.line() == "p-2");

    std::ofstream{x.directory.path() + "/n/own.pem"} << "no certificate\n";
    x.node->child().signal(SIGHUP);
    REQUIRE(logs(*x.node, "the certificates of the CAF port from before stay"));
    CHECK(logs(*x.node, "/n/own.pem cannot be used"));
    CHECK(x.run({"publish", "3", "1"}, {{"REMOTE_TLS", next}}) == strings{"p-3 3 0"});
  }

  TEST_CASE("a node does not start without one of the three files") {
    temporary_directory directory;
    process node{CARILLON_BINARY,
                 {"serve", "--dev", "--data-dir", directory.path() + "/d", "--caf-port", "0",
                  "--caf-key", "/nowhere/own.key"},
                 directory.path() + "/log"};
    CHECK(node.wait() == 2);
  }
}

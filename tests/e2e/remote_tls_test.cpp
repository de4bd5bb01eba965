#include "tests/e2e/remote_process.hpp"
#include "tests/support/test_certificates.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>

#include <openssl/pem.h>

using namespace carillon::test;
using strings = std::vector<std::string>;

namespace {

/// Files as --caf-certificate and remote_app.cpp want them.
std::string write_files(const std::string& dir, certificate& own, certificate& authority) {
  std::filesystem::create_directories(dir);
  std::filesystem::copy_file(own.pem_file(), dir + "/own.pem");
  std::filesystem::copy_file(authority.pem_file(), dir + "/ca.pem");
  auto* file = std::fopen((dir + "/own.key").c_str(), "w");
  REQUIRE(file != nullptr);
  CHECK(PEM_write_PrivateKey(file, own.key(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  std::fclose(file);
  return dir;
}

struct tls_fixture {
  tls_fixture() {
    write_files(directory.path() + "/n", node_certificate, authority);
    auto dir = directory.path() + "/n";
    node = std::make_unique<node_process>(directory.path() + "/node",
                                          strings{"--caf-certificate", dir + "/own.pem",
                                                  "--caf-key", dir + "/own.key", "--caf-ca",
                                                  dir + "/ca.pem", "--caf-port", "0"});
    REQUIRE(node->ready());
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
    auto dir = write_files(x.directory.path() + "/p", own, x.authority);
    CHECK(x.run({"publish", "1", "2"}, {{"REMOTE_TLS", dir}}) == strings{"p-1 1 0", "p-2 2 0"});
    // Who it was is in the log, and its end is no fault.
    CHECK(logs(*x.node, "billing.test): the connection is closed"));
  }

  TEST_CASE("a foreign certificate is refused, and the log says why") {
    tls_fixture x;
    certificate elsewhere{{.host = "elsewhere.test", .authority = true}};
    certificate own{{.host = "billing.test"}, &elsewhere};
    auto dir = write_files(x.directory.path() + "/p", own, x.authority);
    auto got = x.run({"refused"}, {{"REMOTE_TLS", dir}});
    REQUIRE(got.size() == 1);
    CHECK(got[0].starts_with("error timeout"));
    CHECK(logs(*x.node, "no TLS handshake: certificate verify failed"));
    CHECK(serves(*x.node));
  }

  TEST_CASE("a certificate that has ended is refused, and the log says why") {
    tls_fixture x;
    certificate own{{.host = "billing.test", .begins = -7'200, .ends = -3'600}, &x.authority};
    auto dir = write_files(x.directory.path() + "/p", own, x.authority);
    CHECK(x.run({"refused"}, {{"REMOTE_TLS", dir}}).at(0).starts_with("error timeout"));
    CHECK(logs(*x.node, "certificate has expired"));
  }

  TEST_CASE("a peer without TLS is refused, and the log says why") {
    tls_fixture x;
    CHECK(x.run({"refused"}, {}).at(0).starts_with("error timeout"));
    CHECK(logs(*x.node, "TLS"));
    CHECK(serves(*x.node));
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

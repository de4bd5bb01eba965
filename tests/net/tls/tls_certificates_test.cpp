#include "net/tls/tls_certificates.hpp"
#include "tests/support/process.hpp"
#include "tests/support/test_certificates.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include <openssl/ssl.h>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/tls/tls_certificates") {
  struct certificate_files {
    temporary_directory directory;
    certificate authority{{.host = "authority.test", .authority = true}};
    certificate first{{.host = "node.test"}, &authority};
    certificate second{{.host = "node.test"}, &authority};
    tls_certificates port{{path("own.pem"), path("own.key"), path("ca.pem")}, {}};

    std::string path(const char* name) const {
      return directory.path() + '/' + name;
    }

    void write(const certificate& own) {
      write_tls_files(directory.path(), own, authority);
    }

    /// The clock of files may stand still for some milliseconds.
    void write_later(const certificate& own) {
      write(own);
      for (const auto* name : {"own.pem", "own.key"})
        std::filesystem::last_write_time(path(name), std::filesystem::file_time_type::clock::now()
                                                       + std::chrono::seconds{++writes});
    }

    int writes = 0;

    /// True if new connections show it.
    bool shows(const certificate& x) const {
      return X509_cmp(SSL_CTX_get0_certificate(port.current()->get()), x.x509()) == 0;
    }
  };

  TEST_CASE("without a certificate there is no TLS") {
    tls_certificates none{{}, {}};
    CHECK(none.reload().has_value());
    CHECK(none.current() == nullptr);
  }

  TEST_CASE_FIXTURE(certificate_files,
                    "files are read when told to, and a connection keeps its own") {
    write(first);
    REQUIRE(port.reload().has_value());
    auto connection = port.current();
    write(second);
    CHECK(shows(first));
    REQUIRE(port.reload().has_value());
    CHECK(shows(second));
    CHECK(X509_cmp(SSL_CTX_get0_certificate(connection->get()), first.x509()) == 0);
  }

  TEST_CASE_FIXTURE(certificate_files, "what cannot be used is told, and changes nothing") {
    write(first);
    REQUIRE(port.reload().has_value());
    write(second);
    for (const auto* name : {"own.pem", "own.key", "ca.pem"}) {
      for (bool there : {true, false}) {
        CAPTURE(name);
        CAPTURE(there);
        auto former = std::filesystem::path{path(name)};
        auto aside = former.string() + ".aside";
        std::filesystem::rename(former, aside);
        if (there)
          std::ofstream{former} << "nothing of use\n";
        auto read = port.reload();
        REQUIRE(read.has_error());
        CHECK(read.error().code == ec::invalid_argument);
        CHECK(read.error().detail.find(former.string() + " cannot be used") != std::string::npos);
        CHECK(shows(first));
        std::filesystem::rename(aside, former);
      }
    }
    CHECK(port.reload().has_value());
    CHECK(shows(second));
  }

  TEST_CASE_FIXTURE(certificate_files, "it is known when the certificate ends") {
    write(first);
    REQUIRE(port.reload().has_value());
    auto left = port.current()->ends() - wall_clock_now();
    CHECK(left > std::chrono::minutes{50});
    CHECK(left <= std::chrono::hours{1});
  }

  TEST_CASE_FIXTURE(certificate_files, "a file is read again when it has changed, a bad one once") {
    write(first);
    REQUIRE(port.reload().has_value());
    CHECK(port.reload_if_changed().value() == false);
    write_later(second);
    CHECK(port.reload_if_changed().value() == true);
    CHECK(shows(second));
    CHECK(port.reload_if_changed().value() == false);
    std::ofstream{path("own.key")} << "no key\n";
    CHECK(port.reload_if_changed().has_error());
    CHECK(port.reload_if_changed().value() == false);
    CHECK(shows(second));
    std::filesystem::remove(path("own.pem"));
    CHECK(port.reload_if_changed().has_error());
    write_later(first);
    CHECK(port.reload_if_changed().value() == true);
    CHECK(shows(first));
  }

  TEST_CASE_FIXTURE(certificate_files, "the key of another certificate is not taken") {
    write(first);
    REQUIRE(port.reload().has_value());
    // Half of what a renewal writes.
    auto key = path("own.key");
    std::filesystem::rename(key, key + ".first");
    write(second);
    std::filesystem::rename(key + ".first", key);
    auto read = port.reload();
    REQUIRE(read.has_error());
    CHECK(read.error().field == "tls-key");
    CHECK(shows(first));
  }
}

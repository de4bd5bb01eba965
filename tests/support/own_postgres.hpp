#pragma once

#include "tests/support/free_port.hpp"
#include "tests/support/process.hpp"

#include <pqxx/pqxx>

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace carillon::test {

/// A PostgreSQL server for one test, on a port of loopback, for faults that must not affect other
/// tests.
class own_postgres {
public:
  own_postgres() : port_(free_port()) {
    directory_ = "/tmp/carillon-own-" + std::to_string(::getpid()) + "-" + std::to_string(port_);
    run("start", std::to_string(port_));
  }
  own_postgres(const own_postgres&) = delete;
  own_postgres& operator=(const own_postgres&) = delete;
  ~own_postgres() {
    try {
      run("stop", "");
    } catch (const std::exception& x) {
      MESSAGE(x.what());
    }
  }

  /// @param how `fast` or `immediate`
  void restart(const std::string& how) {
    run("restart", how);
  }

  uint16_t port() const noexcept {
    return port_;
  }

  std::string url(uint16_t by = 0) const {
    return "postgresql://carillon@127.0.0.1:" + std::to_string(by == 0 ? port_ : by) + "/postgres";
  }

  /// Runs a statement on a connection of its own.
  void administer(const std::string& statement) const {
    pqxx::connection db{url()};
    pqxx::nontransaction work{db};
    work.exec(statement);
  }

  /// Lets the server write in a directory.
  void give_to_owner(const std::string& directory) const {
    struct stat data {};
    REQUIRE(::stat((directory_ + "/data").c_str(), &data) == 0);
    REQUIRE(::chown(directory.c_str(), data.st_uid, data.st_gid) == 0);
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all);
  }

  std::string log_file() const {
    return directory_ + "/data/server.log";
  }

  /// Ends all other connections.
  void terminate_all() const {
    administer("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
               "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'");
  }

private:
  void run(const std::string& action, const std::string& more) {
    process script{CARILLON_POSTGRES_SERVER, {action, directory_, more}, log_.path() + "/log"};
    auto ended = script.wait(std::chrono::seconds{60});
    if (!ended || *ended != 0)
      throw std::runtime_error("the server's script failed: " + action);
  }

  temporary_directory log_;
  uint16_t port_;
  std::string directory_;
};

} // namespace carillon::test

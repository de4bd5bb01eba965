#include "tests/persistence/postgres/postgres_test_store.hpp"

#include <pqxx/pqxx>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

namespace carillon::test {

namespace {

/// A database of the server whose socket is in that directory.
std::string url_of(const std::string& database) {
  const char* given = std::getenv("CARILLON_TEST_POSTGRES");
  if (given == nullptr)
    FAIL("CARILLON_TEST_POSTGRES names no server: tests/support/postgres_server.sh starts one");
  std::string directory;
  for (const char* at = given; *at != 0; ++at)
    directory += *at == '/' ? std::string{"%2F"} : std::string{*at};
  return "postgresql://carillon@/" + database + "?host=" + directory;
}

void administer(const std::string& statement) {
  pqxx::connection db{url_of("postgres")};
  pqxx::nontransaction work{db};
  work.exec(statement);
}

} // namespace

std::unique_ptr<test_store> make_test_store() {
  return std::make_unique<postgres_test_store>();
}

postgres_test_store::postgres_test_store() {
  static std::atomic<unsigned> count{0};
  name_ = "t_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
  url_ = url_of(name_);
  administer("CREATE DATABASE " + name_);
}

postgres_test_store::~postgres_test_store() {
  try {
    administer("DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::exception& x) {
    MESSAGE("the database stays: ", x.what());
  }
}

expected<std::unique_ptr<storage>> postgres_test_store::try_open(storage_options options) {
  options.url = url_;
  options.directory = directory_.path();
  return storage::open(options);
}

void postgres_test_store::tamper_with_log(const std::string& sql) const {
  pqxx::connection db{url_};
  pqxx::nontransaction work{db};
  work.exec(sql);
}

} // namespace carillon::test

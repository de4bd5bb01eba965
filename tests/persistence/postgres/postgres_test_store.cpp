#include "tests/persistence/postgres/postgres_test_store.hpp"

#include <pqxx/pqxx>

#include <atomic>
#include <unistd.h>

namespace carillon::test {

std::unique_ptr<test_store> make_test_store() {
  return std::make_unique<postgres_test_store>();
}

postgres_test_store::postgres_test_store(database_content content) {
  static std::atomic<unsigned> count{0};
  name_ = "t_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
  url_ = postgres_url(name_);
  make_postgres_database(name_, content);
}

postgres_test_store::~postgres_test_store() {
  try {
    drop_postgres_database(name_);
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

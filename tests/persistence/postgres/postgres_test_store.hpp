#pragma once

#include "tests/persistence/test_store.hpp"
#include "tests/support/postgres_database.hpp"
#include "tests/support/process.hpp"

#include <string>

namespace carillon::test {

/// A separate database on a server that the tests share.
class postgres_test_store : public test_store {
public:
  explicit postgres_test_store(database_content content = database_content::schema);
  ~postgres_test_store() override;

  expected<std::unique_ptr<storage>> try_open(storage_options options) override;

  void tamper_with_log(const std::string& sql) const override;

  void tamper_with_state(const std::string& sql) const override {
    tamper_with_log(sql);
  }

  /// The URL for libpq.
  const std::string& url() const noexcept {
    return url_;
  }

private:
  temporary_directory directory_;
  std::string name_;
  std::string url_;
};

} // namespace carillon::test

#include "tests/persistence/sqlite/sqlite_test_store.hpp"

#include "tests/support/rewritten_log.hpp"

#include <sqlite3.h>

#include <fstream>

namespace carillon::test {

std::unique_ptr<test_store> make_test_store() {
  return std::make_unique<sqlite_test_store>();
}

expected<std::unique_ptr<storage>> sqlite_test_store::try_open(storage_options options) {
  options.url = "sqlite://" + directory_.path() + "/data";
  if (options.log_segment_bytes == storage_options{}.log_segment_bytes)
    options.log_segment_bytes = 4UL * 1024 * 1024;
  return storage::open(options);
}

void sqlite_test_store::tamper(const std::string& name, const std::string& sql) const {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(file(name).c_str(), &db) == SQLITE_OK);
  char* message = nullptr;
  const int code = sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &message);
  const std::string text{message != nullptr ? message : ""};
  sqlite3_free(message);
  sqlite3_close(db);
  REQUIRE_MESSAGE(code == SQLITE_OK, text);
}

void sqlite_test_store::rewrite_log(const std::function<void(std::vector<draft_ptr>&)>& change,
                                    position first) const {
  rewrite_segments(file("log"), change, first);
}

void sqlite_test_store::overwrite(const std::string& name, uint64_t at,
                                  const std::string& bytes) const {
  std::fstream out{file(name), std::ios::in | std::ios::out | std::ios::binary};
  out.seekp(static_cast<std::streamoff>(at));
  out << bytes;
  out.close();
  REQUIRE(out);
}

} // namespace carillon::test

#pragma once

#include "tests/persistence/test_store.hpp"
#include "tests/support/process.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace carillon::test {

/// A data directory of its own.
class sqlite_test_store : public test_store {
public:
  expected<std::unique_ptr<storage>> try_open(storage_options options) override;

  std::filesystem::path file(const std::string& name) const {
    return std::filesystem::path{directory_.path()} / "data" / name;
  }

  /// The statements run on a table with all events; the log is written anew with what they leave,
  /// without gaps.
  void tamper_with_log(const std::string& sql) const override;

  void tamper_with_state(const std::string& sql) const override {
    tamper("state.db", sql);
  }

  /// Runs statements on one of the files, as an intruder would.
  void tamper(const std::string& name, const std::string& sql) const;

  /// Writes the log anew with other events, as an intruder would who knows its format. They get
  /// positions in their order.
  void rewrite_log(const std::function<void(std::vector<draft_ptr>&)>& change,
                   position first = 1) const;

  /// Overwrites bytes of a file.
  void overwrite(const std::string& name, uint64_t at, const std::string& bytes) const;

private:
  temporary_directory directory_;
};

} // namespace carillon::test

#pragma once

#include "tests/support/json.hpp"
#include "tests/support/postgres_database.hpp"
#include "tests/support/process.hpp"

#include <httplib.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace carillon::test {

/// The URL of a database for this data directory, made if it is new, on the server that tests
/// share; empty if the tests run on SQLite.
std::string database_for(const std::string& data_dir,
                         database_content content = database_content::schema);

/// The real binary as a node on free ports of loopback.
class node_process {
public:
  /// Starts `carillon serve --data-dir DIR …` and waits until it is ready.
  /// @param more further arguments, `--store` among them or the tests' own; `--dev` unless
  /// `secured`
  explicit node_process(const std::string& data_dir, std::vector<std::string> more = {},
                        bool secured = false);

  bool ready() const noexcept {
    return data_port_ != 0;
  }

  uint16_t data_port() const noexcept {
    return data_port_;
  }

  uint16_t admin_port() const noexcept {
    return admin_port_;
  }

  /// The port for other CAF processes; 0 if there is none.
  uint16_t caf_port() const noexcept {
    return caf_port_;
  }

  /// The key that a first start printed; empty otherwise.
  const std::string& bootstrap_key() const noexcept {
    return bootstrap_key_;
  }

  /// A client with short deadlines, each for one thread.
  std::unique_ptr<httplib::Client> data() const;
  std::unique_ptr<httplib::Client> admin() const;

  process& child() noexcept {
    return *child_;
  }

  /// The node's standard error so far.
  std::string log() const;

private:
  std::string log_file_;
  std::string bootstrap_key_;
  std::unique_ptr<process> child_;
  uint16_t data_port_ = 0;
  uint16_t admin_port_ = 0;
  uint16_t caf_port_ = 0;
};

/// Parses a body; a null document if it is not JSON.
rapidjson::Document parse(const httplib::Result& x);

/// Polls until the condition holds or the deadline passes; answers whether it held.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds deadline = std::chrono::seconds{30});

} // namespace carillon::test

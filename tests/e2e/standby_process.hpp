#pragma once

#include "tests/e2e/node_process.hpp"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace carillon::test {

/// A node that begins as a standby, on free ports of loopback.
class standby_process {
public:
  /// @param more further arguments, `--store` among them; `--dev` unless `secured`
  standby_process(const std::string& directory, std::vector<std::string> more, bool secured = false)
    : log_(directory + ".log") {
    std::vector<std::string> arguments{
      "serve",          "--data-dir",  directory,          "--listen", "127.0.0.1:0",
      "--admin-listen", "127.0.0.1:0", "--alert-interval", "0s",       "--standby"};
    if (!secured)
      arguments.emplace_back("--dev");
    arguments.insert(arguments.end(), more.begin(), more.end());
    child_ = std::make_unique<process>(CARILLON_BINARY, arguments, log_);
    const auto line = child_->read_line();
    if (line
        && std::sscanf(line->c_str(), "standby data=127.0.0.1:%u admin=127.0.0.1:%u", &data_,
                       &admin_)
             == 2)
      return;
    data_ = admin_ = 0;
  }

  bool waits() const noexcept {
    return data_ != 0;
  }

  std::unique_ptr<httplib::Client> data() const {
    return client_of(data_);
  }

  std::unique_ptr<httplib::Client> admin() const {
    return client_of(admin_);
  }

  std::string data_url() const {
    return "http://127.0.0.1:" + std::to_string(data_);
  }

  std::string admin_url() const {
    return "http://127.0.0.1:" + std::to_string(admin_);
  }

  /// Until it says that it works, on the same ports.
  bool takes_over() {
    const auto line = child_->read_line(std::chrono::seconds{60});
    return line
           && *line
                == "ready data=127.0.0.1:" + std::to_string(data_)
                     + " admin=127.0.0.1:" + std::to_string(admin_);
  }

  unsigned data_number() const noexcept {
    return data_;
  }

  unsigned admin_number() const noexcept {
    return admin_;
  }

  process& child() noexcept {
    return *child_;
  }

  std::string log() const {
    std::ifstream in{log_};
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }

private:
  static std::unique_ptr<httplib::Client> client_of(unsigned port) {
    auto out = std::make_unique<httplib::Client>("127.0.0.1", static_cast<int>(port));
    out->set_read_timeout(30);
    return out;
  }

  std::string log_;
  std::unique_ptr<process> child_;
  unsigned data_ = 0;
  unsigned admin_ = 0;
};

} // namespace carillon::test

#pragma once

#include "tests/support/json.hpp"
#include "tests/support/process.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace carillon::test {

/// npm's `smtp-server`, which parses what it gets with `mailparser`; see `smtp_peer.mjs`.
class smtp_peer {
public:
  struct options {
    /// `plain`, `starttls` or `smtps`.
    std::string mode = "plain";
    /// PEM files.
    std::string certificate;
    std::string key;
    /// Empty = no login.
    std::string user;
    std::string password;
    /// Outcomes of the transactions, in order.
    std::vector<std::string> script;
    /// 0 takes a free one.
    uint16_t port = 0;
  };

  explicit smtp_peer(const options& x);

  uint16_t port() const noexcept {
    return port_;
  }

  /// The next mail; null past the deadline.
  rapidjson::Document next(std::chrono::milliseconds deadline = std::chrono::seconds{20});

  /// Waits until a transaction hangs, by the script.
  bool hangs();

  /// Waits until a connection was ended by the script.
  bool closed();

private:
  temporary_directory directory_;
  std::unique_ptr<process> process_;
  uint16_t port_ = 0;
};

} // namespace carillon::test

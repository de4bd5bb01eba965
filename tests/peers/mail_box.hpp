#pragma once

#include "tests/peers/smtp_peer.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace carillon::test {

/// A mail server, and its received mails.
class mail_box {
public:
  struct mail {
    std::string to;
    std::string subject;
    std::vector<std::string> attachments;
  };

  /// @param port 0 = a free one
  explicit mail_box(uint16_t port = 0);
  mail_box(const mail_box&) = delete;
  mail_box& operator=(const mail_box&) = delete;
  ~mail_box();

  /// For `--mail`.
  std::string url() const {
    return "smtp://127.0.0.1:" + std::to_string(peer_.port());
  }

  /// By Message-ID, with all copies received.
  std::map<std::string, std::vector<mail>> mails() const;

  /// Number of different mails.
  size_t count() const;

private:
  void read();

  smtp_peer peer_;
  mutable std::mutex mutex_;
  std::map<std::string, std::vector<mail>> mails_;
  std::atomic<bool> stop_{false};
  std::thread reader_;
};

} // namespace carillon::test

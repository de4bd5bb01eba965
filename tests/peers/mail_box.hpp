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

/// A mail server, and what it took so far.
class mail_box {
public:
  struct mail {
    std::string to;
    std::string subject;
    std::vector<std::string> attachments;
  };

  /// @param port 0 takes a free one
  explicit mail_box(uint16_t port = 0);
  mail_box(const mail_box&) = delete;
  mail_box& operator=(const mail_box&) = delete;
  ~mail_box();

  /// For `--mail`.
  std::string url() const {
    return "smtp://127.0.0.1:" + std::to_string(peer_.port());
  }

  /// By their Message-ID; each as often as it came.
  std::map<std::string, std::vector<mail>> mails() const;

  /// Different ones.
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

#pragma once

#include "handlers/email/mail_message.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace carillon {

/// What became of a mail.
struct mail_result {
  enum class verdict : uint8_t {
    /// The server has taken it, or it is on disk.
    sent,
    /// An answer to this mail that says "later" (4xx), or none: worth another try.
    temporary,
    /// The same would happen to any mail now: no connection, no TLS, a refused password, or the
    /// node stops.
    unavailable,
    /// The server refuses this mail, its sender or a recipient for good (5xx).
    permanent,
  };

  verdict what = verdict::sent;
  /// What went wrong, with the server's own words where it said some; printable, at most 512
  /// bytes, without the password. Of one that was sent: the server's answer.
  std::string text;

  static mail_result sent(std::string text) {
    return {verdict::sent, std::move(text)};
  }
  static mail_result temporary(std::string text) {
    return {verdict::temporary, std::move(text)};
  }
  static mail_result unavailable(std::string text) {
    return {verdict::unavailable, std::move(text)};
  }
  static mail_result permanent(std::string text) {
    return {verdict::permanent, std::move(text)};
  }
};

/// Hands mails on. One thread at a time.
class mail_transport {
public:
  virtual ~mail_transport() = default;

  /// Blocks. All recipients get it, or nobody does, as far as we know: a mail whose result is lost
  /// may have been taken nevertheless.
  virtual mail_result send(const composed_mail& x, std::chrono::steady_clock::time_point deadline)
    = 0;
};

} // namespace carillon

#pragma once

#include "handlers/email/mail_message.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace carillon {

/// The outcome of sending a mail.
struct mail_result {
  enum class verdict : uint8_t {
    /// The server has accepted it, or it is on disk.
    sent,
    /// A temporary rejection of this mail (4xx), or no answer: worth another try.
    temporary,
    /// Any mail would fail now: no connection, no TLS, a rejected password, or the node stops.
    unavailable,
    /// The server rejects this mail, its sender or a recipient permanently (5xx).
    permanent,
  };

  verdict what = verdict::sent;
  /// The fault, with the server's message if there is one; printable, at most 512 bytes, without
  /// the password. For a sent mail: the server's answer.
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

/// Sends mails. One thread at a time.
class mail_transport {
public:
  virtual ~mail_transport() = default;

  /// Blocks. All recipients get it or none, as far as we know: a mail whose result is lost may have
  /// been accepted nevertheless.
  virtual mail_result send(const composed_mail& x, std::chrono::steady_clock::time_point deadline)
    = 0;
};

} // namespace carillon

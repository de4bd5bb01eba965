#pragma once

#include "base/failure.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon {

/// The destination of mail.
struct mail_target {
  enum class kind : uint8_t {
    /// Into files.
    directory,
    /// SMTP, with STARTTLS.
    smtp,
    /// SMTP within TLS from the first byte.
    smtps,
  };

  kind what = kind::directory;
  std::string directory;
  /// Name or address, IPv6 without brackets.
  std::string host;
  uint16_t port = 0;
  /// Empty = no login.
  std::string user;
  std::string password;

  /// On this machine, where plain text cannot be intercepted.
  bool is_local() const noexcept;

  /// As a URL without the password, for logs.
  std::string display() const;
};

/// Parses `file:DIR`, `smtp://[USER:PASSWORD@]HOST[:PORT]` (port 587 if there is none) and
/// `smtps://…` (465); user and password percent-encoded. Errors: `invalid_argument`; the text does
/// not repeat the URL, which may hold a password.
expected<mail_target> parse_mail_url(std::string_view url);

} // namespace carillon

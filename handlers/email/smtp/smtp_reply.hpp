#pragma once

#include <cstdint>
#include <string_view>

namespace carillon {

// Classifies a mail server's replies by their cause.

/// The client's last command (RFC 5321 section 4.1.1).
enum class smtp_command : uint8_t { other, mail, rcpt };

smtp_command command_of(std::string_view line) noexcept;

/// The code of a reply line (RFC 5321 section 4.2), 0 if it has none.
int reply_code(std::string_view line) noexcept;

/// The login is rejected or missing: a matter of the operator, not of the mail (RFC 4954 section
/// 6).
bool is_about_login(int code) noexcept;

/// A rejection of the sender, which would affect every mail. Many servers report it only at the
/// recipient, with the code of RFC 3463 section 3.2 or in Postfix's words. A mail that is too large
/// (552, 523) is at fault itself.
bool is_about_sender(smtp_command refused, int code, std::string_view reply) noexcept;

} // namespace carillon

#pragma once

#include "handlers/email/smtp/smtp_reply.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// What client and server say while a mail is sent, as far as the result depends on it. Fed with
/// the lines of both. One thread.
class smtp_dialogue {
public:
  /// `needs_login`: a mail must not be sent without one, even if the server offers none.
  explicit smtp_dialogue(bool needs_login) : needs_login_(needs_login) {
  }

  /// A new connection: the login of the last one is void.
  void connect() noexcept {
    logged_in_ = false;
  }

  /// Another attempt at a mail begins, maybe on the same connection.
  void begin();

  /// The client sends a command.
  void command(std::string_view line);

  /// The server sends a line of a reply. False if the connection must be ended.
  bool reply(std::string_view line);

  /// Code of the last reply in this attempt; 0 if there was none.
  int code() const noexcept {
    return code_;
  }

  /// Its lines, to about 512 bytes; without the challenges of a login.
  const std::string& text() const noexcept {
    return text_;
  }

  /// The command that the server rejected first.
  smtp_command refused() const noexcept {
    return refused_;
  }

  /// The server has begun to accept the mail's content.
  bool data_begun() const noexcept {
    return data_begun_;
  }

  /// The server has accepted the login of the connection.
  bool logged_in() const noexcept {
    return logged_in_;
  }

  /// The mail was about to be sent without the login that it needs.
  bool without_login() const noexcept {
    return without_login_;
  }

private:
  bool needs_login_;
  bool logged_in_ = false;
  /// Last command of the attempt.
  smtp_command command_ = smtp_command::other;
  smtp_command refused_ = smtp_command::other;
  bool without_login_ = false;
  bool data_begun_ = false;
  int code_ = 0;
  std::string text_;
};

} // namespace carillon

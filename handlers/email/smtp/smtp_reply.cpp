#include "handlers/email/smtp/smtp_reply.hpp"

#include <algorithm>

namespace carillon {

namespace {

bool has_words(std::string_view text, std::string_view words) noexcept {
  auto same = [](char a, char b) {
    return a == b || (a >= 'A' && a <= 'Z' && static_cast<char>(a - 'A' + 'a') == b);
  };
  return std::search(text.begin(), text.end(), words.begin(), words.end(), same) != text.end();
}

} // namespace

int reply_code(std::string_view line) noexcept {
  if (line.size() < 3
      || !std::all_of(line.begin(), line.begin() + 3, [](char c) { return c >= '0' && c <= '9'; }))
    return 0;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

bool is_about_login(int code) noexcept {
  return code == 530 || code == 534 || code == 535 || code == 538;
}

smtp_command command_of(std::string_view line) noexcept {
  if (line.starts_with("MAIL FROM:"))
    return smtp_command::mail;
  return line.starts_with("RCPT TO:") ? smtp_command::rcpt : smtp_command::other;
}

bool is_about_sender(smtp_command refused, int code, std::string_view reply) noexcept {
  if (code / 100 != 5 || code == 552 || code == 523)
    return false;
  if (refused == smtp_command::mail)
    return true;
  return refused == smtp_command::rcpt
         && (has_words(reply, " 5.1.7 ") || has_words(reply, " 5.1.8 ")
             || has_words(reply, "sender address rejected"));
}

} // namespace carillon

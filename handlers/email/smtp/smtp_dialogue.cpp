#include "handlers/email/smtp/smtp_dialogue.hpp"

namespace carillon {

namespace {

constexpr size_t kept_bytes = 512;

} // namespace

void smtp_dialogue::begin() {
  text_.clear();
  code_ = 0;
  data_begun_ = false;
  command_ = refused_ = smtp_command::other;
  without_login_ = false;
}

void smtp_dialogue::command(std::string_view line) {
  command_ = command_of(line);
  // libcurl continues without a login if the server offers none; a mail must not.
  if (command_ == smtp_command::mail && needs_login_ && !logged_in_)
    without_login_ = true;
}

bool smtp_dialogue::reply(std::string_view line) {
  // 221 answers the QUIT that libcurl sends after a rejection.
  if (auto code = reply_code(line); code != 0 && code != 221) {
    if (code != code_)
      text_.clear();
    code_ = code;
    data_begun_ = data_begun_ || code == 354;
    logged_in_ = logged_in_ || code == 235;
    if (code >= 400 && refused_ == smtp_command::other)
      refused_ = command_;
    // Challenges of a login are not recorded.
    if (code / 100 != 3 && text_.size() < kept_bytes)
      text_ += line;
  }
  return !without_login_;
}

} // namespace carillon

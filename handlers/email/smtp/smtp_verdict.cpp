#include "handlers/email/smtp/smtp_verdict.hpp"

#include "base/text/base64.hpp"
#include "base/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace carillon {

namespace {

constexpr size_t text_bytes = 512;

void replace_all(std::string& text, const std::string& what) {
  if (what.size() < 4)
    return;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at))
    text.replace(at, what.size(), "***");
}

/// The text in one line, without control characters.
std::string in_one_line(const std::string& text) {
  std::string line;
  for (auto c : as_utf8(text)) {
    auto blank = c == ' ' || static_cast<unsigned char>(c) < 0x20U || c == '\x7f';
    if (!blank)
      line += c;
    else if (!line.empty() && line.back() != ' ')
      line += ' ';
  }
  while (line.ends_with(' '))
    line.pop_back();
  return line;
}

std::string words_of(const smtp_dialogue& said, const smtp_end& end, const mail_target& server) {
  std::string line;
  if (said.code() >= 400 || end.code == CURLE_OK)
    line = in_one_line(said.text());
  else if (!end.detail.empty())
    line = in_one_line(std::string{end.detail});
  else
    line = in_one_line(curl_easy_strerror(end.code));
  replace_all(line, server.password);
  replace_all(line, to_base64(server.password));
  replace_all(line, to_base64('\0' + server.user + '\0' + server.password));
  return excerpt(line, text_bytes);
}

/// The session failed before this mail, and would fail for any other.
bool is_of_session(const smtp_dialogue& said, CURLcode code) {
  constexpr std::array codes{
    CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_WEIRD_SERVER_REPLY,
    CURLE_LOGIN_DENIED,         CURLE_USE_SSL_FAILED,  CURLE_PEER_FAILED_VERIFICATION,
    CURLE_SSL_CONNECT_ERROR,    CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE,
    CURLE_SSL_ISSUER_ERROR,     CURLE_SSL_CIPHER};
  if (said.data_begun())
    return false;
  // Without a greeting no server has answered.
  return said.code() == 0 || said.code() == 421 || is_about_login(said.code())
         || std::find(codes.begin(), codes.end(), code) != codes.end();
}

} // namespace

mail_result verdict_of(const smtp_dialogue& said, const smtp_end& end, const mail_target& server) {
  auto words = words_of(said, end, server);
  if (end.code == CURLE_OK)
    return mail_result::sent(std::move(words));
  if (said.without_login())
    return mail_result::unavailable(
      server.display()
      + ": a user and a password are set, but the server offers no login (AUTH) here; nothing is "
        "sent without it. Perhaps it does so at another port, or with TLS only");
  if (end.code == CURLE_ABORTED_BY_CALLBACK && end.stopping)
    return mail_result::unavailable("given up, because the node stops");
  if (end.code == CURLE_ABORTED_BY_CALLBACK)
    words = "the mail server did not answer in time";
  // libcurl says SEND_ERROR for a refused sender, recipient or DATA. A rejection before that, at
  // the greeting or the login, is not the fault of this mail.
  auto about_mail = said.data_begun() || end.code == CURLE_SEND_ERROR;
  if (about_mail && is_about_sender(said.refused(), said.code(), words))
    return mail_result::unavailable(server.display()
                                    + ": the server refuses the sender, see --mail-from: " + words);
  if (about_mail && said.code() / 100 == 5 && !is_about_login(said.code()))
    return mail_result::permanent(std::move(words));
  words = server.display() + ": " + words;
  return is_of_session(said, end.code) ? mail_result::unavailable(std::move(words))
                                       : mail_result::temporary(std::move(words));
}

} // namespace carillon

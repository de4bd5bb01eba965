#include "handlers/email/smtp/smtp_verdict.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;

TEST_SUITE("handlers/email/smtp") {
  namespace {

  using verdict = mail_result::verdict;

  const mail_target shop{mail_target::kind::smtp, {}, "mail.example", 587, "shop", "secret-word"};

  mail_result judged(const smtp_dialogue& said, CURLcode code, const char* detail = "",
                     bool stopping = false) {
    return verdict_of(said, {code, detail, stopping}, shop);
  }

  /// A dialogue up to the mail, with the login.
  smtp_dialogue logged_in() {
    smtp_dialogue out{true};
    out.connect();
    out.begin();
    out.reply("220 ready\r\n");
    out.command("AUTH PLAIN\r\n");
    out.reply("235 welcome\r\n");
    out.command("MAIL FROM:<shop@example.com>\r\n");
    return out;
  }

  bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  } // namespace

  TEST_CASE("a dialogue knows the last reply, and the command that was rejected first") {
    auto said = logged_in();
    CHECK(said.logged_in());
    CHECK_FALSE(said.without_login());
    CHECK(said.reply("250-first\r\n"));
    CHECK(said.reply("250 second\r\n"));
    CHECK(said.text() == "250-first\r\n250 second\r\n");
    said.command("RCPT TO:<ada@example.org>\r\n");
    CHECK(said.reply("550 unknown\r\n"));
    said.command("QUIT\r\n");
    CHECK(said.reply("221 bye\r\n"));
    CHECK(said.code() == 550);
    CHECK(said.text() == "550 unknown\r\n");
    CHECK(said.refused() == smtp_command::rcpt);
    CHECK_FALSE(said.data_begun());
  }

  TEST_CASE("an attempt forgets the last one, and a connection its login") {
    auto said = logged_in();
    said.reply("354 go on\r\n");
    said.reply("451 try later\r\n");
    CHECK(said.data_begun());
    said.begin();
    CHECK(said.code() == 0);
    CHECK(said.text().empty());
    CHECK(said.refused() == smtp_command::other);
    CHECK_FALSE(said.data_begun());
    CHECK(said.logged_in());
    said.connect();
    CHECK_FALSE(said.logged_in());
  }

  TEST_CASE("a mail that needs a login is not sent without") {
    smtp_dialogue said{true};
    said.reply("220 ready\r\n");
    said.command("MAIL FROM:<shop@example.com>\r\n");
    CHECK_FALSE(said.reply("250 ok\r\n"));
    CHECK(said.without_login());
    auto out = judged(said, CURLE_WRITE_ERROR);
    CHECK(out.what == verdict::unavailable);
    CHECK(has(out.text, "offers no login"));
    smtp_dialogue open{false};
    open.command("MAIL FROM:<shop@example.com>\r\n");
    CHECK(open.reply("250 ok\r\n"));
  }

  TEST_CASE("the challenges of a login are not kept") {
    smtp_dialogue said{true};
    said.reply("334 VXNlcm5hbWU6\r\n");
    CHECK(said.text().empty());
    CHECK(said.code() == 334);
  }

  TEST_CASE("a rejection of the mail is its own fault, one of the session is not") {
    auto said = logged_in();
    said.command("RCPT TO:<ada@example.org>\r\n");
    said.reply("550 no such user\r\n");
    auto out = judged(said, CURLE_SEND_ERROR);
    CHECK(out.what == verdict::permanent);
    CHECK(out.text == "550 no such user");

    auto later = logged_in();
    later.command("RCPT TO:<ada@example.org>\r\n");
    later.reply("451 greylisted\r\n");
    CHECK(judged(later, CURLE_SEND_ERROR).what == verdict::temporary);

    auto sender = logged_in();
    sender.reply("550 not allowed\r\n");
    CHECK(judged(sender, CURLE_SEND_ERROR).what == verdict::unavailable);

    smtp_dialogue login{true};
    login.reply("535 wrong password\r\n");
    CHECK(judged(login, CURLE_LOGIN_DENIED).what == verdict::unavailable);

    const smtp_dialogue nobody{true};
    out = judged(nobody, CURLE_COULDNT_CONNECT, "connection refused");
    CHECK(out.what == verdict::unavailable);
    CHECK(has(out.text, "connection refused"));
  }

  TEST_CASE("an attempt that was ended here says why") {
    const auto said = logged_in();
    auto out = judged(said, CURLE_ABORTED_BY_CALLBACK);
    CHECK(out.what == verdict::temporary);
    CHECK(has(out.text, "did not answer in time"));
    out = judged(said, CURLE_ABORTED_BY_CALLBACK, "", true);
    CHECK(out.what == verdict::unavailable);
    CHECK(has(out.text, "the node stops"));
  }

  TEST_CASE("the text is one line without the password") {
    auto said = logged_in();
    said.reply("250-queued\t as\r\n");
    said.reply("250 secret-word, c2VjcmV0LXdvcmQ=\r\n");
    auto out = judged(said, CURLE_OK);
    CHECK(out.what == verdict::sent);
    CHECK(out.text == "250-queued as 250 ***, ***");
  }
}

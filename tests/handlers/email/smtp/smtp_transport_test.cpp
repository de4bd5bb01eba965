#include "handlers/email/smtp/smtp_transport.hpp"

#include "base/text/base64.hpp"
#include "tests/handlers/email/smtp/scripted_smtp.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

using namespace carillon;
using carillon::test::scripted_smtp;
using namespace std::chrono_literals;

TEST_SUITE("handlers/smtp_transport") {
  namespace {

  using verdict = mail_result::verdict;

  /// A server's replies by verb of the command; to all others `250 ok`.
  using replies = std::map<std::string, std::string>;

  scripted_smtp::script saying(replies xs) {
    return [xs = std::move(xs)](const std::string& line) -> std::string {
      // The longer one of two that fit comes behind the shorter.
      for (auto x = xs.rbegin(); x != xs.rend(); ++x)
        if (line.starts_with(x->first))
          return x->second + "\r\n";
      if (line == "DATA")
        return "354 go on\r\n";
      if (line == "QUIT")
        return "221 bye\r\n";
      return "250 ok\r\n";
    };
  }

  std::unique_ptr<smtp_transport> client_of(const scripted_smtp& server,
                                            const std::string& login = {}) {
    smtp_options options;
    options.server
      = parse_mail_url("smtp://" + login + "127.0.0.1:" + std::to_string(server.port())).value();
    auto out = smtp_transport::make(std::move(options));
    REQUIRE(out.has_value());
    return std::move(*out);
  }

  mail_result send(smtp_transport& to) {
    composed_mail mail;
    mail.from = "shop@example.com";
    mail.recipients = {"ada@example.org"};
    mail.message_id = "1@example.com";
    mail.content = "Subject: x\r\n\r\nx\r\n";
    return to.send(mail, std::chrono::steady_clock::now() + 20s);
  }

  bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  size_t count(scripted_smtp& server, const std::string& begin) {
    auto lines = server.lines();
    return static_cast<size_t>(std::count_if(lines.begin(), lines.end(),
                                             [&](const auto& x) { return x.starts_with(begin); }));
  }

  const std::string with_auth = "250-here\r\n250 AUTH PLAIN";

  } // namespace

  TEST_CASE("a server that wants the login with AUTH gets it there") {
    // Without an initial response it would answer 501.
    const auto token = to_base64(std::string{"\0shop\0S3cret!", 13});
    scripted_smtp server{saying({{"EHLO", with_auth},
                                 {"AUTH PLAIN " + token, "235 welcome"},
                                 {"AUTH", "501 an initial response is needed"}})};
    auto client = client_of(server, "shop:S3cret!@");
    CHECK(send(*client).what == verdict::sent);
    CHECK(count(server, "AUTH PLAIN ") == 1);
    // The login is that of the connection.
    CHECK(send(*client).what == verdict::sent);
    CHECK(count(server, "AUTH") == 1);
    CHECK(count(server, "MAIL") == 2);
  }

  TEST_CASE("who may not send calls no server, and the queue waits") {
    scripted_smtp server{saying({})};
    bool may = false;
    smtp_options options;
    options.server = parse_mail_url("smtp://127.0.0.1:" + std::to_string(server.port())).value();
    options.may_send = [&] { return may; };
    auto client = smtp_transport::make(std::move(options));
    REQUIRE(client.has_value());
    CHECK(send(**client).what == verdict::unavailable);
    CHECK(server.lines().empty());
    may = true;
    CHECK(send(**client).what == verdict::sent);
  }

  TEST_CASE("a server that refuses the initial response is asked without") {
    scripted_smtp server{[](const std::string& line) -> std::string {
      if (line.starts_with("EHLO"))
        return with_auth + "\r\n";
      if (line == "AUTH PLAIN")
        return "334 \r\n";
      if (line.starts_with("AUTH"))
        return "501 no argument here\r\n";
      if (line == "DATA")
        return "354 go on\r\n";
      return line == to_base64(std::string{"\0shop\0S3cret!", 13}) ? "235 welcome\r\n"
                                                                   : "250 ok\r\n";
    }};
    auto client = client_of(server, "shop:S3cret!@");
    CHECK(send(*client).what == verdict::sent);
    CHECK(count(server, "AUTH") == 2);
  }

  TEST_CASE("with a password set, nothing is sent to a server that offers no login") {
    for (const auto* refusal : {"250 ok", "554 relaying denied"}) {
      scripted_smtp server{saying({{"EHLO", "250 here"}, {"RCPT", refusal}})};
      auto client = client_of(server, "shop:S3cret!@");
      for (int i = 0; i < 2; ++i) {
        auto out = send(*client);
        CHECK(out.what == verdict::unavailable);
        CHECK(has(out.text, "offers no login (AUTH)"));
        CHECK_FALSE(has(out.text, "S3cret"));
      }
      CHECK(count(server, "DATA") == 0);
      CHECK(count(server, "RCPT") == 0);
    }
    // Without a password no login is needed.
    scripted_smtp open{saying({{"EHLO", "250 here"}})};
    CHECK(send(*client_of(open)).what == verdict::sent);
  }

  TEST_CASE("a refused login is the operator's matter, and its words do not tell the password") {
    scripted_smtp server{saying({{"EHLO", with_auth}, {"AUTH", "535 not S3cret!"}})};
    auto out = send(*client_of(server, "shop:S3cret!@"));
    CHECK(out.what == verdict::unavailable);
    CHECK_FALSE(has(out.text, "S3cret"));
    CHECK(count(server, "MAIL") == 0);
  }

  TEST_CASE("a refusal of the sender makes the queue wait, one of the mail ends the mail") {
    struct entry {
      replies says;
      verdict what;
    };
    for (const auto& x : std::vector<entry>{
           {{{"MAIL", "550 5.7.1 who are you"}}, verdict::unavailable},
           {{{"MAIL", "553 sender not owned"}}, verdict::unavailable},
           {{{"RCPT", "553 5.7.1 <shop@example.com>: Sender address rejected: not owned"}},
            verdict::unavailable},
           {{{"RCPT", "550 5.1.8 bad sender"}}, verdict::unavailable},
           {{{"MAIL", "552 5.3.4 too large"}}, verdict::permanent},
           {{{"RCPT", "550 5.1.1 no such user"}}, verdict::permanent},
           {{{"DATA", "554 spam"}}, verdict::permanent},
           {{{".", "550 spam"}}, verdict::permanent},
           {{{"MAIL", "451 later"}}, verdict::temporary},
           {{{"RCPT", "450 greylisted"}}, verdict::temporary}}) {
      CAPTURE(x.says.begin()->second);
      scripted_smtp server{saying(x.says)};
      auto out = send(*client_of(server));
      CAPTURE(out.text);
      CHECK(out.what == x.what);
      CHECK(has(out.text, x.says.begin()->second.substr(4)));
      if (x.what == verdict::unavailable)
        CHECK(has(out.text, "--mail-from"));
    }
  }
}

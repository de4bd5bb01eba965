#include "handlers/email/mime/mime.hpp"

#include "base/text/base64.hpp"
#include "base/text/mail_address.hpp"
#include "base/text/utf8.hpp"
#include "handlers/email/mime/mime_text.hpp"
#include "messages/codec/codec.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::test {

TEST_SUITE("handlers/mime") {
  namespace {

  mail_message plain_mail() {
    return {
      .from = {.name = "Shop", .address = "shop@example.com"},
      .to = {{.name = "Ada", .address = "ada@example.org"}},
      .subject = "Your order",
      .text = "Thank you.\n",
      .message_id = "job-1.abc@example.com",
      .date = from_rfc3339("2026-11-23T22:23:01Z").value(),
    };
  }

  /// The header of a mail as a simple reader sees it: name and unfolded value of each field. Fails
  /// for an invalid header.
  std::vector<std::pair<std::string, std::string>> fields_of(std::string_view content) {
    std::vector<std::pair<std::string, std::string>> out;
    auto end = content.find("\r\n\r\n");
    REQUIRE(end != std::string_view::npos);
    auto rest = content.substr(0, end + 2);
    while (!rest.empty()) {
      auto line = rest.substr(0, rest.find("\r\n"));
      rest.remove_prefix(line.size() + 2);
      REQUIRE(line.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos);
      REQUIRE(line.find_first_not_of(" \t") != std::string_view::npos);
      REQUIRE(line.size() <= 998);
      if (line.front() == ' ' || line.front() == '\t') {
        REQUIRE_FALSE(out.empty());
        out.back().second += line;
        continue;
      }
      auto colon = line.find(':');
      REQUIRE(colon != std::string_view::npos);
      out.emplace_back(line.substr(0, colon), line.substr(colon + 1));
    }
    return out;
  }

  std::vector<std::string> names_of(std::string_view content) {
    std::vector<std::string> out;
    for (auto& [name, value] : fields_of(content))
      if (name != "Content-Transfer-Encoding")
        out.push_back(name);
    return out;
  }

  /// ASCII, and each CR stands before an LF, each LF behind a CR.
  bool is_seven_bit_with_crlf(std::string_view content) {
    for (size_t i = 0; i < content.size(); ++i) {
      auto c = content[i];
      auto before = i == 0 ? ' ' : content[i - 1];
      if ((c & '\x80') != 0 || (c == '\n') != (before == '\r'))
        return false;
    }
    return !content.ends_with('\r');
  }

  const std::string& field(const composed_mail& x, const char* name,
                           std::vector<std::pair<std::string, std::string>>& fields) {
    fields = fields_of(x.content);
    for (const auto& [n, v] : fields)
      if (n == name)
        return v;
    FAIL("no such field");
    return fields.front().second;
  }

  /// Makes texts that are likely to break something.
  class mischief {
  public:
    explicit mischief(uint32_t seed) : random_(seed) {
    }

    size_t below(size_t n) {
      return std::uniform_int_distribution<size_t>{0, n - 1}(random_);
    }

    /// A text of `pieces` difficult parts; with or without control characters.
    std::string text(size_t pieces, bool controls) {
      static const std::vector<std::string> safe{
        "a",
        "Order 42",
        " ",
        " ",
        "é",
        "漢字",
        "😀",
        "=?UTF-8?Q?x?=",
        "?=",
        "=",
        "\"",
        "\\",
        "<b@c.d>",
        ",",
        ";",
        ":",
        "(x)",
        "@",
        ".",
        "&",
        "'",
        "%0D%0A",
        "_",
        "=0D=0A",
        "--",
        "ÄÖÜßäöü",
        "a-rather-long-word-that-cannot-be-folded-anywhere-and-goes-on-and-on-for-a-while",
        "From ",
        "Bcc: x@y.z",
        "\xc2\xa0",
        "Ελλάδα",
        "😀😀😀😀😀😀"};
      static const std::vector<std::string> harsh{"\r\nBcc: evil@example.com\r\n",
                                                  "\n",
                                                  "\r",
                                                  std::string(1, '\0'),
                                                  "\n\n<script>",
                                                  "\t",
                                                  "\x1b[0m",
                                                  "\x7f",
                                                  "\r\n.\r\n",
                                                  "\r\n\r\nbody"};
      std::string out;
      for (size_t i = 0; i < pieces; ++i)
        out += controls && below(40) == 0 ? harsh[below(harsh.size())] : safe[below(safe.size())];
      return out;
    }

    std::string bytes(size_t n) {
      std::string out(n, '\0');
      for (auto& c : out)
        c = static_cast<char>(below(256));
      return out;
    }

    mail_message message(bool controls) {
      auto out = plain_mail();
      out.from.name = text(below(8), controls);
      out.to.clear();
      for (size_t i = 0, n = 1 + below(3); i < n; ++i)
        out.to.push_back({text(below(5), controls), "p" + std::to_string(i) + "@example.org"});
      out.subject = text(below(20), controls);
      out.text = text(below(60), false) + (below(2) == 0 ? "\n" : "");
      out.text += below(2) == 0 ? "\n.\n..\r\nFrom here\rthere  \nand there" : "";
      if (below(2) == 0)
        out.html = "<p>" + text(below(60), false) + "</p>";
      for (size_t i = below(3); i > 0; --i) {
        auto name = "f" + text(below(12), controls);
        std::erase_if(name, [](char c) { return c == '/' || c == '\\'; });
        out.attachments.push_back({name, "application/octet-stream", bytes(below(3'000))});
      }
      if (below(2) == 0)
        out.headers.push_back({"X-Carillon-Event", text(below(9), controls)});
      return out;
    }

  private:
    std::mt19937 random_;
  };

  void append_string(std::string& out, const char* name, const std::string& value) {
    out += out.empty() ? "{" : ",";
    append_json_string(out, name);
    out += ':';
    append_json_string(out, as_utf8(value));
  }

  std::string pair_of(const std::string& a, const std::string& b) {
    std::string out = "[";
    append_json_string(out, a);
    out += ',';
    append_json_string(out, b);
    return out + ']';
  }

  /// The oracle's expected result.
  std::string expectation(const mail_message& x, const composed_mail& mail) {
    std::string out;
    append_string(out, "mail", to_base64(mail.content));
    append_string(out, "subject", x.subject);
    append_string(out, "messageId", x.message_id);
    append_string(out, "plain", x.text);
    append_string(out, "html", x.html);
    out += ",\"date\":" + std::to_string(to_micros(x.date) / 1'000'000);
    out += ",\"from\":[" + pair_of(x.from.name, x.from.address) + "],\"to\":[";
    for (size_t i = 0; i < x.to.size(); ++i)
      out += (i == 0 ? "" : ",") + pair_of(x.to[i].name, x.to[i].address);
    out += "],\"headers\":[";
    for (size_t i = 0; i < x.headers.size(); ++i)
      out += (i == 0 ? "" : ",") + pair_of(x.headers[i].name, x.headers[i].value);
    out += "],\"attachments\":[";
    for (size_t i = 0; i < x.attachments.size(); ++i) {
      const auto& a = x.attachments[i];
      out += i == 0 ? "[" : ",[";
      append_json_string(out, a.file_name);
      out += ",\"" + a.content_type + "\",\"" + to_base64(a.bytes) + "\"]";
    }
    return out + "]}\n";
  }

  } // namespace

  TEST_CASE("a plain mail looks as one expects") {
    auto mail = compose(plain_mail());
    REQUIRE(mail.has_value());
    CHECK(mail->content
          == "Date: Mon, 23 Nov 2026 22:23:01 +0000\r\n"
             "From: \"Shop\" <shop@example.com>\r\n"
             "To: \"Ada\" <ada@example.org>\r\n"
             "Subject: Your order\r\n"
             "Message-ID: <job-1.abc@example.com>\r\n"
             "MIME-Version: 1.0\r\n"
             "Content-Type: text/plain; charset=utf-8\r\n"
             "Content-Transfer-Encoding: quoted-printable\r\n"
             "\r\n"
             "Thank you.\r\n");
    CHECK(mail->from == "shop@example.com");
    CHECK(mail->recipients == std::vector<std::string>{"ada@example.org"});
    CHECK(mail->message_id == "job-1.abc@example.com");
  }

  TEST_CASE("the same message gives the same bytes") {
    mischief random{7};
    auto message = random.message(false);
    CHECK(compose(message)->content == compose(message)->content);
  }

  TEST_CASE("no input can add a header, a recipient or a part") {
    constexpr uint32_t first_seed = 1;
    size_t composed = 0;
    size_t refused = 0;
    for (auto seed = first_seed; seed < first_seed + 4'000; ++seed) {
      CAPTURE(seed);
      mischief random{seed};
      auto message = random.message(true);
      auto mail = compose(message);
      if (!mail) {
        auto code = mail.error().code;
        CHECK((code == ec::invalid_argument || code == ec::too_large));
        CHECK_FALSE(mail.error().field.empty());
        ++refused;
        continue;
      }
      ++composed;
      std::vector<std::string> wanted{"Date", "From", "To", "Subject", "Message-ID"};
      for (const auto& header : message.headers)
        wanted.push_back(header.name);
      wanted.insert(wanted.end(), {"MIME-Version", "Content-Type"});
      REQUIRE(names_of(mail->content) == wanted);
      REQUIRE(mail->recipients.size() == message.to.size());
      REQUIRE(mail->content.find_first_of(std::string_view{"\0", 1}) == std::string::npos);
      REQUIRE(mail->content.ends_with("\r\n"));
      REQUIRE(is_seven_bit_with_crlf(mail->content));
      REQUIRE(mail->content.find("\r\n.") == std::string::npos);
    }
    CHECK(composed > 500);
    CHECK(refused > 500);
  }

  TEST_CASE("Python's email package reads what was meant") {
    constexpr uint32_t first_seed = 100;
    constexpr size_t count = 600;
    temporary_directory dir;
    const auto file = dir.path() + "/mails";
    {
      std::ofstream out{file, std::ios::binary};
      for (uint32_t i = 0; i < count; ++i) {
        auto message = mischief{first_seed + i}.message(false);
        auto mail = compose(message);
        REQUIRE_MESSAGE(mail.has_value(), mail.error().detail);
        out << expectation(message, *mail);
      }
    }
    process python{"/usr/bin/python3", {CARILLON_MAIL_ORACLE, file}, dir.path() + "/log"};
    for (uint32_t i = 0; i < count; ++i) {
      CAPTURE(first_seed + i);
      auto line = python.read_line();
      REQUIRE(line);
      CHECK(*line == "ok");
    }
    CHECK(python.wait() == 0);
  }

  TEST_CASE("control characters in headers and names are refused, and the field is named") {
    for (const auto& bad :
         {std::string{"a\r\nBcc: x@y.z"}, std::string{"a\nb"}, std::string{"a\rb"},
          std::string{"a\0b", 3}, std::string{"a\tb"}, std::string{"a\x7f"}}) {
      auto refused = [](const mail_message& x, const char* field) {
        auto out = compose(x);
        REQUIRE_FALSE(out.has_value());
        CHECK(out.error().code == ec::invalid_argument);
        CHECK(out.error().field == field);
      };
      auto x = plain_mail();
      x.subject = bad;
      refused(x, "subject");
      x = plain_mail();
      x.from.name = bad;
      refused(x, "from.name");
      x = plain_mail();
      x.to.front().name = bad;
      refused(x, "to.name");
      x = plain_mail();
      x.to.front().address = bad + "@example.org";
      refused(x, "to.address");
      x = plain_mail();
      x.from.address = "shop@" + bad;
      refused(x, "from.address");
      x = plain_mail();
      x.message_id = bad + "@example.org";
      refused(x, "messageId");
      x = plain_mail();
      x.headers = {{"X-A", bad}};
      refused(x, "headers.value");
      x = plain_mail();
      x.headers = {{bad, "x"}};
      refused(x, "headers.name");
      x = plain_mail();
      x.attachments = {{bad, "text/plain", ""}};
      refused(x, "attachments.fileName");
      x = plain_mail();
      x.attachments = {{"a", "text/" + bad, ""}};
      refused(x, "attachments.contentType");
    }
  }

  TEST_CASE("headers that Carillon writes, and those that steer mail, cannot be given") {
    for (const auto* name : {"Bcc", "bcc", "TO", "From", "Content-Type", "content-foo", "Sender",
                             "Return-Path", "MIME-Version", "Resent-To", "A B", "A:", ""}) {
      auto x = plain_mail();
      x.headers = {{name, "x"}};
      CAPTURE(name);
      CHECK_FALSE(compose(x).has_value());
    }
  }

  TEST_CASE("limits hold") {
    auto x = plain_mail();
    x.to.clear();
    CHECK_FALSE(compose(x).has_value());
    x.to.assign(mail_limits::recipients + 1, {"", "a@b.c"});
    CHECK(compose(x).error().code == ec::too_large);
    x = plain_mail();
    x.subject.assign(mail_limits::header_bytes + 1, 'x');
    CHECK(compose(x).error().code == ec::too_large);
    x.subject.assign(mail_limits::header_bytes, 'x');
    CHECK(compose(x).has_value());
    x.text.assign(mail_limits::message_bytes + 1, 'x');
    CHECK(compose(x).error().code == ec::too_large);
  }

  TEST_CASE("addresses are what servers take, and nothing else") {
    for (const auto* good : {"a@b", "ada.lovelace+tag@mail.example.org", "o'neil@x-y.example",
                             "a@xn--bcher-kva.example", "!#$%&*/=?^_`{|}~-@b.c"})
      CHECK_MESSAGE(is_mail_address(good), good);
    for (const auto* bad : {"",
                            "@",
                            "a@",
                            "@b",
                            "a",
                            "a@b@c",
                            "a b@c",
                            ".a@b",
                            "a.@b",
                            "a..b@c",
                            "a@-b",
                            "a@b-",
                            "a@b..c",
                            "a@.b",
                            "a@b.",
                            "<a@b>",
                            "a@b>",
                            "\"a b\"@c",
                            "a@[127.0.0.1]",
                            "a@b,c@d",
                            "\xc3\xa9@b",
                            "a@b\xc3\xbc"
                            "cher.example",
                            "a@b\r\nRCPT TO:<x@y>",
                            "a@b c",
                            "a\0@b"})
      CHECK_FALSE_MESSAGE(is_mail_address(bad), bad);
    CHECK_FALSE(is_mail_address(std::string(65, 'a') + "@b"));
    CHECK(is_mail_address(std::string(64, 'a') + "@b"));
    CHECK_FALSE(is_mail_address("a@" + std::string(64, 'b')));
    CHECK_FALSE(is_mail_address(std::string_view{"a@b\0c", 5}));
  }

  TEST_CASE("long and foreign headers are folded into lines of 76") {
    auto x = plain_mail();
    x.from.name = "Ελληνική Δημοκρατία, τμήμα παραγγελιών και πωλήσεων";
    x.to.front().name = std::string(200, 'x');
    std::string word = "word";
    for (int i = 0; i < 60; ++i)
      word += " word";
    x.subject = word;
    x.headers = {{"X-Long", "ü" + word}};
    auto mail = compose(x);
    REQUIRE(mail.has_value());
    auto head = mail->content.substr(0, mail->content.find("\r\n\r\n"));
    for (size_t at = 0; at < head.size();) {
      auto end = std::min(head.find("\r\n", at), head.size());
      CHECK_MESSAGE(end - at <= 78, head.substr(at, end - at));
      at = end + 2;
    }
    std::vector<std::pair<std::string, std::string>> fields;
    CHECK(field(*mail, "Subject", fields) == " " + word);
  }

  TEST_CASE("file names in other scripts are encoded as RFC 2231 says") {
    auto x = plain_mail();
    x.attachments = {{"Größe.pdf", "application/pdf", "x"}};
    auto mail = compose(x);
    REQUIRE(mail.has_value());
    CHECK(mail->content.find(
            "Content-Disposition: attachment;\r\n filename*=UTF-8''Gr%C3%B6%C3%9Fe.pdf\r\n")
          != std::string::npos);
  }

  TEST_CASE("quoted-printable keeps to its lines") {
    std::string out;
    append_quoted_printable(out, "a=b \r\n.\r\nFrom x\r\n\r\ntrailing\t\r\n" + std::string(80, 'x')
                                   + "\r\n" + std::string(76, 'y') + "\r\né");
    CHECK(out
          == "a=3Db=20\r\n=2E\r\n=46rom x\r\n\r\ntrailing=09\r\n" + std::string(75, 'x')
               + "=\r\nxxxxx\r\n" + std::string(76, 'y') + "\r\n=C3=A9");
  }

} // TEST_SUITE

} // namespace carillon::test

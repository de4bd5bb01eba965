#include "handlers/email/mail_url.hpp"

#include "base/file/durable_file.hpp"
#include "handlers/email/outbox_transport.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <vector>

namespace carillon::test {

TEST_SUITE("handlers/mail_url") {
  namespace {

  const auto later = std::chrono::steady_clock::time_point::max();

  std::vector<std::string> files_in(const std::string& directory) {
    std::vector<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator{directory})
      out.push_back(entry.path().filename());
    return out;
  }

  } // namespace

  TEST_CASE("directories") {
    CHECK(parse_mail_url("file:data/outbox")->directory == "data/outbox");
    CHECK(parse_mail_url("file:/var/mail")->directory == "/var/mail");
    CHECK(parse_mail_url("file:///var/mail")->directory == "/var/mail");
    CHECK(parse_mail_url("file:a b")->display() == "file:a b");
  }

  TEST_CASE("servers") {
    auto x = parse_mail_url("smtps://ada%40x.org:p%3Aw%2F@mail.example.org");
    REQUIRE(x.has_value());
    CHECK(x->what == mail_target::kind::smtps);
    CHECK(x->host == "mail.example.org");
    CHECK(x->port == 465);
    CHECK(x->user == "ada@x.org");
    CHECK(x->password == "p:w/");
    CHECK(x->display() == "smtps://ada@x.org@mail.example.org:465");
    CHECK_FALSE(x->is_local());
    x = parse_mail_url("smtp://localhost");
    REQUIRE(x.has_value());
    CHECK(x->what == mail_target::kind::smtp);
    CHECK(x->port == 587);
    CHECK(x->is_local());
    x = parse_mail_url("smtp://[::1]:2525/");
    REQUIRE(x.has_value());
    CHECK(x->host == "::1");
    CHECK(x->port == 2525);
    CHECK(x->is_local());
    CHECK(x->display() == "smtp://[::1]:2525");
    CHECK(parse_mail_url("smtp://127.0.0.1:25")->is_local());
    CHECK_FALSE(parse_mail_url("smtp://127.x.example.org:25")->is_local());
  }

  TEST_CASE("what is neither is refused, and never repeated") {
    for (const auto* bad : {"",
                            "file:",
                            "file://host/x",
                            "http://x",
                            "smtp:",
                            "smtp://",
                            "smtp://:25",
                            "smtp://a b",
                            "smtp://u:secret@",
                            "smtp://u:se cret@h",
                            "smtp://u:secret@h:99999",
                            "smtp://u:secret@h:0",
                            "smtp://u:secret@h/path",
                            "smtp://u:secret@h?x=secret",
                            "smtp://u:secret@h#x",
                            "smtp://:secret@h",
                            "smtp://user@h",
                            "smtp://u:secret%0d%0a@h",
                            "smtp://u:sec/ret@h",
                            "mailto:a@b",
                            "smtp://h_x",
                            "smtp://u:%zz@h"}) {
      CAPTURE(std::string{bad});
      auto out = parse_mail_url(bad);
      REQUIRE_FALSE(out.has_value());
      CHECK(out.error().code == ec::invalid_argument);
      CHECK(out.error().detail.find("sec") == std::string::npos);
    }
  }

  TEST_CASE("the outbox has a file per message id, and a repeat replaces it") {
    temporary_directory dir;
    auto outbox = outbox_transport::make(dir.path() + "/a/b");
    REQUIRE(outbox.has_value());
    composed_mail mail{"job-1.x@y", "a@b", {"c@d"}, "one"};
    CHECK((*outbox)->send(mail, later).what == mail_result::verdict::sent);
    mail.content = "two";
    CHECK((*outbox)->send(mail, later).what == mail_result::verdict::sent);
    auto name = outbox_file_name("job-1.x@y");
    CHECK(files_in(dir.path() + "/a/b") == std::vector{name});
    CHECK(*read_whole(dir.path() + "/a/b/" + name, 10) == "two");
    CHECK(read_whole(dir.path() + "/a/b/" + name, 2).error().code == ec::too_large);
    CHECK(read_whole(dir.path() + "/a/b/none", 2).error().code == ec::not_found);
    struct stat info {};
    REQUIRE(::stat((dir.path() + "/a/b/" + name).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0600U);
  }

  TEST_CASE("an outbox that is gone is a temporary failure") {
    temporary_directory dir;
    auto outbox = outbox_transport::make(dir.path() + "/a");
    REQUIRE(outbox.has_value());
    std::filesystem::remove_all(dir.path() + "/a");
    composed_mail mail{"job-1.x@y", "a@b", {"c@d"}, "one"};
    CHECK((*outbox)->send(mail, later).what == mail_result::verdict::temporary);
    std::filesystem::create_directory(dir.path() + "/a");
    CHECK((*outbox)->send(mail, later).what == mail_result::verdict::sent);
  }

  TEST_CASE("several threads may write the same file; what is there is always whole") {
    temporary_directory dir;
    std::vector<std::thread> writers;
    const std::string a(200'000, 'a');
    const std::string b(100'000, 'b');
    for (const auto* text : {&a, &b, &a, &b})
      writers.emplace_back([&dir, text] {
        for (int i = 0; i < 20; ++i)
          CHECK(write_durably(dir.path(), "x", *text).has_value());
      });
    for (int i = 0; i < 100; ++i) {
      auto read = read_whole(dir.path() + "/x", 1'000'000);
      auto whole = !read || *read == a || *read == b;
      CHECK(whole);
    }
    for (auto& writer : writers)
      writer.join();
    CHECK(files_in(dir.path()) == std::vector<std::string>{"x"});
  }

  TEST_CASE("old temporary files are removed, others are left") {
    temporary_directory dir;
    for (const auto* name : {"/.carillon-1-2.tmp", "/.carillon-3-4.tmp", "/x.tmp"})
      REQUIRE(write_durably(dir.path(), name, "x").has_value());
    auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours{2};
    std::filesystem::last_write_time(dir.path() + "/.carillon-1-2.tmp", old);
    std::filesystem::last_write_time(dir.path() + "/x.tmp", old);
    REQUIRE(prepare_directory(dir.path()).has_value());
    CHECK_FALSE(std::filesystem::exists(dir.path() + "/.carillon-1-2.tmp"));
    CHECK(std::filesystem::exists(dir.path() + "/.carillon-3-4.tmp"));
    CHECK(std::filesystem::exists(dir.path() + "/x.tmp"));
  }

} // TEST_SUITE

} // namespace carillon::test

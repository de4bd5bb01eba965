#include "node/process/logging.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace carillon;

TEST_SUITE("node/logging") {
  namespace {

  std::string formatted(log_format format, std::string_view message) {
    spdlog::details::log_msg msg{"carillon", spdlog::level::warn,
                                 spdlog::string_view_t{message.data(), message.size()}};
    spdlog::memory_buf_t out;
    log_formatter{format}.format(msg, out);
    return {out.data(), out.size()};
  }

  std::string contents(const std::string& file) {
    std::ifstream in{file};
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }

  } // namespace

  TEST_CASE("a record is one line of text, whatever it contains") {
    auto line = formatted(log_format::text, "a\nready data=x\r\x1b[2J\x7f\"é");
    CHECK(line.find(" warn a\\x0aready data=x\\x0d\\x1b[2J\\x7f\"é\n") != std::string::npos);
    CHECK(line.find('\n') == line.size() - 1);
  }

  TEST_CASE("a record is one JSON object, whatever it contains") {
    std::string message = "a\n\"b\"\\ \x01 é";
    message += '\0';
    auto line = formatted(log_format::json, message);
    CHECK(line.find('\n') == line.size() - 1);
    rapidjson::Document x;
    x.Parse<rapidjson::kParseValidateEncodingFlag>(line.c_str(), line.size());
    REQUIRE_FALSE(x.HasParseError());
    CHECK(std::string{x["message"].GetString(), x["message"].GetStringLength()} == message);
    CHECK(x["level"] == "warn");
    CHECK(std::string{x["time"].GetString()}.size() == 27);
  }

  TEST_CASE("no character of Unicode begins a line of text") {
    for (const char* bad : {"\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"}) {
      auto line = formatted(log_format::text, std::string{"a"} + bad + "b");
      CHECK(line.find(bad) == std::string::npos);
      CHECK(line.find("a\\x") != std::string::npos);
    }
  }

  TEST_CASE("what is not UTF-8 does not spoil the line") {
    for (const char* bad :
         {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "\x80"}) {
      auto line = formatted(log_format::json, std::string{"a"} + bad + "b");
      rapidjson::Document x;
      x.Parse<rapidjson::kParseValidateEncodingFlag>(line.c_str(), line.size());
      CHECK_FALSE(x.HasParseError());
      CHECK(line.find("\xef\xbf\xbd") != std::string::npos);
    }
  }

  TEST_CASE("a file that was renamed is opened again on demand") {
    test::temporary_directory dir;
    auto file = dir.path() + "/log";
    auto before = spdlog::default_logger();
    auto sink = start_logging({log_format::text, "info", file});
    REQUIRE(sink);
    spdlog::info("one");
    spdlog::debug("less than info");
    std::filesystem::rename(file, file + ".1");
    spdlog::info("two");
    REQUIRE((*sink)->reopen());
    spdlog::info("three");
    spdlog::set_default_logger(before);
    auto old = contents(file + ".1");
    CHECK(old.find("one\n") != std::string::npos);
    CHECK(old.find("two\n") != std::string::npos);
    CHECK(old.find("less") == std::string::npos);
    CHECK(contents(file).find("three\n") != std::string::npos);
  }

  TEST_CASE("a file that can't be opened is refused, and later leaves the open one") {
    test::temporary_directory dir;
    CHECK_FALSE(start_logging({log_format::text, "info", dir.path() + "/no/log"}));
    CHECK_FALSE(start_logging({log_format::text, "loud", ""}));
    log_sink sink{dir.path() + "/sub/log"};
    std::filesystem::create_directory(dir.path() + "/sub");
    REQUIRE(sink.reopen());
    std::filesystem::rename(dir.path() + "/sub", dir.path() + "/gone");
    CHECK_FALSE(sink.reopen());
    sink.log({"carillon", spdlog::level::info, "still here"});
    CHECK(contents(dir.path() + "/gone/log").find("still here") != std::string::npos);
  }
}

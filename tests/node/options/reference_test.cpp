// The tables of the reference documents match the code.

#include "base/failure.hpp"
#include "base/problem.hpp"
#include "messages/sessions/texts.hpp"
#include "messages/telemetry.hpp"
#include "node/options/options.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

using namespace carillon;

TEST_SUITE("node/reference") {
  namespace {

  std::vector<std::string> lines_of(const std::string& document) {
    std::ifstream in{std::string{CARILLON_DOCS} + "/" + document};
    REQUIRE(in);
    std::vector<std::string> out;
    for (std::string line; std::getline(in, line);)
      out.push_back(line);
    return out;
  }

  /// Rows of tables whose first cell begins so.
  std::set<std::string> rows(const std::string& document, const std::string& begin) {
    std::set<std::string> out;
    for (const auto& line : lines_of(document))
      if (line.starts_with(begin))
        out.insert(line);
    return out;
  }

  /// Each difference by itself.
  void check_same(const std::set<std::string>& documented, const std::set<std::string>& real) {
    for (const auto& x : real)
      CHECK_MESSAGE(documented.contains(x), "missing in the document: ", x);
    for (const auto& x : documented)
      CHECK_MESSAGE(real.contains(x), "only in the document: ", x);
  }

  std::string escaped(std::string text) {
    for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
      text.insert(at, "\\");
    return text;
  }

  } // namespace

  TEST_CASE("operations.md has every option with unit, default and meaning") {
    const serve_options standard;
    std::set<std::string> real;
    for (const auto& spec : option_table()) {
      auto value = spec.get(standard);
      real.insert("| `--" + spec.name + "` | " + (spec.unit.empty() ? "switch" : escaped(spec.unit))
                  + " | " + (value.empty() ? "none" : "`" + value + "`") + " | "
                  + escaped(spec.meaning) + " |");
    }
    check_same(rows("operations.md", "| `--"), real);
  }

  TEST_CASE("protocol.md has every error code with its status") {
    std::set<std::string> real;
    for (auto i = 1; i < static_cast<int>(ec::count_); ++i) {
      auto code = static_cast<ec>(i);
      auto pause = retry_after_seconds(code);
      real.insert("| `" + std::string{name_of(code)} + "` | " + std::to_string(http_status_of(code))
                  + " | " + (pause > 0 ? std::to_string(pause) + " s" : "") + " | "
                  + std::string{sentence_of(code)} + " |");
    }
    std::set<std::string> coded;
    for (const auto& x : rows("protocol.md", "| `"))
      if (x.find("` | 4") != std::string::npos || x.find("` | 5") != std::string::npos)
        coded.insert(x);
    check_same(coded, real);
  }

  TEST_CASE("protocol.md has every message of a session, and every close code") {
    std::set<std::string> ops;
    const std::string begin = "| `{\"op\":\"";
    for (const auto& x : rows("protocol.md", begin))
      ops.insert(x.substr(begin.size(), x.find('"', begin.size()) - begin.size()));
    std::set<std::string> real{session_frames.begin(), session_frames.end()};
    real.insert(session_commands.begin(), session_commands.end());
    check_same(ops, real);
    std::set<std::string> codes;
    for (const auto* digit : {"| 1", "| 4"})
      for (const auto& x : rows("protocol.md", digit))
        codes.insert(x.substr(2, x.find(' ', 2) - 2));
    std::set<std::string> real_codes;
    for (auto x : session_close_codes)
      if (x != 0)
        real_codes.insert(std::to_string(x));
    check_same(codes, real_codes);
  }
}

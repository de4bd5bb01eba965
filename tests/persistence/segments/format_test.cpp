#include "persistence/segments/segment_store.hpp"
#include "tests/persistence/segments/made_events.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

// docs/format.md is enough to read a log: a reader of some pages of Python, written by it alone,
// reads what we write.

namespace carillon::segments {

TEST_SUITE("persistence/segment_format") {
  namespace {

  void quote(std::string& out, std::string_view name, std::string_view text) {
    out += ",\"";
    out += name;
    out += "\":\"";
    for (const char c : text) {
      if (c == '"' || c == '\\')
        out += '\\';
      out += c;
    }
    out += '"';
  }

  /// As read_log.py prints it.
  std::string line_of(const event& x, position seq, timestamp recorded_at) {
    auto out = "{\"seq\":" + std::to_string(seq)
               + ",\"audience\":" + std::to_string(static_cast<int>(x.audience))
               + ",\"hops\":" + std::to_string(x.hops)
               + ",\"recordedAt\":" + std::to_string(to_micros(recorded_at))
               + ",\"time\":" + std::to_string(to_micros(x.time));
    quote(out, "type", x.type);
    quote(out, "companyId", x.company_id);
    quote(out, "userId", x.user_id);
    quote(out, "correlationId", x.correlation_id);
    quote(out, "id", x.id);
    quote(out, "source", x.source);
    quote(out, "causationId", x.causation_id);
    quote(out, "traceparent", x.traceparent);
    quote(out, "metadata", x.metadata);
    quote(out, "data", x.data);
    return out + "}";
  }

  struct written_log {
    test::temporary_directory directory;
    std::vector<std::string> lines;

    std::unique_ptr<segment_store> open(bool compresses = false) const {
      auto out
        = segment_store::open(files_in(directory.path()),
                              {.segment_bytes = 65'536, .compresses = compresses}, from_micros(1));
      REQUIRE(out.has_value());
      return std::move(*out);
    }

    void append(segment_store& log, size_t count) {
      std::vector<draft_ptr> drafts;
      const auto at = from_micros(1'700'000'000'000'000 + static_cast<int64_t>(lines.size()));
      for (size_t i = 0; i < count; ++i) {
        drafts.push_back(test::made_event(lines.size() + 1, lines.size() % 400));
        lines.push_back(line_of(*drafts.back(), lines.size() + 1, at));
      }
      REQUIRE(log.writer().append(drafts, at).has_value());
    }
  };

  /// Reads by the other implementation; the lines, and the exit code at the end.
  std::pair<std::vector<std::string>, int> read_by_python(const std::string& directory) {
    test::process reader{
      "/usr/bin/python3", {CARILLON_LOG_READER, directory}, directory + "/reader.txt"};
    std::vector<std::string> lines;
    while (auto line = reader.read_line())
      lines.push_back(std::move(*line));
    return {std::move(lines), reader.wait().value_or(-1)};
  }

  } // namespace

  TEST_CASE("a reader that was written by the document reads the log, sealed or not") {
    written_log x;
    {
      auto log = x.open();
      while (log->log().all()->size() < 3)
        x.append(*log, 1 + x.lines.size() % 9);
      REQUIRE(log->maintain().has_value());
      x.append(*log, 3);
      REQUIRE(log->writer().change_history("another", from_micros(2)).has_value());
      x.append(*log, 2);
      REQUIRE(log->writer().finish(from_micros(3)).has_value());
    }
    const auto [lines, code] = read_by_python(x.directory.path());
    CHECK(code == 0);
    REQUIRE(lines.size() == x.lines.size());
    for (size_t i = 0; i < lines.size(); ++i)
      REQUIRE(lines[i] == x.lines[i]);
  }

  TEST_CASE("it reads compressed files, by the program zstd") {
    written_log x;
    {
      auto log = x.open(true);
      while (log->log().all()->size() < 4)
        x.append(*log, 1 + x.lines.size() % 9);
      for (int i = 0; i < 4; ++i)
        REQUIRE(log->maintain().has_value());
      REQUIRE(log->log().all()->at(2)->is_compressed());
    }
    const auto [lines, code] = read_by_python(x.directory.path());
    CHECK(code == 0);
    REQUIRE(lines.size() == x.lines.size());
    for (size_t i = 0; i < lines.size(); ++i)
      REQUIRE(lines[i] == x.lines[i]);
  }

  TEST_CASE("it finds a changed byte too") {
    written_log x;
    {
      auto log = x.open();
      while (log->log().all()->size() < 2)
        x.append(*log, 5);
    }
    std::fstream file{x.directory.path() + "/" + segment_name(1),
                      std::ios::in | std::ios::out | std::ios::binary};
    file.seekp(6'000);
    file.put('\x7f');
    file.close();
    CHECK(read_by_python(x.directory.path()).second == 1);
  }
}

} // namespace carillon::segments

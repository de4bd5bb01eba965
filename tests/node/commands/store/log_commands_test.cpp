#include "node/commands/commands.hpp"
#include "tests/support/process.hpp"
#include "tests/support/rewritten_log.hpp"

#include <fstream>
#include <iostream>
#include <sstream>
#include <vector>

// `carillon log`.

using namespace carillon;

TEST_SUITE("node/log_commands") {
  namespace {

  struct log_outcome {
    int code = 0;
    std::string out;
    std::string err;
  };

  log_outcome run_log(const std::vector<std::string>& arguments) {
    std::vector<const char*> line{"carillon", "log"};
    for (const auto& x : arguments)
      line.push_back(x.c_str());
    std::ostringstream out;
    std::ostringstream err;
    auto* real_out = std::cout.rdbuf(out.rdbuf());
    auto* real_err = std::cerr.rdbuf(err.rdbuf());
    const auto code = commands::run(static_cast<int>(line.size()), line.data());
    std::cout.rdbuf(real_out);
    std::cerr.rdbuf(real_err);
    return {code, out.str(), err.str()};
  }

  bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  /// A data directory with a log of 30 events, one a frame.
  struct log_directory {
    test::temporary_directory directory;

    log_directory() {
      std::filesystem::create_directories(path() + "/log");
      auto log = segments::segment_store::open(segments::files_in(path() + "/log"),
                                               {.segment_bytes = 1024UL * 1024}, from_micros(1));
      REQUIRE(log.has_value());
      for (int i = 0; i < 30; ++i) {
        auto x = std::make_shared<event>();
        x->id = "e" + std::to_string(i);
        x->type = "order.created";
        x->source = "/shop";
        x->data = R"({"text":")" + std::string(300, 'x') + "\"}";
        REQUIRE((*log)->writer().append(std::vector<draft_ptr>{x}, from_micros(2)).has_value());
      }
      REQUIRE((*log)->writer().finish(from_micros(3)).has_value());
    }

    std::string path() const {
      return directory.path() + "/data";
    }

    void damage() const {
      std::fstream file{path() + "/log/" + segments::segment_name(1),
                        std::ios::in | std::ios::out | std::ios::binary};
      file.seekp(8'000);
      file << "damaged";
    }
  };

  } // namespace

  TEST_CASE("a check says that the log is well, or where it is damaged, by text, JSON and code") {
    const log_directory x;
    auto result = run_log({"check", "--data-dir", x.path()});
    CHECK(result.code == 0);
    CHECK(has(result.out, "well: 30 events can be read in 1 file, from position 1 on"));
    CHECK(run_log({"check", "--quiet", "--data-dir", x.path()}).out == "well\n");
    x.damage();
    result = run_log({"check", "--data-dir", x.path()});
    CHECK(result.code == 1);
    CHECK(has(result.out, segments::segment_name(1) + ": "));
    CHECK(has(result.out, "from position "));
    CHECK(has(result.out, "carillon log repair --data-dir " + x.path()));
    CHECK(run_log({"check", "--quiet", "--data-dir", x.path()}).out == "damaged\n");
    result = run_log({"check", "--json", "--data-dir", x.path()});
    CHECK(result.code == 1);
    CHECK(has(result.out, R"("well":false)"));
    CHECK(has(result.out, R"("file":")" + segments::segment_name(1)));
  }

  TEST_CASE("a repair is announced, and done with --yes only") {
    const log_directory x;
    x.damage();
    auto result = run_log({"repair", "--data-dir", x.path()});
    CHECK(result.code == 1);
    CHECK(has(result.out, "nothing was changed"));
    CHECK(has(result.out, "--yes"));
    CHECK(run_log({"check", "--quiet", "--data-dir", x.path()}).code == 1);
    result = run_log({"repair", "--yes", "--data-dir", x.path()});
    CHECK(result.code == 0);
    CHECK(has(result.out, "1 event was lost"));
    CHECK(has(result.out, "log.event_lost"));
    CHECK(has(result.out, "kept as it was: log/" + segments::segment_name(1) + ".cut"));
    CHECK(has(result.out, "new history"));
    CHECK(has(result.out, "ends at position 30"));
    CHECK(run_log({"check", "--quiet", "--data-dir", x.path()}).out == "well\n");
    CHECK(has(run_log({"repair", "--yes", "--data-dir", x.path()}).out, "nothing was changed"));
    CHECK(run_log({"repair", "--yes", "--quiet", "--data-dir", x.path()}).out == "0\n");
  }

  TEST_CASE("no directory is code 1, wrong usage code 2") {
    CHECK(run_log({"check", "--data-dir", "/nonexistent"}).code == 1);
    CHECK(run_log({"repair", "--yes", "--data-dir", "/nonexistent"}).code == 1);
    CHECK(run_log({"repair"}).code == 2);
    CHECK(run_log({"repair", "--yes"}).code == 2);
    CHECK(run_log({"mend"}).code == 2);
    CHECK(run_log({}).code == 2);
  }
}

#include "node/input_file.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("node/input_file") {
  namespace {

  struct fixture {
    test::temporary_directory dir;
    std::string path = dir.path() + "/input";
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a file is read whole, without a byte order mark") {
    const std::string bytes{"a\0b\xef\xbb\xbf\n", 7};
    std::ofstream{path, std::ios::binary} << "\xef\xbb\xbf" << bytes;
    CHECK(read_input_file(path, 10).value() == bytes);
    std::ofstream{path} << "";
    CHECK(read_input_file(path, 10).value().empty());
  }

  TEST_CASE_FIXTURE(fixture, "what is no file, is not there, or is too long is refused by name") {
    std::ofstream{path} << "0123456789";
    CHECK(read_input_file(path, 10));
    CHECK_FALSE(read_input_file(path, 9));
    for (const auto& bad : {dir.path(), dir.path() + "/missing", std::string{"/dev/zero"}}) {
      auto refused = read_input_file(bad, 10);
      REQUIRE_FALSE(refused);
      CHECK(refused.error().code == ec::invalid_argument);
      CHECK(refused.error().detail.starts_with("cannot read " + bad + ": "));
    }
  }

  TEST_CASE_FIXTURE(fixture,
                    "a pipe is read to its end, and one that nobody writes to is refused") {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    auto refused = read_input_file(path, 10, 20ms);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail == "cannot read " + path + ": nobody writes into this pipe");
    std::thread writer{[this] { std::ofstream{path} << "readers" << std::flush << " = 3"; }};
    CHECK(read_input_file(path, 100, 20s).value() == "readers = 3");
    writer.join();
    // Like `<(…)`: the writer may have ended.
    int ends[2] = {};
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    REQUIRE(::write(ends[1], "abc", 3) == 3);
    ::close(ends[1]);
    CHECK(read_input_file("/dev/fd/" + std::to_string(ends[0]), 10, 20s).value() == "abc");
    ::close(ends[0]);
  }
}

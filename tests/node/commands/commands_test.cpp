#include "base/text/uri.hpp"
#include "node/commands/commands.hpp"
#include "node/commands/support/api_client.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iostream>
#include <sstream>
#include <vector>

using namespace carillon;

TEST_SUITE("node/commands") {
  namespace {

  struct outcome {
    int code = 0;
    std::string out;
    std::string err;
  };

  /// Runs a command line in this process.
  outcome run(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "carillon");
    std::ostringstream out;
    std::ostringstream err;
    auto* real_out = std::cout.rdbuf(out.rdbuf());
    auto* real_err = std::cerr.rdbuf(err.rdbuf());
    auto code = commands::run(static_cast<int>(arguments.size()), arguments.data());
    std::cout.rdbuf(real_out);
    std::cerr.rdbuf(real_err);
    return {code, out.str(), err.str()};
  }

  } // namespace

  TEST_CASE("help and version succeed") {
    for (std::vector<const char*> line : {std::vector<const char*>{"--help"},
                                          {"--version"},
                                          {"version"},
                                          {"serve", "--help"},
                                          {"keys", "create", "--help"}}) {
      auto result = run(line);
      CHECK(result.code == 0);
      CHECK_FALSE(result.out.empty());
      CHECK(result.err.empty());
    }
  }

  TEST_CASE("wrong usage is code 2, with a reason on standard error") {
    for (std::vector<const char*> line : {std::vector<const char*>{},
                                          {"nonsense"},
                                          {"serve", "--nonsense"},
                                          {"serve", "--listen", "nonsense"},
                                          {"serve", "--listen"},
                                          {"serve", "stray"},
                                          {"serve", "--config", "/nonexistent"},
                                          {"serve", "--dev", "--listen", "0.0.0.0:0"},
                                          {"serve", "--readers", "many"},
                                          {"publish", "--timeout", "3"},
                                          {"publish", "--url", "127.0.0.1:1"},
                                          {"publish", "--url", "ftp://x"},
                                          {"publish", "--batch", "1001"},
                                          {"publish", "/nonexistent"},
                                          {"query", "--types", "Order"},
                                          {"query", "--from", "yesterday"},
                                          {"query", "--order", "up"},
                                          {"tail", "--since", "x"},
                                          {"tail", "--since", "1.5"},
                                          {"backup"},
                                          {"backup", "a", "b"},
                                          {"restore", "a"},
                                          {"replay"},
                                          {"replay", "1", "--types", "order.*"},
                                          {"replay", "o-1001"},
                                          {"query", "o-1001"},
                                          {"keys"},
                                          {"keys", "create"},
                                          {"keys", "create", "--name", "x", "--role", "king"},
                                          {"keys", "delete", "x"},
                                          {"audit"},
                                          {"webhooks"},
                                          {"webhooks", "verify"},
                                          {"check-config", "--readers", "0"},
                                          {"audit", "verify", "--data-dir", "x", "--store", "y"}}) {
      std::string text;
      for (const char* x : line)
        text += std::string{x} + " ";
      CAPTURE(text);
      auto result = run(line);
      CHECK(result.code == 2);
      CHECK_FALSE(result.err.empty());
      CHECK(result.out.empty());
    }
  }

  TEST_CASE("a node that is not there is code 1") {
    // Port 9 (discard) is not served on loopback.
    for (std::vector<const char*> line :
         {std::vector<const char*>{"query", "--admin-url", "http://127.0.0.1:9"},
          {"stats", "--admin-url", "http://127.0.0.1:9"},
          {"audit", "verify", "--data-dir", "/nonexistent"}}) {
      auto result = run(line);
      CHECK(result.code == 1);
      CHECK_FALSE(result.err.empty());
    }
  }

  TEST_CASE("check-config prints what would hold") {
    auto result = run({"check-config", "--dev", "--readers", "7"});
    CHECK(result.code == 0);
    CHECK(result.out.find("readers = 7\n") != std::string::npos);
    CHECK(result.out.find("dev = true\n") != std::string::npos);
    CHECK(result.out.find("listen = \"127.0.0.1:7070\"\n") != std::string::npos);
  }

  TEST_CASE("check-config prints no secret") {
    auto result = run({"check-config", "--jwt-secret", "a secret of at least thirty-two bytes"});
    CHECK(result.code == 0);
    CHECK(result.out.find("jwt-secret = \"***\"\n") != std::string::npos);
    CHECK(result.out.find("thirty-two") == std::string::npos);
    CHECK(result.err.empty());
  }

  TEST_CASE("check-config finds a broken mail template") {
    test::temporary_directory dir;
    auto file = dir.path() + "/welcome.subject.mustache";
    std::ofstream{file} << "Hello {{userId}";
    auto result = run({"check-config", "--mail-templates", dir.path().c_str()});
    CHECK(result.code == 2);
    CHECK(result.out.empty());
    CHECK(result.err.find(file + ":1:7 ") != std::string::npos);
    std::ofstream{file} << "Hello {{userId}}";
    CHECK(run({"check-config", "--mail-templates", dir.path().c_str()}).code == 0);
    CHECK(run({"check-config", "--mail-templates", "/nonexistent"}).code == 2);
  }

  TEST_CASE("path segments are escaped") {
    CHECK(as_path_segment("a-1.B_~") == "a-1.B_~");
    CHECK(as_path_segment("a/b?c d%é") == "a%2Fb%3Fc%20d%25%C3%A9");
  }
}

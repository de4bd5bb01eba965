#include "base/time.hpp"
#include "messages/webhooks/signature.hpp"
#include "tests/node/fake_node.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

using namespace carillon;
using carillon::test::command_outcome;
using carillon::test::run_command;

TEST_SUITE("node/webhooks_verify") {
  namespace {

  // The vector that Standard Webhooks publishes.
  const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const std::string id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
  const std::string signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
  const std::string body = R"({"test": 2432232314})";

  struct fixture {
    test::temporary_directory dir;

    std::string write(const std::string& name, const std::string& text) const {
      auto path = dir.path() + "/" + name;
      std::ofstream{path, std::ios::binary} << text;
      return path;
    }

    /// Runs `webhooks verify` in this process.
    static command_outcome run(std::vector<std::string> arguments) {
      arguments.insert(arguments.begin(), {"webhooks", "verify"});
      return run_command(arguments);
    }

    /// The published message with these arguments too.
    command_outcome run_vector(const std::string& text,
                               const std::vector<std::string>& more) const {
      std::vector<std::string> line{"--id",        id,        "--timestamp",      "1614265330",
                                    "--signature", signature, write("body", text)};
      line.insert(line.end(), more.begin(), more.end());
      return run(line);
    }
  };

  bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  } // namespace

  TEST_CASE_FIXTURE(fixture, "the published message is valid, at its age") {
    auto x = run_vector(body, {"--secret", secret, "--any-age"});
    CHECK(x.code == 0);
    CHECK(x.out == "valid\n");
    x = run_vector(body, {"--secret", secret});
    CHECK(x.code == 1);
    CHECK(has(x.out, "not valid: the timestamp is too old by "));
    CHECK(has(x.out, "(webhook-timestamp)"));
    CHECK_FALSE(has(x.out, "hint"));
  }

  TEST_CASE_FIXTURE(fixture, "a message of now is valid within the tolerance") {
    const auto pair = make_webhook_secret(webhook_secret_kind::ed25519).value();
    const auto now = to_micros(wall_clock_now()) / 1'000'000;
    const auto known = public_text(pair).value();
    auto check = [&](int64_t time, const std::string& tolerance) {
      return run({"--id", "msg_1", "--timestamp", std::to_string(time), "--signature",
                  sign(pair, "msg_1", time, "{}").value(), "--secret", known, "--tolerance",
                  tolerance, write("body", "{}")});
    };
    CHECK(check(now, "30s").code == 0);
    CHECK(check(now - 1000, "2h").code == 0);
    CHECK(has(check(now - 1000, "30s").out, "too old by"));
    CHECK(has(check(now + 1000, "30s").out, "too new by"));
    CHECK(check(now, "soon").code == 2);
  }

  TEST_CASE_FIXTURE(fixture, "a changed body is not, with a hint at the usual causes") {
    auto x = run_vector(body + "\n", {"--secret", secret, "--any-age"});
    CHECK(x.code == 1);
    CHECK(has(x.out, "not valid: the signature does not match"));
    CHECK(has(x.out, "hint: it matches the body without its last line break\n"));
    x = run_vector("{}", {"--secret", secret, "--any-age"});
    CHECK(x.code == 1);
    CHECK_FALSE(has(x.out, "hint"));
    CHECK(x.err.empty());
  }

  TEST_CASE_FIXTURE(fixture, "any of several secrets, by flag or from a file") {
    const auto other = to_text(make_webhook_secret(webhook_secret_kind::hmac).value()).value();
    CHECK(run_vector(body, {"--secret", other, "--secret", secret, "--any-age"}).code == 0);
    CHECK(run_vector(body, {"--secret", other, "--any-age"}).code == 1);
    const auto file = write("secrets", other + "\n\r\n" + secret + "\r\n");
    CHECK(run_vector(body, {"--secret-file", file, "--any-age"}).code == 0);
    CHECK(run_vector(body, {"--secret-file", write("one", other), "--any-age"}).code == 1);
    const auto marked = write("marked", "\xef\xbb\xbf" + secret + "\r\n");
    CHECK(run_vector(body, {"--secret-file", marked, "--any-age"}).code == 0);
  }

  TEST_CASE_FIXTURE(fixture, "the secret may come from the environment") {
    REQUIRE(::setenv("CARILLON_WEBHOOK_SECRET", secret.c_str(), 1) == 0);
    const auto x = run_vector(body, {"--any-age"});
    ::unsetenv("CARILLON_WEBHOOK_SECRET");
    CHECK(x.code == 0);
    CHECK(x.out == "valid\n");
  }

  TEST_CASE_FIXTURE(fixture, "what cannot be used is wrong usage, and keeps the secret") {
    const std::string cut = secret.substr(0, 20);
    for (const auto& more : {std::vector<std::string>{},
                             {"--secret", cut},
                             {"--secret-file", dir.path() + "/none"},
                             {"--secret-file", write("empty", "\n")}}) {
      auto x = run_vector(body, more);
      CHECK(x.code == 2);
      CHECK(x.out.empty());
      CHECK_FALSE(x.err.empty());
      CHECK_FALSE(has(x.err, cut));
    }
    auto x = run({"--id", id, "--timestamp", "1", "--signature", signature, "--secret", secret,
                  dir.path() + "/none"});
    CHECK(x.code == 2);
    CHECK(has(x.err, "cannot read"));
  }
}

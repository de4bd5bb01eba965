#include "actors/evidence/witness_file.hpp"
#include "actors/evidence/witness_url.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

namespace carillon::test {

TEST_SUITE("actors/witness") {
  namespace {

  using namespace std::chrono_literals;

  std::string text_in(const std::string& path) {
    std::stringstream out;
    out << std::ifstream{path}.rdbuf();
    return out.str();
  }

  /// What the witness said; "no answer" if it did not.
  std::string give(witness& to, const std::string& note) {
    auto promise = std::make_shared<std::promise<std::string>>();
    auto answer = promise->get_future();
    to.give(note, [promise](std::string x) { promise->set_value(std::move(x)); });
    return answer.wait_for(30s) == std::future_status::ready ? answer.get() : "no answer";
  }

  struct called {
    http_request request;
    http_response response;

    http_call call() {
      return [this](http_request x, const std::function<void(http_response_ptr)>& done) {
        request = std::move(x);
        done(std::make_shared<const http_response>(response));
      };
    }
  };

  } // namespace

  TEST_CASE("a file gets one note after the other, and nobody else may read it") {
    const temporary_directory dir;
    const auto path = dir.path() + "/witness";
    const auto made = witness_file::make(path);
    REQUIRE(made);
    CHECK((*made)->shown() == "file");
    CHECK((*made)->named() == path);
    CHECK(give(**made, "a\n").empty());
    CHECK(give(**made, "b\n").empty());
    CHECK(text_in(path) == "a\n\nb\n\n");
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
  }

  TEST_CASE("a note follows one that was cut behind empty lines") {
    const temporary_directory dir;
    const auto path = dir.path() + "/witness";
    for (const std::string rest :
         {"carillon/ab", "x", "a\n\n\xe2\x80\x94 carillon/ab xyz", "a\n"}) {
      CAPTURE(rest);
      std::ofstream{path} << rest;
      CHECK(append_to_witness(path, "b\n"));
      CHECK(text_in(path) == rest + "\n\nb\n\n");
    }
    std::ofstream{path} << "a\n\n";
    CHECK(append_to_witness(path, "b\n"));
    CHECK(text_in(path) == "a\n\nb\n\n");
  }

  TEST_CASE("a file that cannot be written says why, and is tried again") {
    const temporary_directory dir;
    const auto path = dir.path() + "/none/witness";
    const auto made = witness_file::make(path);
    REQUIRE(made);
    CHECK(give(**made, "a\n") == "the checkpoint cannot be appended: No such file or directory");
    std::filesystem::create_directory(dir.path() + "/none");
    CHECK(give(**made, "a\n").empty());
  }

  TEST_CASE("a receiver is posted to as the operator's own call") {
    called to;
    to.response.status = 204;
    witness_url x{"https://w.test:8443/a?token=s", 3s, to.call()};
    CHECK(x.shown() == "https://w.test:8443");
    CHECK(x.named() == "https://w.test:8443");
    CHECK(give(x, "note\n").empty());
    CHECK(to.request.url == "https://w.test:8443/a?token=s");
    REQUIRE(to.request.body);
    CHECK(*to.request.body == "note\n");
    REQUIRE(to.request.headers.size() == 1);
    CHECK(to.request.headers.front().second == "text/plain; charset=utf-8");
    CHECK(to.request.total_deadline == 3s);
    CHECK(to.request.connect_deadline == 3s);
    CHECK(to.request.private_targets);
    CHECK(to.request.company.empty());
  }

  TEST_CASE("an answer without success is a trouble, and so is none") {
    called to;
    witness_url x{"https://w.test/", 3s, to.call()};
    for (const int status : {302, 404, 409, 500}) {
      to.response.status = status;
      CHECK(give(x, "note\n") == "it answered " + std::to_string(status));
    }
    to.response = {.fault = http_fault::tls, .error = "the certificate has expired"};
    CHECK(give(x, "note\n") == "tls: the certificate has expired");
    to.response = {.fault = http_fault::timeout};
    CHECK(give(x, "note\n") == "timeout");
  }
}

} // namespace carillon::test

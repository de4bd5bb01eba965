#include "net/tls/tls_input.hpp"

#include <doctest/doctest.h>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/bio.h>

using namespace carillon;

TEST_SUITE("net/tls input") {
  namespace {

  /// An input whose socket is one end of a pair.
  struct input_pair {
    std::array<int, 2> ends{-1, -1};
    std::unique_ptr<tls_input> input;
    BIO* bio = nullptr;

    input_pair() {
      REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
      input = std::make_unique<tls_input>(ends[0]);
      bio = input->make_bio();
    }

    input_pair(const input_pair&) = delete;
    input_pair& operator=(const input_pair&) = delete;

    ~input_pair() {
      BIO_free(bio);
      ::close(ends[0]);
      ::close(ends[1]);
    }

    void arrives(std::string_view bytes) const {
      REQUIRE(::write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    }

    /// What OpenSSL gets that asks for so much; "-" if it is to ask again.
    std::string asks(int size) const {
      std::string out(static_cast<size_t>(size), '\0');
      const auto count = BIO_read(bio, out.data(), size);
      if (count < 0)
        return BIO_should_read(bio) != 0 ? "-" : "failed";
      out.resize(static_cast<size_t>(count));
      return out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(input_pair, "what was given comes before what the socket has") {
    arrives("socket");
    const std::string given = "given";
    input->give(given.data(), given.size());
    CHECK(asks(2) == "gi");
    CHECK(asks(10) == "ven");
    CHECK(asks(10) == "socket");
    CHECK(asks(10) == "-");
    input->keep_rest();
    CHECK(input->size() == 0);
  }

  TEST_CASE_FIXTURE(input_pair, "what is left of the given is kept, though its place changes") {
    std::string given = "given";
    input->give(given.data(), given.size());
    CHECK(asks(2) == "gi");
    input->keep_rest();
    CHECK(input->size() == 3);
    given = "other";
    arrives("socket");
    CHECK(asks(1) == "v");
    input->keep_rest();
    CHECK(input->size() == 2);
    CHECK(asks(10) == "en");
    CHECK(asks(10) == "socket");
    input->keep_rest();
    CHECK(input->size() == 0);
  }

  TEST_CASE_FIXTURE(input_pair, "bytes of the socket do not overtake its owner") {
    arrives("socket");
    input->leave_socket(true);
    CHECK(asks(10) == "-");
    input->keep_rest();
    CHECK(input->size() == 0);
    input->leave_socket(false);
    CHECK(asks(10) == "socket");
    input->keep_rest();
  }

  TEST_CASE_FIXTURE(input_pair, "what one input has left is not another's") {
    const input_pair second;
    arrives("first");
    second.arrives("second");
    CHECK(asks(1) == "f");
    input->keep_rest();
    CHECK(second.asks(1) == "s");
    second.input->keep_rest();
    CHECK(asks(10) == "irst");
    input->keep_rest();
    CHECK(second.asks(10) == "econd");
    second.input->keep_rest();
  }
}

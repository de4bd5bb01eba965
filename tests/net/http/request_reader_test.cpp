#include "net/http/request_reader.hpp"

#include "net/data/port/gate.hpp"

#include "tests/net/data/data_port_fixture.hpp"

#include <vector>

using namespace carillon;
using namespace carillon::test;
using data::request_reader;

TEST_SUITE("net/request_reader") {
  namespace {

  struct reader_fixture {
    data_port_options options;
    key_ring keys;
    data::gate entrance{options, keys, nullptr};
    data::body_budget budget{.limit = 1'000'000, .used = 0};

    reader_fixture() {
      keys.admit_everyone();
    }

    /// Feeds the stream in pieces that end at the cuts; what came out, in words.
    std::vector<std::string> read(std::string_view stream, const std::vector<size_t>& cuts) {
      request_reader reader{entrance, budget};
      std::vector<std::string> out;
      std::string pending;
      size_t from = 0;
      for (size_t i = 0; i <= cuts.size(); ++i) {
        auto to = i < cuts.size() ? cuts[i] : stream.size();
        pending += stream.substr(from, to - from);
        from = to;
        while (!pending.empty()) {
          size_t used = 0;
          auto step = reader.feed(pending, used);
          if (step == request_reader::step::complete)
            out.emplace_back(reader.body());
          if (step == request_reader::step::refused)
            out.push_back("! " + reader.refused().why.detail);
          auto close = step == request_reader::step::refused && reader.refused().close;
          pending.erase(0, used);
          if (close)
            return out;
          if (step == request_reader::step::need_more)
            break;
          reader.next();
        }
      }
      return out;
    }
  };

  std::string stream_of_requests() {
    const std::string chunked = "POST /api/events HTTP/1.1\r\nHost: localhost\r\n"
                                "Content-Type: application/json\r\n"
                                "Transfer-Encoding: chunked\r\n\r\n";
    return post("{\"a\":1}") + health + "\r\n" + post("[1,2]", "Expect: 100-continue\r\n") + chunked
           + "3\r\n{ab\r\n2;x=\"y\"\r\ncd\r\n0\r\nX-T: 1\r\n\r\n" + chunked + "0\r\n\r\n" + chunked
           + "1\r\n0\r\n00\r\n\r\n" + post("no", {}, "text/plain") + post("{last}");
  }

  } // namespace

  TEST_CASE_FIXTURE(reader_fixture, "a stream gives the same requests however it is cut") {
    auto stream = stream_of_requests();
    auto whole = read(stream, {});
    REQUIRE(whole.size() == 8);
    CHECK(whole[0] == "{\"a\":1}");
    CHECK(whole[1].empty());
    CHECK(whole[2] == "[1,2]");
    CHECK(whole[3] == "{abcd");
    CHECK(whole[4].empty());
    CHECK(whole[5] == "0");
    CHECK(whole[6].starts_with("! send application/json"));
    CHECK(whole[7] == "{last}");
    for (size_t cut = 1; cut < stream.size(); ++cut) {
      CAPTURE(cut);
      REQUIRE(read(stream, {cut}) == whole);
    }
    std::vector<size_t> everywhere;
    for (size_t cut = 1; cut < stream.size(); ++cut)
      everywhere.push_back(cut);
    CHECK(read(stream, everywhere) == whole);
    CHECK(budget.used == 0);
  }

  TEST_CASE_FIXTURE(reader_fixture, "a refused stream is refused however it is cut") {
    for (const auto& stream :
         {std::string{"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"},
          std::string{"GET / HTTP/1.1\r\nA: b\r\n c\r\nHost: x\r\n\r\n"},
          std::string{"POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
          std::string{
            "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n"}}) {
      CAPTURE(stream);
      auto whole = read(stream, {});
      REQUIRE(whole.size() == 1);
      CHECK(whole[0].starts_with("! "));
      for (size_t cut = 1; cut < stream.size(); ++cut)
        REQUIRE(read(stream, {cut}) == whole);
    }
    CHECK(budget.used == 0);
  }

  TEST_CASE_FIXTURE(reader_fixture, "a body in one piece is not copied") {
    request_reader reader{entrance, budget};
    auto request = post("{\"a\":1}");
    size_t used = 0;
    REQUIRE(reader.feed(request, used) == request_reader::step::complete);
    CHECK(used == request.size());
    CHECK(reader.body().data() == request.data() + request.size() - 7);
  }

  TEST_CASE_FIXTURE(reader_fixture, "the header limit counts every byte") {
    auto request = [](size_t size) {
      std::string out = "GET /healthz HTTP/1.1\r\nHost: x\r\nX: ";
      return out + std::string(size - out.size() - 4, 'a') + "\r\n\r\n";
    };
    CHECK(read(request(options.header_bytes), {}) == std::vector<std::string>{""});
    CHECK(read(request(options.header_bytes + 1), {}).at(0).starts_with("! the header exceeds"));
    // Also where the lines come one by one.
    std::string lines = "GET /healthz HTTP/1.1\r\nHost: x\r\n";
    std::vector<size_t> cuts;
    while (lines.size() < 2 * options.header_bytes) {
      lines += "X-A: b\r\n";
      cuts.push_back(lines.size());
    }
    CHECK(read(lines, cuts).at(0).starts_with("! the header exceeds"));
  }
}

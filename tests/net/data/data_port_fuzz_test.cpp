#include "tests/net/data/data_port_fixture.hpp"
#include "tests/support/random_run.hpp"

#include <cstdlib>
#include <random>
#include <vector>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/data_port fuzz") {
  namespace {

  std::vector<std::string> valid_requests() {
    auto json = event_json();
    return {
      post(json),
      post("[" + json + "," + json + "]"),
      post(json, "Expect: 100-continue\r\nX-Other: y\r\n"),
      post(R"({"n":1})",
           "ce-specversion: 1.0\r\nce-type: test.thing\r\nce-source: /\r\nce-id: 1\r\n"),
      post(R"({"specversion":"1.0","type":"test.thing","source":"/","id":"1","data":{}})", {},
           "application/cloudevents+json"),
      "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n5\r\n"
        + json.substr(0, 5) + "\r\n" +
        [&] {
          char size[20];
          std::snprintf(size, sizeof(size), "%zx", json.size() - 5);
          return std::string{size};
        }()
        + ";a=b\r\n" + json.substr(5) + "\r\n0\r\nX-T: 1\r\n\r\n",
      health,
      "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    };
  }

  class mutator {
  public:
    explicit mutator(uint32_t seed) : random_(seed) {
    }

    size_t below(size_t n) {
      return std::uniform_int_distribution<size_t>{0, n - 1}(random_);
    }

    void change(std::string& x) {
      static const std::vector<std::string> pieces{"\r\n",
                                                   "\n",
                                                   "\r\n\r\n",
                                                   " ",
                                                   ":",
                                                   std::string(1, '\0'),
                                                   "\xff",
                                                   "0\r\n\r\n",
                                                   "Content-Length: 5\r\n",
                                                   "Transfer-Encoding: chunked\r\n",
                                                   "{",
                                                   "]",
                                                   "\"",
                                                   "-1",
                                                   "99999999999999999999",
                                                   "HTTP/1.0",
                                                   "Connection: close\r\n"};
      auto at = below(x.size());
      switch (below(6)) {
      case 0:
        x[at] = static_cast<char>(below(256));
        break;
      case 1:
        x.erase(at, 1 + below(8));
        break;
      case 2:
        x.insert(at, pieces[below(pieces.size())]);
        break;
      case 3:
        x.insert(at, x.substr(below(x.size()), 1 + below(40)));
        break;
      case 4:
        x.resize(at + 1);
        break;
      default:
        x[at] = static_cast<char>(x[at] ^ static_cast<char>(1U << below(8)));
      }
    }

  private:
    std::mt19937 random_;
  };

  size_t count(std::string_view text, std::string_view what) {
    size_t out = 0;
    for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
      ++out;
    return out;
  }

  } // namespace

  TEST_CASE_FIXTURE(port_fixture, "mutated requests never break the port") {
    start();
    auto seed = seed_of_run();
    MESSAGE("CARILLON_SEED=" << seed);
    mutator random{seed};
    auto valid = valid_requests();
    for (int i = 0; i < 3'000; ++i) {
      std::string bytes;
      for (auto n = 1 + random.below(3); n > 0; --n)
        bytes += valid[random.below(valid.size())];
      for (auto n = random.below(5); n > 0; --n)
        if (!bytes.empty())
          random.change(bytes);
      CAPTURE(i);
      auto before = router.drafts().size();
      auto client = connect();
      client.send(bytes);
      client.end_sending();
      auto answers = client.read_all();
      REQUIRE(!client.timed_out());
      REQUIRE((answers.empty() || answers.starts_with("HTTP/1.1 ")));
      // Every draft has its receipt and the other way round.
      REQUIRE(count(answers, R"({"seq":)") == router.drafts().size() - before);
    }
    CHECK(healthy());
  }

  TEST_CASE_FIXTURE(port_fixture, "requests cut anywhere are the same requests") {
    start();
    std::string stream;
    for (const auto& x : valid_requests())
      stream += x;
    stream += "GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    auto statuses = [&](size_t cut) {
      auto client = connect();
      client.send(std::string_view{stream}.substr(0, cut));
      client.send(std::string_view{stream}.substr(cut));
      std::vector<int> out;
      for (auto got = client.read(); got.status != 0; got = client.read())
        if (got.status != 100)
          out.push_back(got.status);
      return out;
    };
    std::vector<int> whole{201, 200, 201, 201, 201, 201, 200, 200, 404};
    REQUIRE(statuses(0) == whole);
    for (size_t cut = 1; cut < stream.size(); ++cut) {
      CAPTURE(cut);
      REQUIRE(statuses(cut) == whole);
    }
    CHECK(healthy());
  }
}

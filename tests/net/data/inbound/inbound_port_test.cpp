#include "base/crypto/sha256.hpp"
#include "tests/messages/inbound/signed_requests.hpp"
#include "tests/net/data/data_port_fixture.hpp"

#include <string>
#include <utility>
#include <vector>

// Requests of providers of webhooks, from their bytes to their answers.

namespace carillon::test {

TEST_SUITE("net/inbound_port") {
  namespace {

  struct inbound_fixture : port_fixture {
    std::shared_ptr<inbound_book> book = std::make_shared<inbound_book>();
    std::vector<refused_access> refusals;

    live_source github = made(inbound_preset::github, "It's a Secret to Everybody");
    live_source slack = made(inbound_preset::slack, "8f742231b10e8888abcd99yyyzzz85a5");
    live_source stripe = made(inbound_preset::stripe, "whsec_test_secret");
    live_source meta = made_meta();

    inbound_fixture() {
      inbound_book::sources all;
      for (const auto* x : {&github, &slack, &stripe, &meta})
        all.emplace(x->source.name, std::make_shared<const live_source>(*x));
      book->set(std::move(all));
    }

    static live_source made(inbound_preset preset, std::string secret) {
      auto out = source_of(preset, std::move(secret));
      out.source.company_id = "acme";
      return out;
    }

    static live_source made_meta() {
      auto out = made(inbound_preset::hmac, "app-secret");
      out.source.name = "meta";
      out.source.signature = {.header = "x-hub-signature-256", .prefix = "sha256="};
      out.source.type = *inbound_template::parse("meta.{/object}");
      out.source.id = *inbound_template::parse("{sha256}");
      out.source.verify_token_hash = sha256_hex("token-of-meta");
      return out;
    }

    data_port_backend backend() override {
      auto out = port_fixture::backend();
      out.inbound = book;
      out.on_refused = [this](const refused_access& x) { refusals.push_back(x); };
      return out;
    }

    /// The bytes of a delivery.
    static std::string request(const std::string& path, std::string_view body,
                               const inbound_headers& headers,
                               const std::string& type = "application/json") {
      auto out = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\n";
      if (!type.empty())
        out += "Content-Type: " + type + "\r\n";
      for (const auto& [name, value] : headers)
        out += name + ": " + value + "\r\n";
      return out + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n"
             + std::string{body};
    }

    answer deliver(const live_source& of, std::string_view body, const std::string& id = "d-1",
                   const std::string& type = "application/json") const {
      return ask(request("/in/" + of.source.name, body,
                         signed_headers(of, body, wall_clock_now(), id), type));
    }

    uint64_t counted(inbound_outcome x) const {
      return stats->inbound_requests.at(static_cast<size_t>(x)).load();
    }
  };

  const std::string push = R"({"ref":"refs/heads/main","n":1})";

  } // namespace

  TEST_CASE_FIXTURE(inbound_fixture,
                    "a genuine delivery is an event, and its repeat the same one") {
    start();
    const auto got = deliver(github, push);
    CHECK(got.status == 202);
    CHECK(got.body == R"({"id":"d-1","duplicate":false})");
    router.verdict = [](const event&) { return receipt{.seq = 1, .duplicate = true}; };
    const auto again = deliver(github, push);
    CHECK(again.status == 202);
    CHECK(again.body == R"({"id":"d-1","duplicate":true})");
    REQUIRE(router.drafts().size() == 2);
    const auto& x = *router.drafts().front();
    CHECK(x.type == "github.push");
    CHECK(x.id == "d-1");
    CHECK(x.source == "/in/github");
    CHECK(x.company_id == "acme");
    CHECK(x.data == push);
    CHECK(counted(inbound_outcome::accepted) == 1);
    CHECK(counted(inbound_outcome::duplicate) == 1);
  }

  TEST_CASE_FIXTURE(inbound_fixture, "the answer comes when the event is on disk, not before") {
    router.set_mode(fake_router::mode::hold);
    start();
    auto client = connect();
    client.send(request("/in/github", push, signed_headers(github, push, wall_clock_now())));
    REQUIRE(eventually([&] { return router.held() == 1; }));
    CHECK_FALSE(client.has_input());
    router.release();
    CHECK(client.read().status == 202);
    router.set_mode(fake_router::mode::fail);
    router.fault = {ec::quota_exceeded, "the company has its share", {}};
    const auto share = deliver(github, push);
    CHECK(share.status == 429);
    CHECK(share.field("retry-after") == "1");
    router.fault = {ec::store_unavailable, "the store is away", {}};
    CHECK(deliver(github, push).status == 503);
    CHECK(counted(inbound_outcome::unavailable) == 2);
  }

  TEST_CASE_FIXTURE(inbound_fixture, "an id of another type is a conflict that says no position") {
    router.verdict
      = [](const event&) { return receipt{.seq = 4711, .conflicting_type = "github.ping"}; };
    start();
    const auto got = deliver(github, push);
    CHECK(got.status == 409);
    CHECK_FALSE(got.has("4711"));
  }

  TEST_CASE_FIXTURE(inbound_fixture, "what is not genuine is refused, counted and reported") {
    start();
    auto headers = signed_headers(github, push, wall_clock_now());
    auto client = connect();
    client.send(request("/in/github", push + " ", headers));
    CHECK(client.read().status == 401);
    headers.front().second.back() ^= 1;
    client.send(request("/in/github", push, headers));
    CHECK(client.read().status == 401);
    headers.erase(headers.begin());
    // By the head alone.
    client.send(request("/in/github", push, headers));
    CHECK(client.read().status == 401);
    const auto old = signed_headers(stripe, push, wall_clock_now() - 301s);
    client.send(request("/in/stripe", push, old));
    const auto late = client.read();
    CHECK(late.status == 401);
    CHECK(late.has("\"code\":\"unauthenticated\""));
    // The connection goes on, and nothing of them was read.
    client.send(health);
    CHECK(client.read().status == 200);
    CHECK(router.calls().empty());
    CHECK(counted(inbound_outcome::unverified) == 4);
    CHECK(stats->logins_failed == 4);
    REQUIRE(refusals.size() == 4);
    for (const auto& x : refusals)
      CHECK(x.action == "POST /in/{source}");
  }

  TEST_CASE_FIXTURE(inbound_fixture, "what is no delivery is refused by its head") {
    start();
    const auto headers = signed_headers(github, push, wall_clock_now());
    const auto check = [&](const std::string& bytes, int status) {
      CAPTURE(bytes.substr(0, 200));
      const auto got = ask(bytes);
      CHECK(got.status == status);
      CHECK(got.field("content-type") == "application/problem+json");
      return got;
    };
    for (const char* path : {"/in/none", "/in/", "/in/GitHub", "/in/github/", "/in/github/x",
                             "/in/%67ithub", "/in/..", "/in"})
      check(request(path, push, headers), 404);
    CHECK(check("GET /in/github HTTP/1.1\r\nHost: localhost\r\n\r\n", 405).field("allow")
          == "POST, OPTIONS");
    check("BREW /in/github HTTP/1.1\r\nHost: localhost\r\n\r\n", 405);
    for (const char* type : {"", "text/plain", "application/xml", "multipart/form-data",
                             "application/json; charset=latin1"})
      check(request("/in/github", push, headers, type), 415);
    auto packed = headers;
    packed.emplace_back("Content-Encoding", "gzip");
    check(request("/in/github", push, packed), 415);
    check("POST /in/github HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\r\n",
          411);
    auto twice = headers;
    twice.push_back(twice.front());
    check(request("/in/github", push, twice), 400);
    auto page = headers;
    page.emplace_back("Origin", "https://evil.example");
    check(request("/in/github", push, page), 403);
    std::string large(300'000, 'x');
    check(request("/in/github", large, headers), 413);
    CHECK(ask("OPTIONS /in/github HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 204);
    CHECK(router.calls().empty());
    CHECK(healthy());
  }

  TEST_CASE_FIXTURE(inbound_fixture, "a target in absolute form is the same source") {
    start();
    const auto headers = signed_headers(github, push, wall_clock_now());
    for (const char* target : {"http://localhost/in/github", "HTTP://localhost:7070/in/github?a=b",
                               "/in/github?http://localhost/in/none"}) {
      CAPTURE(target);
      CHECK(ask(request(target, push, headers)).status == 202);
    }
    CHECK(ask(request("http://localhost/in/none", push, headers)).status == 404);
    CHECK(router.calls().size() == 3);
  }

  TEST_CASE_FIXTURE(inbound_fixture, "what is genuine and no event is refused with its field") {
    options.accept_unknown_types = false;
    start();
    CHECK(deliver(github, push).status == 422);
    CHECK(deliver(github, "no JSON").status == 400);
    CHECK(deliver(github, "").status == 400);
    CHECK(deliver(github, R"({"a":1,"a":2})").status == 400);
    CHECK(deliver(stripe, R"({"type":"charge.succeeded"})").has("\"field\":\"id\""));
    CHECK(counted(inbound_outcome::refused) == 5);
    CHECK(router.calls().empty());
  }

  TEST_CASE_FIXTURE(inbound_fixture, "a chunked delivery and one in pieces are proven as a whole") {
    start();
    auto head = request("/in/github", push, signed_headers(github, push, wall_clock_now()));
    head = head.substr(0, head.find("Content-Length")) + "Transfer-Encoding: chunked\r\n\r\n";
    CHECK(ask(head + "5\r\n" + push.substr(0, 5) + "\r\n1a\r\n" + push.substr(5) + "\r\n0\r\n\r\n")
            .status
          == 202);
    const auto whole = request("/in/github", push, signed_headers(github, push, wall_clock_now()));
    auto client = connect();
    for (const char c : whole)
      client.send({&c, 1});
    CHECK(client.read().status == 202);
    CHECK(router.drafts().back()->data == push);
  }

  TEST_CASE_FIXTURE(inbound_fixture, "Slack is answered as it wants to be") {
    start();
    const auto asked
      = deliver(slack, R"({"token":"t","challenge":"3eZbrw1aB","type":"url_verification"})");
    CHECK(asked.status == 200);
    CHECK(asked.body == "3eZbrw1aB");
    CHECK(asked.field("content-type") == "text/plain");
    CHECK(router.calls().empty());
    CHECK(counted(inbound_outcome::challenge) == 1);
    // One that is not signed gets none.
    CHECK(ask(request("/in/slack", R"({"challenge":"x","type":"url_verification"})",
                      {{"x-slack-signature", "v0=00"},
                       {"x-slack-request-timestamp", seconds_text(wall_clock_now())}}))
            .status
          == 401);
    const auto command = deliver(slack, "command=%2Fdeploy&text=now&trigger_id=13.8", "",
                                 "application/x-www-form-urlencoded");
    CHECK(command.status == 200);
    CHECK(command.body.empty());
    CHECK(router.drafts().back()->type == "slack.deploy");
    CHECK(router.drafts().back()->id == "13.8");
    CHECK(deliver(slack, R"({"type":"event_callback","event_id":"Ev1","event":{"type":"message"}})")
            .status
          == 200);
    CHECK(router.drafts().back()->type == "slack.message");
    CHECK(router.drafts().back()->id == "Ev1");
  }

  TEST_CASE_FIXTURE(inbound_fixture,
                    "a GET with the right token gets its challenge, no other does") {
    start();
    const auto get = [&](const std::string& query) {
      return ask("GET /in/meta?" + query + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    };
    const auto right
      = get("hub.mode=subscribe&hub.verify_token=token-of-meta&hub.challenge=1158201444");
    CHECK(right.status == 200);
    CHECK(right.body == "1158201444");
    CHECK(right.field("content-type").starts_with("text/plain"));
    CHECK(get("hub.mode=subscribe&hub.verify_token=token-of-metb&hub.challenge=1").status == 401);
    CHECK(get("hub.mode=subscribe&hub.challenge=1").status == 401);
    CHECK(get("hub.mode=unsubscribe&hub.verify_token=token-of-meta&hub.challenge=1").status == 400);
    CHECK(get("hub.mode=subscribe&hub.verify_token=token-of-meta&hub.challenge=%3Cscript%3E").status
          == 400);
    CHECK(get("hub.mode=subscribe&hub.verify_token=token-of-meta").status == 400);
    const std::string body = R"({"object":"page"})";
    CHECK(ask(request("/in/meta", body,
                      {{"X-Hub-Signature-256", "sha256=" + hex_mac("app-secret", body)}}))
            .status
          == 202);
  }

  TEST_CASE_FIXTURE(inbound_fixture, "a changed book holds for the next request") {
    start();
    CHECK(deliver(github, push).status == 202);
    auto changed = github;
    changed.secrets.front().text = "another secret";
    book->set({{"github", std::make_shared<const live_source>(changed)}});
    CHECK(deliver(github, push).status == 401);
    CHECK(deliver(changed, push).status == 202);
    book->set({});
    CHECK(deliver(changed, push).status == 404);
  }

  TEST_CASE_FIXTURE(port_fixture, "a port without sources has none") {
    start();
    CHECK(ask("POST /in/github HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n").status
          == 404);
  }
}

} // namespace carillon::test

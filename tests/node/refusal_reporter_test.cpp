#include "node/refusal_reporter.hpp"
#include "tests/support/deterministic.hpp"

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>

#include <vector>

using namespace carillon;
using namespace std::chrono_literals;

TEST_SUITE("node/refusal_reporter") {
  namespace {

  struct fixture : test::deterministic {
    std::vector<draft_ptr> published;
    caf::actor sink = sys.spawn(
      [](caf::event_based_actor*, std::vector<draft_ptr>* out) -> caf::behavior {
        return {[out](const publish_call_ptr& call) {
          for (auto& x : call->drafts())
            out->push_back(x);
        }};
      },
      &published);
    refusal_reporter reporter{caf::actor_cast<router_actor>(sink)};
    // Far from now, so that the reporter's own thread has nothing to do.
    std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now() + 1h;

    void report(ec code, const std::string& ip = "192.0.2.1",
                const std::string& source = "/admin") {
      reporter.report(
        {.why = {code, "why", {}}, .who = "key:7", .action = "GET /x", .ip = ip, .source = source},
        now);
      deliver();
    }

    void pass(std::chrono::steady_clock::duration time) {
      now += time;
      reporter.flush(now);
      deliver();
    }

    bool last_says(const std::string& text) const {
      return published.back()->data.find(text) != std::string::npos;
    }

    ~fixture() {
      self->send_exit(sink, caf::exit_reason::user_shutdown);
      deliver();
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "a refusal becomes an event that says who and from where") {
    report(ec::unauthenticated, "::1");
    report(ec::forbidden, "::1", "/data");
    REQUIRE(published.size() == 2);
    CHECK(published[0]->type == "security.login_failed");
    CHECK(published[0]->source == "/admin");
    CHECK(published[0]->data.find("::1") != std::string::npos);
    CHECK(published[0]->data.find(R"("attempts":1)") != std::string::npos);
    CHECK(published[1]->type == "security.access_denied");
    CHECK(published[1]->source == "/data");
    CHECK(published[1]->data.find("key:7") != std::string::npos);
    CHECK(published[1]->audience == audience::none);
  }

  TEST_CASE_FIXTURE(fixture, "somebody who guesses for ever is one event a minute, with a count") {
    for (int i = 0; i < 1'000; ++i)
      report(ec::unauthenticated);
    CHECK(published.size() == 1);
    pass(59s);
    CHECK(published.size() == 1);
    pass(1s);
    REQUIRE(published.size() == 2);
    CHECK(last_says(R"("attempts":999)"));
    for (int minute = 0; minute < 5; ++minute) {
      for (int i = 0; i < 60; ++i)
        report(ec::unauthenticated);
      pass(60s);
    }
    CHECK(published.size() == 7);
    CHECK(last_says(R"("attempts":60)"));
    // A quiet minute ends it; then the first is told at once again.
    pass(60s);
    pass(60s);
    CHECK(published.size() == 7);
    report(ec::unauthenticated);
    CHECK(published.size() == 8);
    CHECK(last_says(R"("attempts":1)"));
  }

  TEST_CASE_FIXTURE(fixture, "sources are told apart, the addresses of a /64 are one") {
    report(ec::unauthenticated, "192.0.2.1");
    report(ec::unauthenticated, "192.0.2.2");
    report(ec::unauthenticated, "192.0.2.2", "/data");
    report(ec::unauthenticated, "2001:db8::1");
    report(ec::unauthenticated, "2001:db8::2");
    CHECK(published.size() == 3);
    pass(60s);
    CHECK(published.size() == 5);
  }

  TEST_CASE_FIXTURE(fixture, "a flood from many sources is bounded") {
    for (int i = 0; i < 1'000; ++i)
      report(ec::unauthenticated,
             "10.0." + std::to_string(i / 250) + '.' + std::to_string(i % 250));
    CHECK(published.size() == refusal_reporter::max_sources + 1);
    CHECK(last_says("various"));
    pass(60s);
    CHECK(published.size() == refusal_reporter::max_sources + 2);
    CHECK(last_says(R"("attempts":899)"));
  }

  TEST_CASE_FIXTURE(fixture, "denied access is counted by key and call") {
    for (int i = 0; i < 50; ++i)
      report(ec::forbidden);
    CHECK(published.size() == 1);
    pass(60s);
    CHECK(published.size() == 2);
    CHECK(last_says(R"("attempts":49)"));
  }
}

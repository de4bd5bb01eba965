#include "node/refusal_reporter.hpp"
#include "tests/support/deterministic.hpp"

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>

#include <vector>

using namespace carillon;
using namespace std::chrono_literals;

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
  std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now();

  void report(ec code) {
    reporter.report({.why = {code, "why", {}}, .who = "key:7", .action = "GET /x", .ip = "::1"},
                    now);
    deliver();
  }

  ~fixture() {
    self->send_exit(sink, caf::exit_reason::user_shutdown);
    deliver();
  }
};

} // namespace

TEST_SUITE("node/refusal_reporter") {
  TEST_CASE_FIXTURE(fixture, "a refusal becomes an event that says who and from where") {
    report(ec::unauthenticated);
    report(ec::forbidden);
    REQUIRE(published.size() == 2);
    CHECK(published[0]->type == "security.login_failed");
    CHECK(published[0]->data.find("::1") != std::string::npos);
    CHECK(published[1]->type == "security.access_denied");
    CHECK(published[1]->data.find("key:7") != std::string::npos);
    CHECK(published[1]->audience == audience::none);
  }

  TEST_CASE_FIXTURE(fixture, "somebody who guesses keys does not fill the log") {
    for (int i = 0; i < 1'000; ++i)
      report(ec::unauthenticated);
    CHECK(published.size() == refusal_reporter::burst);
    now += refusal_reporter::pause * 3;
    for (int i = 0; i < 1'000; ++i)
      report(ec::unauthenticated);
    CHECK(published.size() == refusal_reporter::burst + 3);
    now += 1h;
    for (int i = 0; i < 1'000; ++i)
      report(ec::unauthenticated);
    CHECK(published.size() == 2 * refusal_reporter::burst + 3);
  }
}

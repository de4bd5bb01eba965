#include "carillon/carillon.hpp"

#include "tests/node/engine/own_system.hpp"
#include "tests/support/printing.hpp"

using namespace carillon;

TEST_SUITE("node/own_port") {
  namespace {

  /// An engine without a port, and what an application does that serves `/api/events` itself.
  struct fixture : test::own_system {
    expected<engine> node = start();

    expected<receipt> serve(std::string_view body, const principal& who = {}) {
      auto ctx = node->parsing();
      ctx.company_id = who.company_id;
      auto draft = parse_event(body, ctx);
      if (draft)
        if (auto claimed = claim(**draft, who); !claimed)
          draft = claimed.error();
      return node->publish_draft(std::move(draft), who.company_id).get();
    }
  };

  constexpr std::string_view good
    = R"({"type":"order.delivered","id":"e-1","data":{"orderId":"o-1","deliveredAt":"2026-11-30T08:00:00Z"}})";

  } // namespace

  TEST_CASE_FIXTURE(fixture, "an application serves publishing itself, by the rules of the port") {
    REQUIRE(node);
    const principal acme{.company_id = "acme"};
    auto first = serve(good, acme);
    REQUIRE(first);
    CHECK(first->seq == 1);
    CHECK(serve(good, acme)->duplicate);
    auto found = ask<event_ptr>(sys, node->handles().readers.front(), std::chrono::seconds{5},
                                find_request{1, {}, {}});
    REQUIRE(found);
    CHECK((*found)->company_id == "acme");
    CHECK(json_of(**found).find("\"type\":\"order.delivered\"") != std::string::npos);

    const std::pair<std::string_view, int> bad[]{
      {"{", 400},
      {R"({"type":"order.delivered","data":{"orderId":1}})", 422},
      {R"({"type":"no.such","data":{}})", 422},
      {R"({"type":"handler.dead_lettered","data":{}})", 403},
      {R"({"type":"order.delivered","companyId":"other","data":{"orderId":"o","deliveredAt":"2026-11-30T08:00:00Z"}})",
       403}};
    for (const auto& [body, status] : bad) {
      auto refused = serve(body, acme);
      REQUIRE_MESSAGE(!refused, body);
      CHECK_MESSAGE(http_status_of(refused.error().code) == status, body);
      CHECK(problem_json(refused.error()).find("\"status\":" + std::to_string(status))
            != std::string::npos);
    }
    CHECK(node->not_ready().empty());
    CHECK(node->stop());
    CHECK(serve(good, acme).error().code == ec::shutting_down);
  }

  TEST_CASE_FIXTURE(fixture, "an array is one call, and its bad items fail alone") {
    REQUIRE(node);
    const auto body = "[" + std::string{good} + R"(,{"type":"no.such","data":{}}])";
    auto items = parse_events(
      body,
      [&] {
        auto out = node->parsing();
        out.company_id = "acme";
        return out;
      }(),
      10);
    REQUIRE(items);
    REQUIRE(items->size() == 2);
    CHECK(items->back().error().code == ec::unknown_type);
    REQUIRE(items->front());
    std::promise<expected<receipts>> stored;
    node->publish(
      {*items->front()}, [&](expected<receipts> x) { stored.set_value(std::move(x)); }, "acme");
    auto done = stored.get_future().get();
    REQUIRE(done);
    CHECK(done->front().seq == 1);
    CHECK(node->stop());
  }
}

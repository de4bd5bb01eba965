#include "tests/net/data/data_port_fixture.hpp"

#include <vector>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/data_port tenants") {
  namespace {

  struct tenant_fixture : port_fixture {
    key_ring real;
    std::string bound = key_ring::make_key().value();
    std::string unbound = key_ring::make_key().value();
    std::string reader = key_ring::make_key().value();
    std::string admin = key_ring::make_key().value();

    tenant_fixture() {
      real.replace({entry(bound, role::publisher, "acme"), entry(unbound, role::publisher, ""),
                    entry(reader, role::reader, ""), entry(admin, role::admin, "acme")});
      data_port_backend backend;
      backend.publish = [this](publish_call_ptr x) { router.publish(std::move(x)); };
      backend.types = &types;
      backend.keys = &real;
      backend.stats = stats;
      auto started = data_port::start(options, std::move(backend));
      REQUIRE(started.has_value());
      port = std::move(*started);
    }

    static api_key entry(const std::string& text, role r, std::string company) {
      return {.id = 1,
              .name = {},
              .role = r,
              .company_id = std::move(company),
              .hash = key_ring::hash_of(text),
              .created_at = {}};
    }

    answer publish(const std::string& key, std::string_view json) const {
      return ask(post(json, "Authorization: Bearer " + key + "\r\n"));
    }
  };

  std::string event_of(std::string_view envelope, std::string_view data,
                       std::string_view audience) {
    std::string out = R"({"type":"test.thing")";
    if (!envelope.empty())
      out.append(R"(,"companyId":")").append(envelope).append("\"");
    if (!audience.empty())
      out.append(R"(,"audience":")").append(audience).append("\"");
    out += R"(,"userId":"u","data":{)";
    if (!data.empty())
      out.append(R"("companyId":")").append(data).append("\"");
    return out + "}}";
  }

  } // namespace

  TEST_CASE_FIXTURE(tenant_fixture, "who may publish what for whom") {
    for (const auto& key : {bound, unbound, admin})
      for (std::string_view envelope : {"", "acme", "other"})
        for (std::string_view data : {"", "acme", "other"})
          for (std::string_view audience : {"", "none", "user", "company", "all"}) {
            auto json = event_of(envelope, data, audience);
            CAPTURE(json);
            auto is_bound = key != unbound;
            auto company = envelope.empty() ? data : envelope;
            auto before = router.drafts().size();
            auto got = publish(key, json);
            auto in_array = publish(key, "[" + json + "]");
            // The type is the application's own: its data may differ from the envelope.
            auto foreign = is_bound && company == "other";
            auto to_all = is_bound && audience == "all";
            if (foreign || to_all) {
              CHECK(got.status == 403);
              CHECK(got.has(R"("code":"forbidden")"));
              CHECK(got.has(foreign ? R"("field":"companyId")" : R"("field":"audience")"));
              CHECK(in_array.has(R"("code":"forbidden")"));
            } else if (audience == "company" && company.empty() && !is_bound) {
              // No session would see it; the codec may reject it.
              continue;
            } else {
              CHECK(got.status == 201);
              REQUIRE(router.drafts().size() == before + 2);
              auto expected_company = company.empty() && is_bound ? "acme" : company;
              CHECK(router.drafts().back()->company_id == expected_company);
              continue;
            }
            CHECK(router.drafts().size() == before);
          }
  }

  TEST_CASE_FIXTURE(tenant_fixture, "a bound key's company counts before the audience is checked") {
    std::string json = R"({"type":"order.created","data":{"orderId":"o","total":1,"items":[],)"
                       R"("status":"new"}})";
    CHECK(publish(unbound, json).status == 422);
    CHECK(publish(bound, json).status == 201);
    REQUIRE(router.drafts().size() == 1);
    CHECK(router.drafts()[0]->company_id == "acme");
    CHECK(router.drafts()[0]->audience == audience::company);
  }

  TEST_CASE_FIXTURE(tenant_fixture, "credentials are needed, and the right ones") {
    CHECK(ask(post(event_json())).status == 401);
    CHECK(publish("ck_nonsense", event_json()).status == 401);
    CHECK(publish(key_ring::make_key().value(), event_json()).status == 401);
    auto got = publish(reader, event_json());
    CHECK(got.status == 403);
    CHECK(got.has(R"("code":"forbidden")"));
    CHECK(ask(health).status == 200);
    CHECK(router.calls().empty());
  }

  TEST_CASE_FIXTURE(tenant_fixture, "each request of a connection shows its own key") {
    auto client = connect();
    client.send(post(event_json("a"), "Authorization: Bearer " + unbound + "\r\n"));
    CHECK(client.read().status == 201);
    client.send(post(event_json("b")));
    CHECK(client.read().status == 401);
    // A deleted key is not valid any more on an open connection.
    real.replace({});
    client.send(post(event_json("c"), "Authorization: Bearer " + unbound + "\r\n"));
    CHECK(client.read().status == 401);
  }

  TEST_CASE_FIXTURE(tenant_fixture, "the id of another event is a conflict that names it") {
    router.verdict = [](const event& x) {
      return x.id == "mine" ? receipt{4711, true, {}} : receipt{17, false, "order.shipped"};
    };
    CHECK(publish(bound, event_json("mine")).body
          == R"({"seq":4711,"id":"mine","duplicate":true})");
    auto got = publish(bound, event_json("taken"));
    CHECK(got.status == 409);
    CHECK(got.has(R"("code":"conflict")"));
    CHECK(got.has("position 17 has an event of type order.shipped"));
    auto both = publish(bound, "[" + event_json("taken") + "," + event_json("mine") + "]");
    CHECK(both.status == 200);
    CHECK(both.body.starts_with(R"({"results":[{"error":)"));
    CHECK(both.has(R"("code":"conflict")"));
    CHECK(both.body.ends_with(R"({"seq":4711,"id":"mine","duplicate":true}]})"));
    CHECK(publish(unbound, event_json("taken")).status == 409);
  }
}

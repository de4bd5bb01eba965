#include "tests/net/data/data_port_fixture.hpp"

#include <latch>
#include <numeric>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/data_port") {
  namespace {

  std::string cloud_event(std::string_view id) {
    return R"({"specversion":"1.0","type":"test.thing","source":"/t","id":")" + std::string{id}
           + R"(","data":{"n":1}})";
  }

  /// An array of this many valid events.
  std::string array_of(size_t count) {
    std::string out = "[";
    for (size_t i = 0; i < count; ++i)
      out += (i == 0 ? "" : ",") + event_json("b-" + std::to_string(i));
    return out + "]";
  }

  struct held_fixture : port_fixture {
    held_fixture() {
      options.threads = 1;
      router.set_mode(fake_router::mode::hold);
    }

    bool await_calls(size_t count) {
      return eventually([&] { return router.calls().size() == count; });
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(port_fixture, "one event is acknowledged with its position and id") {
    start();
    auto got = ask(post(event_json("e-7")));
    CHECK(got.status == 201);
    CHECK(got.field("content-type") == "application/json");
    CHECK(!got.field("date").empty());
    CHECK(got.body == R"({"seq":1,"id":"e-7","duplicate":false})");
    REQUIRE(router.drafts().size() == 1);
    CHECK(router.drafts()[0]->id == "e-7");
    CHECK(router.drafts()[0]->data == R"({"n":1})");
  }

  TEST_CASE_FIXTURE(port_fixture, "a duplicate is 200 with the first position") {
    router.verdict = [](const event&) { return receipt{5, true, {}}; };
    start();
    auto got = ask(post(event_json()));
    CHECK(got.status == 200);
    CHECK(got.body == R"({"seq":5,"id":"e-1","duplicate":true})");
  }

  TEST_CASE_FIXTURE(port_fixture, "an id with quotes is escaped in the answer") {
    start();
    auto got = ask(post(R"({"type":"test.thing","id":"a\"b\\c","data":{}})"));
    CHECK(got.body == R"({"seq":1,"id":"a\"b\\c","duplicate":false})");
  }

  TEST_CASE_FIXTURE(port_fixture, "an array gets a verdict per item, in order") {
    start();
    auto got = ask(post("[" + event_json("a") + R"(,{"type":"NO"},)" + event_json("b") + "]"));
    CHECK(got.status == 200);
    CHECK(got.body.starts_with(
      R"({"results":[{"seq":1,"id":"a","duplicate":false},{"error":{"type":"urn:carillon)"));
    CHECK(got.body.ends_with(R"(}},{"seq":2,"id":"b","duplicate":false}]})"));
  }

  TEST_CASE_FIXTURE(port_fixture, "an array of refused items is 200 and publishes nothing") {
    start();
    auto got = ask(post(R"([{"type":"NO"},{"type":1}])"));
    CHECK(got.status == 200);
    CHECK(got.has(R"({"results":[{"error":{)"));
    CHECK(router.calls().empty());
  }

  TEST_CASE_FIXTURE(port_fixture, "CloudEvents come structured, batched and binary") {
    start();
    auto one = ask(post(cloud_event("c-1"), {}, "application/cloudevents+json; charset=UTF-8"));
    CHECK(one.status == 201);
    auto many = ask(post("[" + cloud_event("c-2") + "," + cloud_event("c-3") + "]", {},
                         "application/cloudevents-batch+json"));
    CHECK(many.status == 200);
    CHECK(many.has(R"("id":"c-3")"));
    auto binary
      = ask(post(R"({"n":1})", "ce-specversion: 1.0\r\nCE-Type: test.thing\r\nce-source: /t\r\n"
                               "ce-id: c-4\r\nce-companyid: acme\r\n"));
    CHECK(binary.status == 201);
    REQUIRE(router.drafts().size() == 4);
    CHECK(router.drafts()[3]->id == "c-4");
    CHECK(router.drafts()[3]->company_id == "acme");
    CHECK(router.drafts()[3]->data == R"({"n":1})");
  }

  TEST_CASE_FIXTURE(port_fixture, "an answer from another thread finds its request") {
    router.set_mode(fake_router::mode::elsewhere);
    start();
    auto client = connect();
    for (int i = 0; i < 200; ++i) {
      auto id = "e-" + std::to_string(i);
      client.send(post(event_json(id)));
      auto got = client.read();
      REQUIRE(got.status == 201);
      REQUIRE(got.has("\"" + id + "\""));
    }
  }

  TEST_CASE_FIXTURE(port_fixture, "a failed call is a problem for each of its requests") {
    router.set_mode(fake_router::mode::fail);
    start();
    for (auto [code, status] :
         {std::pair{ec::overloaded, 503}, std::pair{ec::store_unavailable, 503},
          std::pair{ec::shutting_down, 503}, std::pair{ec::timeout, 504}}) {
      CAPTURE(name_of(code));
      router.fault = {code, "later", {}};
      auto client = connect();
      client.send(post(event_json("a")) + post("[" + event_json("b") + ",{}]"));
      for (int i = 0; i < 2; ++i) {
        auto got = client.read();
        CHECK(got.status == status);
        CHECK(got.field("content-type") == "application/problem+json");
        CHECK(got.has("\"code\":\"" + std::string{name_of(code)} + "\""));
        CHECK(got.field("retry-after").empty() == (status == 504));
      }
    }
  }

  TEST_CASE_FIXTURE(port_fixture, "the router's receipts must match the drafts") {
    router.verdict = [](const event&) { return std::nullopt; };
    start();
    data_port_backend broken;
    broken.publish = [](const publish_call_ptr& x) { x->complete(receipts{}); };
    broken.types = &types;
    broken.keys = &keys;
    auto other = data_port::start(options, std::move(broken));
    REQUIRE(other.has_value());
    raw_client client{(*other)->port()};
    client.send(post(event_json()));
    CHECK(client.read().status == 500);
  }

  TEST_CASE_FIXTURE(held_fixture, "answers keep the order of the requests") {
    start();
    auto client = connect();
    client.send(post(event_json("a")));
    REQUIRE(await_calls(1));
    client.send(health + post(event_json("b")) + post("not json"));
    REQUIRE(await_calls(2));
    client.send(post(event_json("c")) + health);
    REQUIRE(await_calls(3));
    router.release(2);
    router.release(1);
    // One loop: once it has answered this, it has seen the releases as well.
    CHECK(ask(health).status == 200);
    CHECK(!client.has_input());
    router.release(0);
    CHECK(client.read().has(R"("id":"a")"));
    CHECK(client.read().has("ok"));
    CHECK(client.read().has(R"("id":"b")"));
    CHECK(client.read().status == 400);
    CHECK(client.read().has(R"("id":"c")"));
    CHECK(client.read().has("ok"));
  }

  TEST_CASE_FIXTURE(held_fixture, "a full pipeline stops reading until answers go out") {
    options.pipeline = 4;
    start();
    auto client = connect();
    std::string burst;
    for (int i = 0; i < 10; ++i)
      burst += post(event_json("p-" + std::to_string(i)));
    client.send(burst);
    REQUIRE(eventually([&] { return router.drafts().size() >= 4; }));
    CHECK(ask(health).status == 200);
    CHECK(router.drafts().size() == 4);
    router.set_mode(fake_router::mode::elsewhere);
    for (int i = 0; i < 10; ++i)
      CHECK(client.read().has("\"p-" + std::to_string(i) + "\""));
  }

  TEST_CASE_FIXTURE(held_fixture, "what one turn parsed is one call") {
    start();
    std::vector<raw_client> clients;
    for (int i = 0; i < 64; ++i) {
      clients.push_back(connect());
      clients.back().send(health);
      REQUIRE(clients.back().read().status == 200);
    }
    // The loop stands still while all of them send.
    std::latch sent{1};
    router.stall_next([&] { sent.wait(); });
    auto first = connect();
    first.send(post(event_json("first")));
    for (auto& x : clients)
      x.send(post(event_json()));
    sent.count_down();
    REQUIRE(eventually([&] { return router.drafts().size() == 65; }));
    auto calls = router.calls();
    CHECK(calls.size() <= 4);
    while (router.held() > 0)
      router.release();
    for (auto& x : clients)
      CHECK(x.read().status == 201);
    CHECK(first.read().status == 201);
  }

  TEST_CASE_FIXTURE(held_fixture, "a large array is a call of its own, after what came before") {
    start();
    auto client = connect();
    client.send(post(event_json("a")) + post(array_of(101)) + post(array_of(100)));
    REQUIRE(eventually([&] { return router.drafts().size() == 202; }));
    CHECK(router.calls().size() >= 3);
    CHECK(router.calls()[0] == 1);
    CHECK(router.calls()[1] == 101);
    CHECK(router.drafts()[0]->id == "a");
    while (router.held() > 0)
      router.release();
    CHECK(client.read().status == 201);
    CHECK(client.read().has(R"("id":"b-100")"));
    CHECK(client.read().has(R"("id":"b-99")"));
  }

  TEST_CASE_FIXTURE(port_fixture, "the largest array passes and one more item does not") {
    start();
    auto most = ask(post(array_of(options.batch_items)));
    CHECK(most.status == 200);
    CHECK(most.has(R"("id":"b-9999")"));
    auto more = ask(post(array_of(options.batch_items + 1)));
    CHECK(more.status == 413);
    CHECK(router.drafts().size() == options.batch_items);
  }

  TEST_CASE_FIXTURE(port_fixture, "counters follow the traffic") {
    start();
    auto client = connect();
    CHECK(eventually([&] { return stats->connections == 1; }));
    auto request = post(event_json());
    client.send(request);
    auto got = client.read();
    client.send("GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(client.read().status == 404);
    client.close();
    CHECK(eventually([&] { return stats->connections == 0; }));
    CHECK(eventually([&] { return stats->http_requests == 2; }));
    CHECK(stats->http_refused == 1);
    CHECK(stats->bytes_in > request.size());
    CHECK(stats->bytes_out > got.body.size());
  }

  TEST_CASE_FIXTURE(port_fixture, "an address that does not fit is refused at the start") {
    data_port_backend backend;
    backend.publish = [](const publish_call_ptr&) {};
    backend.types = &types;
    backend.keys = &keys;
    options.host = "not-an-address";
    auto bad = data_port::start(options, backend);
    REQUIRE(bad.has_error());
    CHECK(bad.error().code == ec::invalid_argument);
    options.host = "192.0.2.1";
    auto foreign = data_port::start(options, backend);
    REQUIRE(foreign.has_error());
    CHECK(foreign.error().code == ec::invalid_argument);
    options.host = "127.0.0.1";
    options.port = start().port();
    auto taken = data_port::start(options, backend);
    REQUIRE(taken.has_error());
    CHECK(taken.error().code == ec::conflict);
  }
}

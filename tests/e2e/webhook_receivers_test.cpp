// Receivers with invalid answers, unreachable ones, and forbidden ones.

#include "tests/e2e/webhook_api.hpp"
#include "tests/net/webhooks/lying_server.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include <zlib.h>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/webhook_receivers") {
  namespace {

  const char* json_type = "application/json";

  struct fixture {
    temporary_directory dir;
    node_process node{dir.path() + "/data",
                      {"--webhooks-timeout", "1500ms", "--webhooks-head-bytes", "16KiB"}};
    webhook_receiver receiver;
    webhook_api api{node};
    int published = 0;

    fixture() {
      REQUIRE_MESSAGE(node.ready(), node.log());
    }

    webhook_api::made register_for(const std::string& company, const std::string& url,
                                   const std::string& more = {}) {
      return api.create(url, R"(,"companyId":")" + company + R"(","types":["order.*"])" + more);
    }

    uint64_t publish_to(const std::string& company) {
      return api.publish(order_json("o-" + std::to_string(++published), company));
    }
  };

  /// The expected explanation for one kind of receiver.
  struct expectation {
    std::string name;
    std::string url;
    std::string outcome;
    /// 0 = there was none.
    int status;
    /// Part of the error; empty = the status suffices.
    std::string error;
  };

  void check_explained(const expectation& x, const rapidjson::Document& history) {
    CAPTURE(x.name);
    CAPTURE(text_of(history));
    REQUIRE(history["attempts"].Size() == 1);
    const auto& attempt = history["attempts"][0];
    CHECK(attempt["outcome"].GetString() == x.outcome);
    if (x.status == 0)
      CHECK(attempt["status"].IsNull());
    else
      CHECK((attempt["status"].IsInt() && attempt["status"].GetInt() == x.status));
    if (x.error.empty())
      CHECK(attempt["error"].IsNull());
    else
      CHECK((attempt["error"].IsString()
             && std::string{attempt["error"].GetString()}.find(x.error) != std::string::npos));
    CHECK(*attempt["nextReason"].GetString() != '\0');
  }

  /// What registers a webhook.
  std::string registration(const std::string& url, const std::string& more = {}) {
    return R"({"url":")" + url + '"' + more + '}';
  }

  /// So many zeros, as gzip.
  std::string gzip_bomb(size_t size) {
    z_stream z{};
    REQUIRE(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string in(size, '\0');
    std::string out(deflateBound(&z, size), '\0');
    z.next_in = reinterpret_cast<Bytef*>(in.data());
    z.avail_in = static_cast<uInt>(in.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
  }

  size_t resident_kib(const process& x) {
    std::ifstream in{"/proc/" + std::to_string(x.pid()) + "/status"};
    std::string word;
    while (in >> word)
      if (word == "VmRSS:") {
        size_t out = 0;
        in >> out;
        return out;
      }
    return 0;
  }

  } // namespace

  TEST_CASE_FIXTURE(fixture, "every way to fail is recorded with its reason") {
    lying_server plain{[](lying_connection& x) {
      x.read_bytes(100);
      x.answer("400 Bad Request");
    }};
    certificate own{{.host = "127.0.0.1"}};
    lying_server::options tls;
    tls.identity = &own;
    lying_server self_signed{tls, [](lying_connection& x) {
                               x.read_request();
                               x.answer("200 OK");
                             }};
    auto elsewhere = receiver.open();
    auto always
      = [](reply x) { return [x = std::move(x)](const received_request&, size_t) { return x; }; };
    reply interim{
      .bytes = {}, .after = reply::then::endless, .chunk = "HTTP/1.1 102 Processing\r\n\r\n"};
    auto head = "HTTP/1.1 200 OK\r\nX-Long: " + std::string(100'000, 'x') + "\r\n\r\n";
    auto many = std::string{"HTTP/1.1 200 OK\r\n"};
    for (int i = 0; i < 5'000; ++i)
      many += "X-" + std::to_string(i) + ": y\r\n";
    auto moved = "Location: " + elsewhere + "\r\n";
    const std::vector<expectation> all{
      {"500", receiver.open(always(reply::answer(500))), "refused", 500, ""},
      {"redirect", receiver.open(always(reply::answer(302, moved))), "refused", 302, ""},
      {"permanent redirect", receiver.open(always(reply::answer(308, moved))), "refused", 308, ""},
      {"reset", receiver.open(always(reply::reset())), "connect", 0, "connection"},
      {"closed", receiver.open(always(reply::raw({}))), "connect", 0, "connection"},
      {"nobody listens", receiver.refuse(), "connect", 0, "connect"},
      {"no answer", receiver.open(always(reply::hang())), "timeout", 0, "1500 ms"},
      {"1xx storm", receiver.open(always(interim)), "too_large", 0, "head"},
      {"long field", receiver.open(always(reply::raw(head))), "too_large", 0, "head"},
      {"many fields", receiver.open(always(reply::raw(many + "\r\n"))), "too_large", 0, "head"},
      {"no HTTP", receiver.open(always(reply::raw("SSH-2.0-hello\r\n"))), "protocol", 0, "HTTP"},
      {"self-signed", self_signed.url("/hook"), "tls", 0, "self-signed"},
      {"no TLS", "https" + plain.url("/hook").substr(4), "tls", 0, "TLS"},
    };
    std::vector<webhook_api::made> made;
    made.reserve(all.size());
    for (const auto& x : all)
      made.push_back(register_for(x.name, x.url, R"(,"retrySchedule":[])"));
    std::vector<uint64_t> seqs;
    seqs.reserve(all.size());
    for (const auto& x : all)
      seqs.push_back(publish_to(x.name));
    for (size_t i = 0; i < all.size(); ++i) {
      auto history = api.history_with(made[i], seqs[i], "failed");
      check_explained(all[i], history);
    }
    CHECK(receiver.count(elsewhere) == 0);
  }

  TEST_CASE_FIXTURE(fixture, "the status decides, whatever becomes of the body") {
    auto cut = [](int status) {
      return [status](const received_request&, size_t) {
        return reply::raw("HTTP/1.1 " + std::to_string(status)
                          + " X\r\nContent-Length: 100\r\n\r\nabc");
      };
    };
    auto drips = receiver.open([](const received_request&, size_t) { return reply::drip(); });
    auto short_body = receiver.open(cut(200));
    auto gone = receiver.open(cut(410));
    for (const auto& [name, url] : {std::pair{"drips", drips}, {"short", short_body}}) {
      CAPTURE(name);
      auto hook = register_for(name, url);
      auto history = api.history_with(hook, publish_to(name), "delivered");
      CHECK(history["attempts"].Size() == 1);
      CHECK(history["attempts"][0]["outcome"] == "delivered");
      CHECK(std::string{history["attempts"][0]["error"].GetString()}.find("body")
            != std::string::npos);
    }
    auto hook = register_for("gone", gone);
    publish_to("gone");
    REQUIRE(eventually([&] { return !api.get(path_of(hook))["enabled"].GetBool(); }));
    CHECK(api.get(path_of(hook))["disabledReason"] == "gone");
    CHECK(receiver.count(short_body) == 1);
  }

  TEST_CASE_FIXTURE(fixture, "a bomb and an endless body are answers, and cost no memory") {
    constexpr size_t mib = 1'048'576;
    constexpr size_t kept = 8'192;
    auto url = receiver.open([bomb = gzip_bomb(64 * mib)](const received_request&, size_t) {
      return reply::answer(200, "Content-Encoding: gzip\r\n", bomb);
    });
    auto endless = receiver.open([](const received_request&, size_t) { return reply::endless(); });
    auto quiet = register_for("warm", receiver.open());
    api.history_with(quiet, publish_to("warm"), "delivered");
    auto before = resident_kib(node.child());
    auto a = register_for("bomb", url);
    auto b = register_for("endless", endless);
    auto to_a = publish_to("bomb");
    auto to_b = publish_to("endless");
    auto history = api.history_with(a, to_a, "delivered");
    CHECK(history["attempts"][0]["responseBody"].GetStringLength() <= 3 * kept);
    history = api.history_with(b, to_b, "delivered");
    CHECK(history["attempts"][0]["responseBody"].GetString() == std::string(kept, 'e'));
    CHECK(resident_kib(node.child()) < before + size_t{32} * 1'024);
    CHECK(receiver.received(url).front().field("accept-encoding").empty());
  }

  TEST_CASE_FIXTURE(fixture, "410 disables the webhook, and the log says so once") {
    auto url = receiver.open([](const received_request&, size_t) { return reply::answer(410); });
    auto hook = register_for("c-1", url, R"(,"retrySchedule":[1])");
    std::vector<uint64_t> seqs(5);
    for (auto& seq : seqs)
      seq = publish_to("c-1");
    REQUIRE(eventually([&] { return !api.get(path_of(hook))["enabled"].GetBool(); }));
    CHECK(api.get(path_of(hook))["disabledReason"] == "gone");
    REQUIRE(eventually([&] { return !api.events_of("webhook.endpoint_disabled").empty(); }));
    auto told = api.events_of("webhook.endpoint_disabled");
    auto event = api.get("/api/events/" + std::to_string(told.front()));
    CHECK(event["data"]["webhookId"] == std::to_string(hook.id).c_str());
    CHECK(event["data"]["url"].GetString() == url);
    CHECK(event["data"]["reason"] == "gone");
    CHECK(event["companyId"] == "c-1");
    auto history = api.history_with(hook, seqs.front(), "retrying");
    CHECK(history["attempts"][0]["outcome"] == "gone");
    CHECK(std::string{history["attempts"][0]["nextReason"].GetString()}.find("410")
          != std::string::npos);
    // Nothing is lost: enabled again, it continues with failed and later events.
    receiver.behave(url, {});
    seqs.push_back(publish_to("c-1"));
    api.post(path_of(hook, "enable"));
    for (auto seq : seqs)
      api.history_with(hook, seq, "delivered");
    CHECK(api.events_of("webhook.endpoint_disabled").size() == 1);
    auto metrics = api.admin().Get("/metrics")->body;
    CHECK(metrics.find("carillon_webhooks_disabled_total 1") != std::string::npos);
  }

  TEST_CASE_FIXTURE(fixture, "the end of the schedule is a dead letter, which can be resent") {
    auto url = receiver.open([](const received_request&, size_t) { return reply::answer(500); });
    auto hook = register_for("c-1", url, R"(,"retrySchedule":[1])");
    auto seq = publish_to("c-1");
    auto history = api.history_with(hook, seq, "failed", 2);
    CHECK(history["attempts"][0]["nextReason"].GetString()
          == std::string{"schedule: 1 s after attempt 1, and up to a tenth more"});
    CHECK(history["attempts"][1]["trigger"] == "retry");
    CHECK(std::string{history["attempts"][1]["nextReason"].GetString()}.find("given up")
          != std::string::npos);
    auto arrivals = receiver.received(url);
    REQUIRE(arrivals.size() == 2);
    CHECK(arrivals[1].at - arrivals[0].at >= 1s);
    CHECK(arrivals[0].id == arrivals[1].id);

    REQUIRE(eventually([&] { return !api.events_of("webhook.delivery_exhausted").empty(); }));
    auto told = api.events_of("webhook.delivery_exhausted");
    CHECK(told.size() == 1);
    auto event = api.get("/api/events/" + std::to_string(told.front()));
    auto delivery = std::to_string(hook.id) + "-" + std::to_string(seq);
    CHECK(event["data"]["deliveryId"] == delivery.c_str());
    CHECK(event["data"]["eventId"] == "o-1");
    CHECK(event["data"]["attempts"].GetInt() == 2);
    CHECK(event["data"]["lastStatus"].GetInt() == 500);
    // The event is in the log before the letter is in the state.
    REQUIRE(eventually([&] { return api.get("/api/dead-letters")["deadLetters"].Size() == 1; }));

    receiver.behave(url, {});
    auto resent = api.post("/api/events/deliveries/" + delivery + "/retry");
    CHECK(resent["deliveryId"] == delivery.c_str());
    history = api.history_with(hook, seq, "delivered", 3);
    CHECK(history["attempts"][2]["trigger"] == "manual");
    CHECK(eventually([&] { return api.get("/api/dead-letters")["deadLetters"].Empty(); }));
    CHECK(api.get("/api/audit/verify")["valid"].GetBool());
  }

  TEST_CASE_FIXTURE(fixture, "Retry-After moves the next attempt") {
    for (int status : {500, 503}) {
      CAPTURE(status);
      auto url = receiver.open([status](const received_request&, size_t count) {
        return count == 1 ? reply::answer(status, "Retry-After: 2\r\n") : reply::answer(204);
      });
      auto company = "c-" + std::to_string(status);
      auto hook = register_for(company, url, R"(,"retrySchedule":[1])");
      auto seq = publish_to(company);
      auto history = api.history_with(hook, seq, "delivered", 2);
      CHECK(std::string{history["attempts"][0]["nextReason"].GetString()}.find("Retry-After")
            != std::string::npos);
      CHECK(history["attempts"][0]["outcome"].GetString()
            == std::string{status == 503 ? "slowed_down" : "refused"});
      auto arrivals = receiver.received(url);
      REQUIRE(arrivals.size() == 2);
      CHECK(arrivals[1].at - arrivals[0].at >= 2s);
    }
  }

  TEST_CASE_FIXTURE(fixture, "no header can be smuggled in") {
    auto url = receiver.open();
    auto hook = register_for("c-1", url);
    const std::string path = "/api/events/webhooks";
    for (const std::string headers :
         {R"({"X-A":"b\r\nEvil: 1"})", R"({"X-A":"b\nEvil: 1"})", R"({"X-A":"b\u0000c"})",
          R"({"X-A\r\nEvil":"1"})", R"({"X A":"1"})", R"({"":"1"})", R"({"X-A:":"1"})",
          R"({"Host":"h"})", R"({"webhook-id":"m"})", R"({"Webhook-Signature":"m"})",
          R"({"WEBHOOK-ANYTHING":"m"})", R"({"Content-Length":"0"})", R"({"content-type":"a/b"})",
          R"({"Transfer-Encoding":"chunked"})", R"({"Connection":"close"})", R"({"Expect":"1"})",
          R"({"carillon-replay":"1"})", R"({"svix-id":"1"})"}) {
      CAPTURE(headers);
      CHECK(api.post_status(path, registration(url, R"(,"headers":)" + headers)) == 400);
      CHECK(api.patch_status(path_of(hook), R"({"headers":)" + headers + '}') == 400);
    }
    for (const std::string bad :
         {R"(http://127.0.0.1:1/\r\nEvil: 1)", R"(http://127.0.0.1:1/ HTTP/1.1)",
          "http://u:p@127.0.0.1/", "ftp://127.0.0.1/", "/hook", ""}) {
      CAPTURE(bad);
      CHECK(api.post_status(path, registration(bad)) == 400);
      CHECK(api.patch_status(path_of(hook), registration(bad)) == 400);
    }
    CHECK(text_of(api.get(path_of(hook))["headers"]) == "{}");
    auto answer = node.data()->Post(
      "/api/events",
      R"({"type":"order.created","companyId":"c-1","id":"a\r\nEvil: 1","data":{"orderId":"o","total":1,"items":[],"status":"new"}})",
      json_type);
    REQUIRE(answer);
    CHECK(answer->status / 100 == 4);
    auto seq = api.publish(
      R"({"type":"order.created","companyId":"c-1","userId":"u: 1","id":"a: b","data":{"orderId":"x\r\n\r\nEvil: 1","total":1,"items":[],"status":"\r\nEvil: 2"}})");
    api.history_with(hook, seq, "delivered");
    auto got = receiver.received(url);
    REQUIRE(got.size() == 1);
    CHECK(got[0].head.find("Evil") == std::string::npos);
    CHECK(got[0].body.find(R"(x\r\n\r\nEvil: 1)") != std::string::npos);
    CHECK(is_signed_by(got[0], {hook.secret}));
  }

  TEST_CASE("what is not public is not called, however it is spelled") {
    temporary_directory dir;
    node_process node{dir.path() + "/data", {"--webhooks-allow-http"}, true};
    REQUIRE_MESSAGE(node.ready(), node.log());
    webhook_api api{node, node.bootstrap_key()};
    webhook_receiver receiver;
    auto url = receiver.open();
    auto url_of = [port = url.substr(url.rfind(':'))](const std::string& host) {
      return "http://" + host + port;
    };
    int n = 0;
    for (const std::string host :
         {"127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.1.", "localhost",
          "localhost.", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]",
          "0.0.0.0", "0", "[::]"}) {
      CAPTURE(host);
      auto company = "c-" + std::to_string(++n);
      auto more = R"(,"retrySchedule":[],"companyId":")" + company + '"';
      auto body = registration(url_of(host), more);
      auto answer = api.admin().Post("/api/events/webhooks", body, json_type);
      REQUIRE(answer);
      if (answer->status == 400) {
        CHECK(parse(answer)["field"] == "url");
        continue;
      }
      REQUIRE(answer->status == 201);
      webhook_api::made hook{parse(answer)["id"].GetUint64(), {}, {}};
      auto seq = api.publish(order_json("o-" + std::to_string(n), company));
      auto history = api.history_with(hook, seq, "failed");
      const auto& attempt = history["attempts"][0];
      std::string outcome = attempt["outcome"].GetString();
      CHECK_MESSAGE((outcome == "address_refused" || outcome == "url"), text_of(attempt));
      CHECK(attempt["error"].GetStringLength() > 5);
    }
    CHECK(receiver.connections(url) == 0);
  }

  TEST_CASE("http is refused where it is not allowed") {
    temporary_directory dir;
    node_process node{dir.path() + "/data", {}, true};
    REQUIRE_MESSAGE(node.ready(), node.log());
    webhook_api api{node, node.bootstrap_key()};
    CHECK(api.post_status("/api/events/webhooks", R"({"url":"http://example.com/"})") == 400);
    CHECK(api.post_status("/api/events/webhooks", R"({"url":"https://127.0.0.1:1/"})") == 400);
    auto hook = api.create("https://receiver.invalid/");
    CHECK(api.patch_status(path_of(hook), R"({"url":"http://receiver.invalid/"})") == 400);
  }

  TEST_CASE("the node's own ports are called by no webhook, not even of an admin of the node") {
    temporary_directory dir;
    node_process node{
      dir.path() + "/data", {"--webhooks-allow-http", "--webhooks-allow", "127.0.0.0/8,::1"}, true};
    REQUIRE_MESSAGE(node.ready(), node.log());
    webhook_api api{node, node.bootstrap_key()};
    for (auto port : {node.admin_port(), node.data_port()})
      for (const std::string host :
           {"127.0.0.1", "localhost", "[::1]", "127.1.2.3", "2130706433"}) {
        auto url = "http://" + host + ":" + std::to_string(port) + "/api/keys";
        CAPTURE(url);
        auto body = R"({"privateTargets":true,"url":")" + url + "\"}";
        CHECK(api.post_status("/api/events/webhooks", body) == 400);
      }
    webhook_receiver receiver;
    auto hook = api.create(receiver.open(), R"(,"privateTargets":true)");
    auto seq = api.publish(order_json("o-1", "c-1"));
    api.history_with(hook, seq, "delivered");
  }
}

// Requests that a real node made, verified by npm's `standardwebhooks` and `svix`.

#include "messages/codec/codec.hpp"
#include "tests/e2e/webhook_api.hpp"
#include "tests/peers/peers.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("peers/webhook_deliveries") {
  namespace {

  message message_of(const received_request& x, const std::string& secret, bool valid = true) {
    message out;
    out.secret = secret;
    out.id = x.id;
    out.time = std::strtoll(x.field("webhook-timestamp").c_str(), nullptr, 10);
    out.body = x.body;
    out.signature = x.field("webhook-signature");
    out.valid = valid;
    return out;
  }

  /// An order whose status is this text, with white space that has to stay as it is.
  std::string event_with(const std::string& text) {
    std::string out = R"({"type":"order.created","companyId":"c-1","data": { "orderId" :"o",)"
                      "\r\n\t\"total\" : 1.50e1, \"items\":[ ] ,\"status\":";
    append_json_string(out, text);
    return out + " } }";
  }

  std::vector<std::string> difficult_events() {
    std::string large;
    while (large.size() < 200'000)
      large += "line ü€𝄞\r\n";
    return {
      event_with("new"),
      event_with("\r\n\r\nwebhook-id: msg_1\r\n"),
      event_with("\"\\/\b\f\n\r\t\x01\x7f"),
      event_with("ü € 𝄞 \xe2\x80\xa8 \xef\xbb\xbf \u00a0"),
      event_with("v1,abc v1a,def ."),
      event_with("<script>&amp;%00"),
      R"({"type":"order.created","companyId":"c-1","data":{"orderId":"\ud834\udd1e\u0001\/","total":1,"items":[],"status":"\u20AC"}})",
      event_with(large)};
  }

  } // namespace

  TEST_CASE("what a node sends is accepted, whatever is in the event") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    webhook_api api{node};
    webhook_receiver receiver;
    auto plain_url = receiver.open();
    auto rotated_url = receiver.open();
    auto pair_url = receiver.open();
    auto plain = api.create(plain_url);
    auto rotated = api.create(rotated_url);
    auto pair = api.create(pair_url, R"(,"kind":"ed25519")");
    REQUIRE(pair.public_key.starts_with("whpk_"));
    auto fresh = api.post(path_of(rotated, "rotate-secret"), R"({"graceSeconds":600})");
    const std::string fresh_secret = fresh["secret"].GetString();

    const auto events = difficult_events();
    for (const auto& x : events)
      api.publish(x);
    for (const auto& url : {plain_url, rotated_url, pair_url})
      REQUIRE(eventually([&] { return receiver.count(url) == events.size(); }));
    // A test is signed like any other.
    api.post(path_of(plain, "test"));

    std::vector<message> all;
    for (const auto& x : receiver.received(plain_url)) {
      all.push_back(message_of(x, plain.secret));
      all.push_back(message_of(x, rotated.secret, false));
      auto changed = message_of(x, plain.secret, false);
      changed.body += ' ';
      all.push_back(changed);
    }
    for (const auto& x : receiver.received(rotated_url)) {
      all.push_back(message_of(x, rotated.secret));
      all.push_back(message_of(x, fresh_secret));
      all.push_back(message_of(x, plain.secret, false));
    }
    for (const auto& x : receiver.received(pair_url))
      all.push_back(message_of(x, pair.public_key));
    CHECK(all.size() == 3 * (events.size() + 1) + 3 * events.size() + events.size());
    check_all(all);
  }

  TEST_CASE("an old secret ends with its grace") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    webhook_api api{node};
    webhook_receiver receiver;
    auto url = receiver.open();
    auto hook = api.create(url);
    auto fresh = api.post(path_of(hook, "rotate-secret"), R"({"graceSeconds":0})");
    api.history_with(hook, api.publish(event_with("new")), "delivered");
    auto got = receiver.received(url).at(0);
    check_all({message_of(got, fresh["secret"].GetString()), message_of(got, hook.secret, false)});
  }
}

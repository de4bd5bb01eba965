#include "messages/webhooks/delivery.hpp"

#include "messages/webhooks/webhook.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <set>

// Names of deliveries, consumers, states and triggers.

namespace carillon {

TEST_SUITE("messages/webhook_delivery") {
  namespace {

  constexpr auto most = std::numeric_limits<uint64_t>::max();

  } // namespace

  TEST_CASE("a delivery's name leads back to it") {
    CHECK(to_text(webhook_delivery_key{5, 42, 0}) == "5-42");
    CHECK(to_text(webhook_delivery_key{5, 42, 7}) == "5-42-7");
    for (const uint64_t webhook : {uint64_t{1}, uint64_t{10}, most})
      for (const uint64_t seq : {uint64_t{1}, uint64_t{909}, most})
        for (const uint64_t replay : {uint64_t{0}, uint64_t{1}, most}) {
          const webhook_delivery_key key{webhook, seq, replay};
          CHECK(delivery_key_from(to_text(key)) == key);
        }
  }

  TEST_CASE("other texts name no delivery") {
    for (const auto* text : {"",
                             "-",
                             "5",
                             "5-",
                             "-42",
                             "5--42",
                             "5-42-",
                             "5-42--7",
                             "5-42-7-",
                             "5-42-7-1",
                             "0-42",
                             "5-0",
                             "5-42-0",
                             "05-42",
                             "5-042",
                             "5-42-07",
                             "+5-42",
                             "5-+42",
                             " 5-42",
                             "5 -42",
                             "5- 42",
                             "5-42 ",
                             "5-42\n",
                             "5_42",
                             "5.0-42",
                             "0x5-42",
                             "5e1-42",
                             "a-b",
                             "msg_5-42",
                             "5-42-x",
                             "18446744073709551616-1",
                             "1-18446744073709551616",
                             "1-1-18446744073709551616",
                             "99999999999999999999999999-1"}) {
      CAPTURE(text);
      CHECK_FALSE(delivery_key_from(text));
    }
    CHECK_FALSE(delivery_key_from(std::string_view{"5-42\0", 5}));
    CHECK_FALSE(delivery_key_from(std::string_view{"5\0-42", 5}));
  }

  TEST_CASE("a text that ends inside another is read no further") {
    const std::string_view text{"5-427-9"};
    CHECK(delivery_key_from(text.substr(0, 4)) == webhook_delivery_key{5, 42, 0});
    CHECK(delivery_key_from(text.substr(0, 3)) == webhook_delivery_key{5, 4, 0});
  }

  TEST_CASE("states have the names that the API shows") {
    CHECK(name_of(webhook_delivery_state::retrying) == "retrying");
    CHECK(name_of(webhook_delivery_state::delivered) == "delivered");
    CHECK(name_of(webhook_delivery_state::failed) == "failed");
    for (const auto x : {webhook_delivery_state::retrying, webhook_delivery_state::delivered,
                         webhook_delivery_state::failed})
      CHECK(delivery_state_from(name_of(x)) == x);
    for (const auto* text : {"", "Failed", "failed ", "fail", "done", "0"})
      CHECK_FALSE(delivery_state_from(text));
  }

  TEST_CASE("triggers have the names that the API shows") {
    CHECK(name_of(attempt_trigger::live) == "live");
    CHECK(name_of(attempt_trigger::retry) == "retry");
    CHECK(name_of(attempt_trigger::manual) == "manual");
    CHECK(name_of(attempt_trigger::replay) == "replay");
  }

  TEST_CASE("every fault has a name of its own, but none") {
    std::set<std::string_view> names;
    for (auto i = 0; i <= static_cast<int>(http_fault::not_sent); ++i)
      names.insert(to_string(static_cast<http_fault>(i)));
    CHECK(names.size() == static_cast<size_t>(http_fault::not_sent) + 1);
    CHECK(to_string(http_fault::none).empty());
  }

  TEST_CASE("a webhook's consumer is found by its number, and the number by its name") {
    CHECK(webhook_consumer(7) == "webhook.7");
    for (const uint64_t id : {uint64_t{1}, uint64_t{100'000}, most})
      CHECK(webhook_of_consumer(webhook_consumer(id)) == id);
    for (const auto* name :
         {"", "webhook", "webhook.", "webhook.0", "webhook.07", "webhook.-7", "webhook.+7",
          "webhook. 7", "webhook.7 ", "webhook.7x", "webhook.7.1", "webhooks.7", "Webhook.7",
          "a.webhook.7", "webhook.x", "7", "webhook.18446744073709551616"}) {
      CAPTURE(name);
      CHECK_FALSE(webhook_of_consumer(name));
    }
    CHECK_FALSE(webhook_of_consumer(std::string_view{"webhook.7\0", 10}));
  }
}

} // namespace carillon

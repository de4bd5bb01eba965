#include "base/json/strict_json.hpp"
#include "base/text/utf8.hpp"
#include "handlers/email/email_handler.hpp"
#include "handlers/notification/notices.hpp"
#include "handlers/notification/notification_handler.hpp"
#include "messages/codec/catalogue/catalogue.hpp"
#include "messages/contacts/notification.hpp"
#include "messages/jobs/job.hpp"
#include "tests/support/events.hpp"

#include <doctest/doctest.h>

#include <boost/mp11/algorithm.hpp>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace carillon;

namespace {

event_ptr make(std::string type, std::string data = "{}", std::string company = "c-1",
               std::string user = "u-1") {
  auto out = test::make_event(42, std::move(company), std::move(type));
  out->user_id = std::move(user);
  out->data = std::move(data);
  return out;
}

template <class Handler>
effects effects_of(const event_ptr& x) {
  effects out;
  Handler{}.handle(*x, out);
  return out;
}

std::vector<job_draft> jobs_of(const event_ptr& x) {
  return effects_of<email_handler>(x).all<job_draft>();
}

std::vector<notification_draft> notifications_of(const event_ptr& x) {
  return effects_of<notification_handler>(x).all<notification_draft>();
}

const std::vector<std::string>& all_types() {
  static const auto types = [] {
    std::vector<std::string> out;
    boost::mp11::mp_for_each<boost::mp11::mp_transform<boost::mp11::mp_identity, catalogue>>(
      [&](auto x) { out.emplace_back(decltype(x)::type::type); });
    return out;
  }();
  return types;
}

bool is_plain(const std::string& x) {
  return is_utf8(x) && std::none_of(x.begin(), x.end(), [](char c) {
           auto byte = static_cast<unsigned char>(c);
           return byte < 0x20 || byte == 0x7f;
         });
}

} // namespace

TEST_SUITE("handlers/email_handler") {
  TEST_CASE("each event with a mail becomes a job of its template") {
    struct row {
      const char* type;
      const char* kind;
    };
    std::set<std::string> with_mail;
    for (const auto& x :
         {row{"order.created", "email.order_confirmation"},
          row{"order.shipped", "email.order_shipped"},
          row{"order.delivered", "email.order_delivered"},
          row{"order.cancelled", "email.order_cancelled"}, row{"user.registered", "email.welcome"},
          row{"payment.failed", "email.payment_failed"},
          row{"payment.refunded", "email.payment_refunded"},
          row{"inventory.low_stock", "email.low_stock"},
          row{"system.maintenance", "email.maintenance"}}) {
      CAPTURE(x.type);
      auto jobs = jobs_of(make(x.type));
      REQUIRE(!jobs.empty());
      CHECK(jobs.back().kind == x.kind);
      CHECK(jobs.back().key == "email/42");
      CHECK(jobs.back().company_id == "c-1");
      CHECK(jobs.back().event_seq == 42);
      CHECK(jobs.size() == (x.type == std::string{"order.created"} ? 2 : 1));
      for (const auto& job : jobs)
        CHECK(check(job).has_value());
      with_mail.insert(x.type);
    }
    for (const auto& type : all_types())
      CHECK(jobs_of(make(type)).empty() == !with_mail.contains(type));
  }

  TEST_CASE("the payload says what and whose, whatever the ids hold") {
    auto jobs = jobs_of(make("order.created", "{}", "c \"1\"", "u\\1"));
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[0].kind == "document.order_sheet");
    CHECK(jobs[0].key == "document/order_sheet/42");
    CHECK(jobs[0].payload == R"({"seq":42,"userId":"u\\1","companyId":"c \"1\""})");
    CHECK(jobs[1].payload
          == R"({"seq":42,"template":"order_confirmation","userId":"u\\1","companyId":"c \"1\""})");
  }

  TEST_CASE("where nobody can be written to, nothing is enqueued but the order sheet") {
    CHECK(jobs_of(make("order.shipped", "{}", "c-1", "")).empty());
    CHECK(jobs_of(make("payment.failed", "{}", "c-1", "")).empty());
    CHECK(jobs_of(make("inventory.low_stock", "{}", "", "u-1")).empty());
    auto order = jobs_of(make("order.created", "{}", "c-1", ""));
    REQUIRE(order.size() == 1);
    CHECK(order[0].kind == "document.order_sheet");
    // These have their readers elsewhere.
    CHECK(jobs_of(make("user.registered", "{}", "c-1", "")).size() == 1);
    CHECK(jobs_of(make("system.maintenance", "{}", "", "")).size() == 1);
  }

  TEST_CASE("a mail to everybody lets others go first") {
    CHECK(jobs_of(make("system.maintenance"))[0].priority < 0);
    CHECK(jobs_of(make("payment.failed"))[0].priority == 0);
  }

  TEST_CASE("a replay that is meant for it enqueues anew, once per replay") {
    email_handler handler;
    CHECK(handler.on_replay() == replay_reaction::if_named);
    effects out;
    handler.replay(*make("order.created"), 3, out);
    const auto& jobs = out.all<job_draft>();
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[0].key == "document/order_sheet/42/replay-3");
    CHECK(jobs[1].key == "email/42/replay-3");
  }
}

TEST_SUITE("handlers/notification_handler") {
  TEST_CASE("an order is told to its user and to the admins, each in their words") {
    auto made = notifications_of(
      make("order.created", R"({"orderId":"o-1","total":99.5,"currency":"EUR","items":[]})"));
    REQUIRE(made.size() == 2);
    CHECK(made[0].user_id == "u-1");
    CHECK(made[0].role.empty());
    CHECK(made[0].title == "Order o-1 received");
    CHECK(made[0].body == "We have received your order. Total: 99.50 EUR.");
    CHECK(made[0].link == "/orders/o-1");
    CHECK(made[1].user_id.empty());
    CHECK(made[1].company_id == "c-1");
    CHECK(made[1].role == "admin");
    CHECK(made[1].title == "New order o-1");
    CHECK(made[1].body == "Order o-1 was placed. Total: 99.50 EUR. User: u-1.");
    for (const auto& x : made) {
      CHECK(x.kind == "order.created");
      CHECK(x.event_seq == 42);
      // The same, so that a user who is both gets one notification.
      CHECK(x.key == "notification/42");
    }
  }

  TEST_CASE("who hears of what") {
    struct row {
      const char* type;
      bool user, admins, everybody;
    };
    std::set<std::string> told;
    for (const auto& x : {row{"order.created", true, true, false},
                          row{"order.updated", true, false, false},
                          row{"order.shipped", true, false, false},
                          row{"order.delivered", true, false, false},
                          row{"order.cancelled", true, true, false},
                          row{"payment.succeeded", true, false, false},
                          row{"payment.failed", true, true, false},
                          row{"payment.refunded", true, true, false},
                          row{"user.registered", false, true, false},
                          row{"inventory.low_stock", false, true, false},
                          row{"inventory.out_of_stock", false, true, false},
                          row{"marketplace.listing_created", false, true, false},
                          row{"marketplace.listing_sold", false, true, false},
                          row{"marketplace.sync_completed", false, true, false},
                          row{"ai.analysis_requested", true, false, false},
                          row{"ai.analysis_completed", true, false, false},
                          row{"ai.analysis_failed", true, false, false},
                          row{"ai.insight_generated", true, false, false},
                          row{"system.maintenance", false, false, true},
                          row{"webhook.endpoint_disabled", false, true, false},
                          row{"webhook.delivery_exhausted", false, true, false}}) {
      CAPTURE(x.type);
      told.insert(x.type);
      auto made = notifications_of(make(x.type));
      auto has = [&](auto f) { return std::any_of(made.begin(), made.end(), f); };
      CHECK(has([](const auto& y) { return y.user_id == "u-1"; }) == x.user);
      CHECK(has([](const auto& y) { return y.user_id.empty() && y.role == "admin"; }) == x.admins);
      CHECK(has([](const auto& y) { return y.user_id.empty() && y.role.empty(); }) == x.everybody);
      CHECK(made.size() == size_t{x.user} + size_t{x.admins} + size_t{x.everybody});
      // An empty `data` still says something.
      for (const auto& y : made) {
        CHECK(!y.title.empty());
        CHECK(!y.body.empty());
      }
      // An event without user and company notifies nobody, and never the admins of all companies.
      auto nobodys = notifications_of(make(x.type, "{}", "", ""));
      CHECK(nobodys.size() == size_t{x.everybody});
    }
    for (const auto& type : all_types())
      CHECK((find_notice(type) != nullptr) == told.contains(type));
  }

  TEST_CASE("a notification is never told of by another one") {
    CHECK(notifications_of(make("notification.sent", R"({"title":"x"})")).empty());
    CHECK(find_notice("notification.anything") == nullptr);
    CHECK(find_notice("") == nullptr);
    CHECK(find_notice("zzz.zzz") == nullptr);
  }

  TEST_CASE("figures and moments are told as readers write them") {
    auto low = notifications_of(make(
      "inventory.low_stock", R"({"productId":"p/1","sku":"BELL","quantity":3,"threshold":5})"));
    CHECK(low.at(0).title == "BELL is running low");
    CHECK(low.at(0).body == "BELL is running low. Left: 3. Threshold: 5.");
    CHECK(low.at(0).link == "/inventory/p%2F1");
    auto maintenance = notifications_of(make(
      "system.maintenance", R"({"message":"New disks.","startsAt":"2026-11-23T22:00:00+01:00",)"
                            R"("endsAt":"2026-11-24T00:30:00Z"})"));
    CHECK(maintenance.at(0).body
          == "New disks. From: 2026-11-23 21:00 UTC. To: 2026-11-24 00:30 UTC.");
    auto given_up = notifications_of(make("webhook.delivery_exhausted",
                                          R"({"webhookId":"4","deliveryId":"4-42","eventId":"e-1",)"
                                          R"("attempts":6,"lastStatus":500})"));
    CHECK(given_up.at(0).body
          == "Deliveries fail, and one was given up. Delivery: 4-42. Event: e-1. Attempts: 6. "
             "Last status: 500.");
    // Further events that the same webhook rejected in the same state cause no notification.
    auto failing = make("webhook.delivery_exhausted",
                        R"({"webhookId":"4","deliveryId":"4-43","eventId":"e-2","attempts":6,)"
                        R"("lastStatus":500,"failingSince":"2026-11-23T22:00:00Z"})");
    CHECK(notifications_of(failing).at(0).key == "notification/webhook-4/2026-11-23T22:00:00Z");
  }

  TEST_CASE("a stranger's text stays one line, UTF-8, and bounded") {
    const std::string data = R"({"orderId":"o\r\n1","reason":"line\nline\u0007 \u00fc)"
                             + std::string(5'000, 'x') + "\"}";
    auto made = notifications_of(make("order.cancelled", data));
    REQUIRE(made.size() == 2);
    CHECK(made[0].title == "Order “o 1” cancelled");
    CHECK(made[0].body.find("line line \xc3\xbcxxx") != std::string::npos);
    CHECK(made[0].body.size() < 700);
    // An id that is not a valid path segment is left out of the link.
    CHECK(made[0].link == "/orders/o%0D%0A1");
    auto huge = notifications_of(
      make("order.cancelled", R"({"orderId":")" + std::string(200'000, 'y') + "\"}"));
    CHECK(huge.at(0).link.empty());
    CHECK(huge.at(0).title.size() <= notification_limits::title_bytes);
  }

  TEST_CASE("an id that is none is marked as somebody's words, and leads nowhere") {
    for (const auto* id : {"..", "."}) {
      auto made
        = notifications_of(make("order.cancelled", R"({"orderId":")" + std::string{id} + "\"}"));
      CHECK(made.at(0).link.empty());
    }
    CHECK(notifications_of(make("order.cancelled", R"({"orderId":"..a"})")).at(0).link
          == "/orders/..a");
    CHECK(notifications_of(make("order.cancelled", R"({"orderId":"../x"})")).at(0).link
          == "/orders/..%2Fx");
    const std::string words = "Your account is locked, call +49 170 5551234 or it is deleted";
    auto told = notifications_of(make("user.registered", "{}", "c-1", words)).at(0);
    CHECK(told.title.starts_with("New user “Your account is locked,"));
    CHECK(told.title.ends_with("…”"));
    auto cancelled = notifications_of(make("order.cancelled", "{}", "c-1", words)).back();
    CHECK(cancelled.body.find("deleted") == std::string::npos);
    CHECK(notifications_of(make("order.created", R"({"orderId":"o","total":3,"currency":"jpy"})"))
            .at(0)
            .body.ends_with("Total: 3 JPY."));
  }

  TEST_CASE("members of another kind, and data that is none, say nothing and break nothing") {
    for (const auto* data :
         {R"({"orderId":7,"total":"much","items":{},"status":null,"reason":[1]})",
          R"({"orderId":{"a":1},"total":1e999,"currency":12})", R"({"total":true})", "{}", "[]", "",
          "not json", "{\"orderId\":", "{\"orderId\":\"\xff\"}"}) {
      CAPTURE(data);
      for (const auto& type : all_types())
        for (const auto& x : notifications_of(make(type, data))) {
          CHECK(is_plain(x.title));
          CHECK(is_plain(x.body));
          CHECK(!x.title.empty());
        }
    }
  }

  TEST_CASE("whatever members hold, texts keep their limits") {
    auto seed = std::random_device{}();
    MESSAGE("seed ", seed);
    std::mt19937_64 random{seed};
    const std::vector<std::string> names{"orderId", "status",    "previousStatus", "carrier",
                                         "reason",  "paymentId", "message",        "sku",
                                         "url",     "title",     "email",          "trackingNumber",
                                         "kind",    "currency",  "marketplace",    "error"};
    const std::vector<std::string> pieces{
      "a",     " ",     R"(\n)",    R"(\u0000)",    R"(\u007f)",
      R"(\")", R"(\\)", "\xc3\xa4", "\xe2\x82\xac", R"(\ud83d\ude00)",
      "%",     "/",     "<b>",      R"(\u202e)"};
    for (int i = 0; i < 300; ++i) {
      std::string data = "{";
      for (const auto& name : names) {
        data += (data.size() > 1 ? ",\"" : "\"") + name + "\":\"";
        for (auto n = random() % (i % 10 == 0 ? 3'000 : 40); n > 0; --n)
          data += pieces[random() % pieces.size()];
        data += '"';
      }
      data += R"(,"total":)" + std::to_string(static_cast<double>(random()) / 97.0) + "}";
      for (const auto& type : all_types())
        for (const auto& x : notifications_of(make(type, data))) {
          CHECK(is_plain(x.title));
          CHECK(is_plain(x.body));
          CHECK(is_plain(x.link));
          CHECK(x.title.size() <= notification_limits::title_bytes);
          CHECK(x.body.size() <= notification_limits::body_bytes);
          CHECK(x.link.size() <= notification_limits::link_bytes);
        }
    }
  }

  TEST_CASE("a replay that is meant for it notifies anew, once per replay") {
    notification_handler handler;
    CHECK(handler.on_replay() == replay_reaction::if_named);
    effects out;
    handler.replay(*make("order.shipped"), 9, out);
    const auto& made = out.all<notification_draft>();
    REQUIRE(made.size() == 1);
    CHECK(made[0].key == "notification/42/replay-9");
  }
}

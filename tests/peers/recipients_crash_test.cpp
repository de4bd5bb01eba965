// Mails, notifications and counters of a node that is killed.

#include "tests/e2e/recipient_api.hpp"
#include "tests/peers/mail_box.hpp"
#include "tests/support/random_run.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <random>
#include <set>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("peers/recipients_crash") {
  namespace {

  constexpr unsigned users = 5;

  struct acknowledged {
    std::mutex mutex;
    std::map<uint64_t, std::string> types;
  };

  /// Most events cause no mail, or the test would only wait for mails.
  std::string random_type(std::mt19937& rng) {
    auto x = rng() % 100;
    return x < 1    ? "order.created"
           : x < 4  ? "order.shipped"
           : x < 30 ? "payment.succeeded"
                    : "user.login";
  }

  std::string data_of(const std::string& type, const std::string& id) {
    if (type == "order.created")
      return R"({"orderId":")" + id
             + R"(","total":12.5,"items":[{"sku":"ü-1","quantity":2}],"status":"new"})";
    if (type == "order.shipped")
      return R"({"orderId":")" + id + R"(","carrier":"Post","trackingNumber":"1"})";
    if (type == "payment.succeeded")
      return R"({"paymentId":")" + id + R"(","orderId":"o","amount":1.5,"currency":"EUR"})";
    return R"({"ip":"192.0.2.1","userAgent":"x"})";
  }

  void publish_until_killed(const node_process& node, acknowledged& acks, unsigned cycle,
                            unsigned worker) {
    auto client = node.data();
    client->set_read_timeout(5);
    std::mt19937 rng{cycle * 1'000 + worker};
    for (unsigned n = 0;; ++n) {
      auto type = random_type(rng);
      auto id = std::to_string(cycle) + "-" + std::to_string(worker) + "-" + std::to_string(n);
      auto text = R"({"type":")" + type + R"(","id":")" + id + R"(","companyId":"c-1","userId":"u-)"
                  + std::to_string(rng() % users) + R"(","data":)" + data_of(type, id) + "}";
      auto answer = parse(client->Post("/api/events", text, "application/json"));
      if (!answer.IsObject() || !answer.HasMember("seq"))
        return;
      std::lock_guard guard{acks.mutex};
      acks.types[answer["seq"].GetUint64()] = type;
    }
  }

  void run_and_kill(const std::string& dir, const std::vector<std::string>& options,
                    acknowledged& acks, unsigned cycle, std::mt19937& rng) {
    node_process node{dir, options};
    REQUIRE_MESSAGE(node.ready(), node.log());
    std::vector<std::thread> workers;
    for (unsigned i = 0; i < 3; ++i)
      workers.emplace_back([&, i] { publish_until_killed(node, acks, cycle, i); });
    std::this_thread::sleep_for(std::chrono::milliseconds{20 + rng() % 300}); // the random moment
    node.child().kill();
    for (auto& x : workers)
      x.join();
  }

  /// Events in the log, by type.
  std::map<std::string, std::set<uint64_t>> stored_events(recipient_api& recipients) {
    std::map<std::string, std::set<uint64_t>> out;
    recipients.each("/api/events?order=asc&limit=1000", "events", [&](const auto& x) {
      CHECK(out[x["type"].GetString()].insert(x["seq"].GetUint64()).second);
    });
    return out;
  }

  std::set<uint64_t> of_types(const std::map<std::string, std::set<uint64_t>>& stored,
                              std::initializer_list<const char*> types) {
    std::set<uint64_t> out;
    for (const auto* type : types)
      if (auto i = stored.find(type); i != stored.end())
        out.insert(i->second.begin(), i->second.end());
    return out;
  }

  /// Each of them once.
  using tally = std::multiset<uint64_t>;

  tally once(const std::set<uint64_t>& xs) {
    return {xs.begin(), xs.end()};
  }

  tally events_of_jobs(recipient_api& recipients, const std::string& kind) {
    tally out;
    recipients.each("/api/jobs?limit=1000&kind=" + kind, "jobs", [&](const auto& x) {
      CHECK(x["state"] == "done");
      out.insert(x["eventSeq"].GetUint64());
    });
    return out;
  }

  tally events_of_notifications(recipient_api& recipients, const std::string& user) {
    tally out;
    recipients.each("/api/notifications?limit=1000&userId=" + user, "notifications",
                    [&](const auto& x) { out.insert(x["eventSeq"].GetUint64()); });
    return out;
  }

  /// Numbers of the notifications that were announced to live sessions.
  std::multiset<std::string> announced(recipient_api& recipients) {
    std::multiset<std::string> out;
    recipients.each("/api/events?limit=1000&types=notification.sent", "events",
                    [&](const auto& x) { out.insert(x["data"]["notificationId"].GetString()); });
    return out;
  }

  } // namespace

  TEST_CASE("kill -9 at random moments: one job, notification and counter per event, and a mail "
            "that comes again is the same mail") {
    const auto seed = seed_of_run();
    MESSAGE("seed ", seed);
    std::mt19937 rng{seed};
    temporary_directory dir;
    auto data = dir.path() + "/data";
    mail_box box;
    const std::vector<std::string> options{"--mail", box.url(), "--audit-types", "*"};
    {
      node_process node{data, options};
      REQUIRE_MESSAGE(node.ready(), node.log());
      recipient_api recipients{node};
      for (unsigned i = 0; i < users; ++i)
        recipients.put_contact("u-" + std::to_string(i));
      recipients.put_contact("boss", R"(,"role":"admin")");
      node.child().kill();
    }
    acknowledged acks;
    for (unsigned cycle = 0; cycle < crash_cycles(); ++cycle)
      run_and_kill(data, options, acks, cycle, rng);

    node_process node{data, options};
    REQUIRE_MESSAGE(node.ready(), node.log());
    recipient_api recipients{node};
    for (const auto* name : {"audit", "metrics", "email", "notification"})
      REQUIRE(eventually([&] { return recipients.lag(name) == 0; }, 60s));
    REQUIRE(eventually(
      [&] { return recipients.jobs_left("email") == 0 && recipients.jobs_left("document") == 0; },
      60s));

    auto stored = stored_events(recipients);
    for (const auto& [seq, type] : acks.types)
      CHECK(stored[type].contains(seq));
    REQUIRE(acks.types.size() > crash_cycles());

    auto created = of_types(stored, {"order.created"});
    auto shipped = of_types(stored, {"order.shipped"});
    CHECK(events_of_jobs(recipients, "email.order_confirmation") == once(created));
    CHECK(events_of_jobs(recipients, "document.order_sheet") == once(created));
    CHECK(events_of_jobs(recipients, "email.order_shipped") == once(shipped));

    size_t notifications = 0;
    std::set<uint64_t> told;
    for (unsigned i = 0; i < users; ++i)
      for (auto seq : events_of_notifications(recipients, "u-" + std::to_string(i))) {
        ++notifications;
        CHECK(told.insert(seq).second);
      }
    CHECK(told == of_types(stored, {"order.created", "order.shipped", "payment.succeeded"}));
    auto of_boss = events_of_notifications(recipients, "boss");
    CHECK(of_boss == once(created));
    notifications += of_boss.size();
    CHECK(eventually([&] { return announced(recipients).size() >= notifications; }));
    auto told_live = announced(recipients);
    CHECK(told_live.size() == notifications);
    CHECK(std::set<std::string>{told_live.begin(), told_live.end()}.size() == notifications);

    // The announcements are counted as well.
    stored = stored_events(recipients);
    std::map<std::string, uint64_t> sizes;
    for (const auto& [type, seqs] : stored)
      sizes[type] = seqs.size();
    CHECK(eventually([&] { return recipients.counters() == sizes; }));
    tally audited;
    REQUIRE(eventually([&] { return recipients.lag("audit") == 0; }));
    recipients.each("/api/audit?limit=1000", "audit", [&](const auto& x) {
      if (!x["eventSeq"].IsNull())
        audited.insert(x["eventSeq"].GetUint64());
    });
    tally all;
    for (const auto& [type, seqs] : stored)
      all.insert(seqs.begin(), seqs.end());
    CHECK(audited == all);
    CHECK(recipients.api().get("/api/audit/verify")["valid"].GetBool());

    // At least once; repeats have the same Message-ID and the same content.
    CHECK(eventually([&] { return box.count() >= created.size() + shipped.size(); }));
    auto mails = box.mails();
    CHECK(mails.size() == created.size() + shipped.size());
    size_t repeats = 0;
    size_t with_sheet = 0;
    for (const auto& [id, copies] : mails) {
      repeats += copies.size() - 1;
      with_sheet += copies[0].attachments.size();
      for (const auto& x : copies) {
        CHECK(x.to == copies[0].to);
        CHECK(x.subject == copies[0].subject);
        CHECK(x.attachments == copies[0].attachments);
      }
    }
    CHECK(with_sheet == created.size());
    MESSAGE(acks.types.size(), " events, ", crash_cycles(), " kills, ", notifications,
            " notifications, ", mails.size(), " mails, ", repeats, " of them again");
  }
}

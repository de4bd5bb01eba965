// Webhooks of a node that is killed.

#include "tests/e2e/webhook_api.hpp"
#include "tests/support/random_run.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/webhook_crash") {
  namespace {

  using moment = std::chrono::steady_clock::time_point;

  /// Acknowledged events are stored.
  struct stored_event {
    bool order = false;
    std::string company;
  };

  struct acknowledged {
    std::mutex mutex;
    std::map<uint64_t, stored_event> events;
  };

  /// A webhook, its receiver, and what it should get.
  struct subscriber {
    std::string name;
    /// Empty = of all.
    std::string company;
    bool orders_only;
    /// Further members.
    std::string more;
    size_t in_flight;
    std::string url;

    bool wants(const stored_event& x) const {
      return (company.empty() || company == x.company) && (!orders_only || x.order);
    }
  };

  std::vector<subscriber> all_subscribers() {
    return {
      {"orders of c-1", "c-1", true, R"(,"types":["order.*"])", 8, {}},
      {"all of c-2, few at a time", "c-2", false, R"(,"maxInFlight":2)", 2, {}},
      {"orders of all", "", true, R"(,"types":["order.created"],"maxInFlight":16)", 16, {}},
      {"in order", "c-3", false, R"(,"ordered":true)", 1, {}},
      {"fails first", "c-4", false, R"(,"retrySchedule":[1,1,2])", 8, {}},
      // Events behind a hanging one are completed far ahead of it.
      {"hangs now and then",
       "",
       true,
       R"(,"types":["order.*"],"maxInFlight":8,"retrySchedule":[1])",
       8,
       {}},
    };
  }

  std::string event_json(const std::string& id, const stored_event& x) {
    if (x.order)
      return order_json(id, x.company);
    return R"({"type":"user.login","id":")" + id + R"(","companyId":")" + x.company
           + R"(","userId":"u-1","data":{"ip":"192.0.2.1","userAgent":"x"}})";
  }

  void publish_until_killed(const node_process& node, acknowledged& acks, unsigned cycle,
                            unsigned worker) {
    auto client = node.data();
    client->set_read_timeout(5);
    std::mt19937 rng{cycle * 1'000 + worker};
    for (unsigned n = 0;; ++n) {
      stored_event x{rng() % 3 != 0, "c-" + std::to_string(1 + rng() % 4)};
      auto id = std::to_string(cycle) + "-" + std::to_string(worker) + "-" + std::to_string(n);
      auto answer = parse(client->Post("/api/events", event_json(id, x), "application/json"));
      if (!answer.IsObject() || !answer.HasMember("seq"))
        return;
      std::lock_guard guard{acks.mutex};
      acks.events[answer["seq"].GetUint64()] = x;
    }
  }

  const std::vector<std::string> brief{"--webhooks-timeout", "1s"};

  /// Runs a node for a moment under load; answers when all that it sent had come in.
  moment run_and_kill(const std::string& dir, const webhook_receiver& receiver, acknowledged& acks,
                      unsigned cycle, std::mt19937& rng) {
    node_process node{dir, brief};
    REQUIRE_MESSAGE(node.ready(), node.log());
    std::vector<std::thread> workers;
    for (unsigned i = 0; i < 3; ++i)
      workers.emplace_back([&, i] { publish_until_killed(node, acks, cycle, i); });
    std::this_thread::sleep_for(std::chrono::milliseconds{20 + rng() % 300}); // the random moment
    node.child().kill();
    for (auto& x : workers)
      x.join();
    CHECK(eventually([&] { return receiver.open_connections() == 0; }));
    return std::chrono::steady_clock::now();
  }

  std::set<uint64_t> expected_of(const subscriber& x, acknowledged& acks) {
    std::set<uint64_t> out;
    std::lock_guard guard{acks.mutex};
    for (const auto& [seq, event] : acks.events)
      if (x.wants(event))
        out.insert(seq);
    return out;
  }

  bool all_arrived(const webhook_receiver& receiver, const subscriber& x, acknowledged& acks) {
    auto got = accepted_seqs(receiver, x.url);
    const std::set<uint64_t> seen{got.begin(), got.end()};
    auto wanted = expected_of(x, acks);
    return std::includes(seen.begin(), seen.end(), wanted.begin(), wanted.end());
  }

  /// Deliveries received twice, by the kill in between.
  struct duplicates {
    std::vector<size_t> after_kill;
    /// Without a kill in between.
    size_t unexplained = 0;
  };

  duplicates duplicates_of(const std::vector<received_request>& requests,
                           const std::vector<moment>& kills) {
    duplicates out;
    out.after_kill.resize(kills.size() + 1);
    std::map<std::string, size_t> life_of;
    for (const auto& x : requests) {
      if (!x.accepted())
        continue;
      auto life
        = static_cast<size_t>(std::lower_bound(kills.begin(), kills.end(), x.at) - kills.begin());
      auto [i, first] = life_of.try_emplace(x.id, life);
      if (first)
        continue;
      if (i->second == life)
        ++out.unexplained;
      else
        // Of the kill after which the first one was not recorded; the second may have come several
        // starts later.
        ++out.after_kill[i->second];
      i->second = life;
    }
    return out;
  }

  /// First arrivals are in the order of the log.
  bool is_in_order(const std::vector<uint64_t>& arrivals) {
    uint64_t last = 0;
    std::set<uint64_t> seen;
    for (auto seq : arrivals) {
      if (!seen.insert(seq).second)
        continue;
      if (seq < last)
        return false;
      last = seq;
    }
    return true;
  }

  } // namespace

  TEST_CASE("kill -9 at random moments loses nothing and repeats what was under way only") {
    const auto seed = seed_of_run();
    MESSAGE("seed ", seed);
    std::mt19937 rng{seed};
    temporary_directory dir;
    auto data = dir.path() + "/data";
    // Of the receiver's thread.
    std::set<std::string> failed_once;
    std::set<std::string> hung_once;
    webhook_receiver receiver;
    auto subscribers = all_subscribers();
    {
      node_process node{data, brief};
      REQUIRE_MESSAGE(node.ready(), node.log());
      webhook_api api{node};
      for (auto& x : subscribers) {
        x.url = receiver.open();
        auto company = x.company.empty() ? "" : R"(,"companyId":")" + x.company + '"';
        api.create(x.url, company + x.more);
      }
      receiver.behave(subscribers[4].url, [&](const received_request& x, size_t) {
        return reply::answer(failed_once.insert(x.id).second ? 500 : 204);
      });
      receiver.behave(subscribers[5].url, [&](const received_request& x, size_t count) {
        return count % 40 == 1 && hung_once.insert(x.id).second ? reply::hang()
                                                                : reply::answer(204);
      });
      node.child().kill();
    }
    acknowledged acks;
    std::vector<moment> kills;
    for (unsigned cycle = 0; cycle < crash_cycles(); ++cycle)
      kills.push_back(run_and_kill(data, receiver, acks, cycle, rng));

    node_process node{data, brief};
    REQUIRE_MESSAGE(node.ready(), node.log());
    for (const auto& x : subscribers) {
      CAPTURE(x.name);
      CHECK(eventually([&] { return all_arrived(receiver, x, acks); }, 60s));
    }
    REQUIRE(acks.events.size() > crash_cycles());
    for (const auto& x : subscribers) {
      CAPTURE(x.name);
      auto requests = receiver.received(x.url);
      auto twice = duplicates_of(requests, kills);
      auto most = *std::max_element(twice.after_kill.begin(), twice.after_kill.end());
      size_t sum = 0;
      for (auto n : twice.after_kill)
        sum += n;
      MESSAGE(x.name, ": ", expected_of(x, acks).size(), " events, ", requests.size(),
              " requests, ", sum, " twice, at most ", most, " after a kill");
      CHECK(twice.unexplained == 0);
      CHECK(most <= x.in_flight);
    }
    CHECK(is_in_order(accepted_seqs(receiver, subscribers[3].url)));
    webhook_api api{node};
    CHECK(api.get("/api/dead-letters")["deadLetters"].Empty());
    CHECK(api.get("/api/audit/verify")["valid"].GetBool());
    MESSAGE(acks.events.size(), " acknowledged, ", crash_cycles(), " kills");
  }

  TEST_CASE("retries that are due in the future survive a kill") {
    temporary_directory dir;
    auto data = dir.path() + "/data";
    webhook_receiver receiver;
    auto url = receiver.open(
      [](const received_request&, size_t count) { return reply::answer(count <= 3 ? 500 : 204); });
    std::vector<uint64_t> seqs;
    webhook_api::made hook;
    std::vector<std::string> histories;
    {
      node_process node{data};
      REQUIRE_MESSAGE(node.ready(), node.log());
      webhook_api api{node};
      // A busy machine takes its time to start the node again.
      hook = api.create(url, R"(,"retrySchedule":[8])");
      for (int i = 0; i < 3; ++i)
        seqs.push_back(api.publish(order_json("o-" + std::to_string(i), "c-1")));
      for (auto seq : seqs)
        histories.push_back(text_of(api.history_with(hook, seq, "retrying")));
      node.child().kill();
    }
    node_process node{data};
    REQUIRE_MESSAGE(node.ready(), node.log());
    webhook_api api{node};
    for (size_t i = 0; i < seqs.size(); ++i)
      if (auto now = api.history(hook, seqs[i]); receiver.count(url) == 3)
        CHECK(text_of(now) == histories[i]);
    if (receiver.count(url) != 3)
      MESSAGE("the node came up too late to tell");
    for (auto seq : seqs)
      api.history_with(hook, seq, "delivered", 2);
    CHECK(receiver.count(url) == 6);
    std::map<std::string, moment> failed;
    for (const auto& x : receiver.received(url)) {
      auto [i, first] = failed.try_emplace(x.id, x.at);
      if (first)
        continue;
      auto pause = std::chrono::duration<double>(x.at - i->second).count();
      MESSAGE(x.id, " again after ", pause, " s");
      // It began before its answer came, and jitter only delays.
      CHECK(pause >= 8.0);
    }
  }

  TEST_CASE("what was acknowledged to an operator is there after a kill") {
    temporary_directory dir;
    auto data = dir.path() + "/data";
    webhook_receiver receiver;
    auto url = receiver.open();
    auto rotated = receiver.open();
    auto quiet = receiver.open();
    std::string before;
    std::vector<std::string> secrets;
    webhook_api::made hook;
    webhook_api::made second;
    webhook_api::made off;
    {
      node_process node{data};
      REQUIRE_MESSAGE(node.ready(), node.log());
      webhook_api api{node};
      hook = api.create("http://127.0.0.1:9/", R"(,"headers":{"X-A":"1"},"ratePerSecond":2.5)");
      second = api.create(rotated, R"(,"companyId":"c-1","retrySchedule":[7,8])");
      off = api.create(quiet);
      auto gone = api.create(quiet);
      api.patch(path_of(hook), R"({"url":")" + url + R"(","headers":{"X-B":"2"},"ordered":true})");
      CHECK(api.admin().Delete(path_of(gone))->status == 204);
      api.post(path_of(off, "disable"));
      secrets.push_back(second.secret);
      auto answer = api.post(path_of(second, "rotate-secret"), R"({"graceSeconds":3600})");
      secrets.emplace_back(answer["secret"].GetString());
      before = text_of(api.get("/api/events/webhooks"));
      node.child().kill();
    }
    node_process node{data};
    REQUIRE_MESSAGE(node.ready(), node.log());
    webhook_api api{node};
    CHECK(text_of(api.get("/api/events/webhooks")) == before);
    auto seq = api.publish(order_json("o-1", "c-1"));
    api.history_with(hook, seq, "delivered");
    api.history_with(second, seq, "delivered");
    auto got = receiver.received(url);
    REQUIRE(got.size() == 1);
    CHECK(got[0].field("x-b") == "2");
    CHECK(got[0].field("x-a").empty());
    CHECK(is_signed_by(got[0], {hook.secret}));
    CHECK(is_signed_by(receiver.received(rotated).at(0), secrets));
    CHECK(secrets[0] != secrets[1]);
    CHECK(receiver.count(quiet) == 0);
    // Enabled, it gets what it missed.
    api.post(path_of(off, "enable"));
    api.history_with(off, seq, "delivered");
    CHECK(receiver.count(quiet) == 1);
    // The number of a deleted one is never reused.
    CHECK(api.create(quiet).id == 5);
  }
}

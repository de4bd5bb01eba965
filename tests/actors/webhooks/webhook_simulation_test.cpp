#include "tests/actors/webhooks/webhook_world.hpp"
#include "tests/support/random_run.hpp"

#include <random>
#include <set>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

// A hundred thousand deliveries through matcher, hub, consumers and endpoints, with random failures
// of receivers and with crashes, compared with the rules' prediction for each delivery.

TEST_SUITE("actors/webhook_simulation") {
  namespace {

  using delivery_id = std::pair<uint64_t, position>;

  /// Requests at a receiver, and its answers.
  struct attempt_seen {
    timestamp at;
    timestamp answered_at;
    bool success = false;
    bool gives_pause = false;
    std::chrono::seconds retry_after{0};
    uint64_t life = 0;
  };

  struct simulation : webhook_world {
    std::mt19937_64 rng;
    uint64_t life = 0;
    std::map<delivery_id, std::vector<attempt_seen>> seen;
    std::map<uint64_t, webhook_settings> settings;
    /// Expected deliveries.
    size_t expected_deliveries = 0;
    size_t total = 0;
    size_t crashes = 0;

    explicit simulation(uint64_t seed) : rng(seed) {
      keep_calls = false;
      options.window = 64;
      receiver = [this](const received& x) { return judge(x); };
    }

    bool chance(unsigned percent) {
      return rng() % 100 < percent;
    }

    reply judge(const received& x) {
      // A few are very slow.
      auto after = std::chrono::milliseconds{chance(2) ? 5'000 : rng() % 4 * 100};
      const auto& own = settings.at(x.webhook_id);
      CHECK(open_calls[x.webhook_id] <= (own.ordered ? 1 : own.max_in_flight));
      // Half of the webhooks have good receivers; of the others every third call fails, or every
      // twentieth if a failure blocks all that follow.
      auto out = status(200);
      attempt_seen what{x.at, x.at + after, true, false, 0s, life};
      if (x.webhook_id % 2 == 0 && chance(own.ordered ? 5 : 33)) {
        what.success = false;
        switch (rng() % 5) {
        case 0:
          out = fault(http_fault::timeout);
          break;
        case 1:
          out = fault(http_fault::dns);
          break;
        case 2:
          what.retry_after = std::chrono::seconds{rng() % 20};
          out = status(500, std::to_string(what.retry_after.count()));
          break;
        case 3:
          what.gives_pause = true;
          what.retry_after = std::chrono::seconds{rng() % 5};
          out = status(rng() % 2 == 0 ? 429 : 503, std::to_string(what.retry_after.count()));
          break;
        default:
          out = status(404);
        }
      }
      out.after = after;
      seen[{x.webhook_id, x.seq}].push_back(what);
      ++total;
      return out;
    }

    void add_webhooks(size_t count) {
      for (size_t i = 0; i < count; ++i) {
        webhook_settings own;
        if (chance(40))
          own.company_id = "c-" + std::to_string(rng() % 3);
        if (chance(40))
          own.types = {*type_pattern::parse(chance(50) ? "order.*" : "user.created")};
        own.ordered = chance(15);
        if (own.ordered) {
          own.company_id = "c-0";
          own.types = {*type_pattern::parse("user.created")};
        }
        own.max_in_flight = 1 + static_cast<uint32_t>(rng() % 8);
        own.retry.schedule.clear();
        for (auto n = 2 + rng() % 4; n > 0; --n)
          own.retry.schedule.emplace_back(1 + rng() % 10);
        settings[add(own).id] = own;
      }
    }

    void publish_some(size_t count) {
      std::vector<std::shared_ptr<event>> events;
      for (size_t i = 0; i < count; ++i)
        events.push_back(make_event(0, "c-" + std::to_string(rng() % 3),
                                    chance(60) ? "order.created" : "user.created"));
      for (const auto& [id, own] : settings)
        for (const auto& x : events)
          expected_deliveries += wants(id, *x) ? 1 : 0;
      publish(std::move(events));
    }

    bool wants(uint64_t id, const event& x) const {
      event_filter filter;
      filter.types = settings.at(id).types;
      if (!settings.at(id).company_id.empty())
        filter.company_id = settings.at(id).company_id;
      return matches(filter, x);
    }

    bool is_dead(const delivery_id& x) const {
      return dead.contains(x);
    }

    std::set<delivery_id> dead;

    void collect_dead() {
      dead.clear();
      for (const auto& letter : state.letters)
        dead.insert({webhook_of_consumer(letter.consumer).value_or(0), letter.seq});
    }

    /// All published events are delivered or dead letters.
    bool settled() {
      collect_dead();
      for (const auto& [id, own] : settings) {
        for (const auto& x : log.events) {
          if (!wants(id, *x) || dead.contains({id, x->seq}))
            continue;
          auto i = seen.find({id, x->seq});
          if (i == seen.end()
              || std::none_of(i->second.begin(), i->second.end(),
                              [](const auto& y) { return y.success; })) {
            auto status = ask<webhook_status>(hub, get_webhook_status{id});
            unsettled = "webhook " + std::to_string(id) + " event " + std::to_string(x->seq)
                        + " of " + std::to_string(log.head()) + ", attempts "
                        + std::to_string(i == seen.end() ? 0 : i->second.size());
            if (status)
              unsettled += ", cursor " + std::to_string(status->consumer.cursor) + ", retrying "
                           + std::to_string(status->consumer.retrying) + ", in flight "
                           + std::to_string(status->consumer.in_flight) + ", running "
                           + std::to_string(status->running) + ", " + status->consumer.last_error;
            return false;
          }
        }
      }
      return true;
    }

    std::string unsettled;

    /// The rules, for one delivery.
    void check_delivery(const delivery_id& key, const std::vector<attempt_seen>& tries) const {
      const auto& own = settings.at(key.first);
      CAPTURE(key.first);
      CAPTURE(key.second);
      size_t failures = 0;
      // From outside one cannot see whether the last outcome before a crash was stored.
      size_t cut = 0;
      for (size_t i = 0; i < tries.size(); ++i) {
        const auto& x = tries[i];
        if (i > 0) {
          const auto& before = tries[i - 1];
          // After a crash whose outcome was not stored it is simply made again.
          cut += before.life == x.life ? 0 : 1;
          if (before.life == x.life)
            CHECK_MESSAGE(!before.success, "delivered, and yet sent again");
          if (cut == 0) {
            REQUIRE(failures >= 1);
            REQUIRE(failures <= own.retry.schedule.size());
            auto planned = own.retry.schedule[failures - 1];
            CHECK(x.at >= before.answered_at + std::max(planned, before.retry_after));
          }
        }
        // Attempts that a crash interrupted or lost do not count as failures.
        failures = x.success ? 0 : std::min(failures + 1, own.retry.schedule.size() + 1);
      }
      auto delivered
        = std::any_of(tries.begin(), tries.end(), [](const auto& x) { return x.success; });
      CHECK((delivered || is_dead(key)));
      // Dead-lettered after exactly one attempt more than there are pauses, not counting repeats by
      // crashes.
      if (is_dead(key))
        CHECK(tries.size() >= own.retry.schedule.size() + 1);
      CHECK(tries.size() <= own.retry.schedule.size() + 1 + cut);
    }

    /// A crash repeats at most as many deliveries of a webhook as it may have in flight.
    void check_repeats() const {
      std::map<uint64_t, size_t> repeats_of;
      size_t repeats = 0;
      for (const auto& [key, tries] : seen) {
        auto good = static_cast<size_t>(
          std::count_if(tries.begin(), tries.end(), [](const auto& x) { return x.success; }));
        repeats_of[key.first] += std::max<size_t>(good, 1) - 1;
      }
      size_t allowed = 0;
      for (const auto& [id, own] : settings) {
        CAPTURE(id);
        auto most = (own.ordered ? 1 : own.max_in_flight) * crashes;
        CHECK(repeats_of[id] <= most);
        repeats += repeats_of[id];
        allowed += most;
      }
      MESSAGE("deliveries ", seen.size(), ", attempts ", total, ", crashes ", crashes, ", repeats ",
              repeats, " of ", allowed, " allowed, dead letters ", dead.size());
    }

    /// First attempts of an ordered one come in the order of the log.
    void check_order() const {
      std::map<uint64_t, std::pair<position, timestamp>> last;
      for (const auto& [key, tries] : seen) {
        if (!settings.at(key.first).ordered)
          continue;
        auto [i, added] = last.try_emplace(key.first, key.second, tries.front().at);
        if (!added) {
          CHECK(i->second.first < key.second);
          CHECK(i->second.second <= tries.front().at);
          i->second = {key.second, tries.front().at};
        }
      }
    }
  };

  void simulate(uint64_t seed, size_t deliveries, bool with_crashes) {
    MESSAGE("seed ", seed);
    simulation world{seed};
    world.start();
    world.add_webhooks(60);
    while (world.expected_deliveries < deliveries) {
      world.publish_some(1 + world.rng() % 40);
      world.run(std::chrono::milliseconds{100 * (1 + world.rng() % 5)});
      if (with_crashes && world.chance(15)) {
        world.crash();
        ++world.crashes;
        world.life = world.crashes;
        if (world.chance(50))
          world.publish_some(5);
        world.run(1s);
        world.start();
      }
    }
    for (int i = 0; i < 300 && !world.settled(); ++i)
      world.run(60s, 500ms);
    REQUIRE_MESSAGE(world.settled(), world.unsettled);
    for (const auto& [key, tries] : world.seen) {
      // Only events that it selects.
      CHECK(world.wants(key.first, *world.log.events.at(key.second - 1)));
      world.check_delivery(key, tries);
    }
    CHECK(world.seen.size() == world.expected_deliveries);
    world.check_order();
    world.check_repeats();
  }

  } // namespace

  TEST_CASE("without crashes every delivery follows the rules to the letter") {
    simulate(seed_of_run(), environment_number("CARILLON_SIMULATION_DELIVERIES", 50'000), false);
  }

  TEST_CASE("with crashes nothing is lost, and repeated at most what was in flight") {
    simulate(seed_of_run(), environment_number("CARILLON_SIMULATION_DELIVERIES", 60'000), true);
  }
}

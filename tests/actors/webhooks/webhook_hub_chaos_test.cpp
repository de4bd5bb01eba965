#include "messages/codec/catalogue/webhook.hpp"
#include "tests/actors/webhooks/webhook_hub_world.hpp"
#include "tests/support/printing.hpp"

#include <random>
#include <set>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("actors/webhook_hub_chaos") {
  namespace {

  /// Everything at once: events, changes, crashes of endpoints, few places, little credit.
  struct chaos : hub_world {
    std::mt19937_64 rng;
    struct filter_change {
      /// Events after it are under it.
      position head = 0;
      std::set<std::string> types;
    };
    std::map<uint64_t, std::vector<filter_change>> filters;
    std::map<uint64_t, size_t> killed;
    static constexpr size_t webhooks = 6;

    explicit chaos(uint64_t seed) : rng(seed) {
      options.idle = 1s;
      options.tick = 200ms;
      options.max_running = 4;
      options.credit = 2;
      options.window = 8;
      options.restart_pause = 100ms;
      options.max_restart_pause = 2s;
      random = 0.5;
      receiver = [this](const received&) {
        auto out = status(200);
        out.after = std::chrono::milliseconds{below(4) == 0 ? below(3'000) : 0};
        return out;
      };
      start();
      for (size_t i = 0; i < webhooks; ++i) {
        webhook_settings own;
        own.ordered = i == 0;
        own.max_in_flight = 2;
        filters[add(own).id] = {{0, {}}};
      }
    }

    uint64_t below(uint64_t n) {
      return rng() % n;
    }

    void change(uint64_t id) {
      static const std::vector<std::vector<std::string>> all{
        {"order.created"}, {"order.created", "user.login"}, {"order.created", "user.login", "a.b"}};
      const auto& types = all[below(all.size())];
      REQUIRE(set_types(id, types));
      filters[id].push_back({log.head(), {types.begin(), types.end()}});
    }

    void step() {
      static const std::vector<std::string> types{"order.created", "user.login", "a.b"};
      auto id = 1 + below(webhooks);
      auto dice = below(100);
      if (dice < 70) {
        publish(types[below(types.size())]);
      } else if (dice < 76) {
        change(id);
      } else if (dice < 79) {
        REQUIRE(enable(id, below(2) == 0));
      } else if (dice < 81) {
        rotate_webhook_secret request;
        request.id = id;
        // Given, so that it needs no read, which may be delayed.
        request.secret = to_text(make_webhook_secret(webhook_secret_kind::hmac).value()).value();
        REQUIRE(ask<rotated_secret>(hub, request));
      } else if (dice < 83) {
        killed[id] += kill(id) ? 1 : 0;
      } else if (dice < 84) {
        run(5s, 200ms);
      } else if (dice < 85) {
        gate.holds = !gate.holds;
        if (!gate.holds)
          open_gate();
      } else {
        run(std::chrono::milliseconds{100 * below(10)});
      }
      // Time passed during the request, and receivers answer in time.
      run(0s);
    }

    /// Every filter since the event was published selects it.
    bool must_have(uint64_t id, const event& x) const {
      const auto& all = filters.at(id);
      for (size_t i = 0; i < all.size(); ++i) {
        auto over = i + 1 < all.size() && all[i + 1].head < x.seq;
        if (!over && !all[i].types.empty() && !all[i].types.contains(x.type))
          return false;
      }
      return true;
    }

    void settle() {
      open_gate();
      for (size_t id = 1; id <= webhooks; ++id)
        REQUIRE(enable(id, true));
      run(3min, 200ms);
    }

    void check() {
      size_t due = 0;
      for (const auto& [id, changes] : filters) {
        auto seen = sent_counts(id);
        size_t repeats = 0;
        for (const auto& x : log.events) {
          CAPTURE(id);
          CAPTURE(x->seq);
          CAPTURE(x->type);
          auto n = seen.at(x->seq - 1);
          repeats += n > 1 ? n - 1 : 0;
          if (!must_have(id, *x))
            continue;
          ++due;
          CHECK(n >= 1);
        }
        CAPTURE(id);
        CHECK(repeats <= (id == 1 ? 1 : 2) * killed[id]);
        CHECK(!is_running(id));
        // Active at most for the next published event.
        const auto& record = store.all.at(id).webhook;
        CHECK((!record.active() || record.awake_at > log.head()));
      }
      CHECK(due > log.head());
      CHECK(stats->webhook_in_flight == 0);
    }
  };

  } // namespace

  TEST_CASE("whatever happens to webhooks, no event that they want is lost") {
    auto seed = std::random_device{}();
    MESSAGE("seed ", seed);
    for (uint64_t i = 0; i < 6; ++i) {
      CAPTURE(i);
      chaos world{seed + i};
      for (int n = 0; n < 400; ++n)
        world.step();
      world.settle();
      world.check();
    }
  }
}

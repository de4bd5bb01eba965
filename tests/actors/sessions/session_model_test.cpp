#include "tests/actors/sessions/audience_rule.hpp"
#include "tests/actors/sessions/session_world.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("actors/session") {
  namespace {

  using seqs = std::vector<position>;

  } // namespace

  TEST_CASE("whatever happens, each client gets what it may see, once and in order") {
    auto seed = std::random_device{}();
    MESSAGE("seed ", seed);
    for (unsigned round = 0; round < 20; ++round) {
      CAPTURE(round);
      std::mt19937 rng{seed + round};
      auto below = [&](size_t n) { return rng() % n; };
      session_world world;
      world.options.history_events = 1 + below(40);
      world.options.credit = 3;
      world.options.segment_events = 1 + below(5);
      world.options.session.page_events = 1 + below(10);
      world.start();
      struct client {
        std::string user;
        std::string company;
        std::shared_ptr<fake_link> link;
        seqs got;
        position since = 0;
      };
      std::vector<client> clients;
      auto connect = [&](client& x) {
        if (x.link) {
          // Only events that it had received count.
          x.got.insert(x.got.end(), x.link->seqs.begin(), x.link->seqs.end());
          x.since = std::max(x.since, x.link->seqs.empty() ? 0 : x.link->seqs.back());
          x.link->drop();
          world.deliver();
        }
        auto request = session_world::request_of(x.user, x.company);
        request.since = x.since;
        request.catch_up = true;
        x.link = std::make_shared<fake_link>();
        x.link->budget = 1'000;
        world.open(request, x.link);
      };
      for (const char* user : {"u-1", "u-2"})
        for (const char* company : {"c-1", "c-2", ""})
          clients.push_back({user, company, {}, {}, 0});
      for (auto& x : clients)
        connect(x);
      position fed = 0;
      for (int step = 0; step < 300; ++step) {
        static constexpr audience kinds[]{audience::none, audience::user, audience::company,
                                          audience::all};
        for (size_t n = below(6); n > 0; --n)
          world.append(kinds[below(4)], "c-" + std::to_string(1 + below(2)),
                       "u-" + std::to_string(1 + below(2)));
        if (below(3) > 0 && fed < world.log.head()) {
          // Sometimes the router has no credit, and the hub must read the log.
          if (below(4) == 0)
            world.self->send(world.hub, atom::head_v, world.log.head());
          else
            world.feed(fed);
          fed = world.log.head();
          world.deliver();
        }
        auto& x = clients[below(clients.size())];
        if (below(6) == 0)
          connect(x);
        x.link->stalls = below(2) == 0;
        if (!x.link->stalls)
          x.link->drain();
        if (below(10) == 0)
          world.run(1s);
        world.deliver();
      }
      if (fed < world.log.head())
        world.feed(fed);
      for (auto& x : clients) {
        x.link->stalls = false;
        x.link->drain();
      }
      world.run(5s);
      for (auto& x : clients) {
        CAPTURE(x.user);
        CAPTURE(x.company);
        x.got.insert(x.got.end(), x.link->seqs.begin(), x.link->seqs.end());
        seqs wanted;
        for (const auto& y : world.log.events)
          if (is_for(*y, x.user, x.company))
            wanted.push_back(y->seq);
        CHECK(x.got == wanted);
      }
    }
  }
}

#include "actors/state/waiting_lease.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace carillon;

TEST_SUITE("actors/state/waiting_lease") {
  namespace {

  enqueue_jobs call_of(const std::string& queue, const std::string& company) {
    enqueue_jobs out;
    out.drafts.push_back(
      {.kind = queue + ".small", .key = "k", .payload = "{}", .company_id = company});
    return out;
  }

  /// As it is meant, however long it takes.
  bool concerns(const wanted_jobs& x, const enqueue_jobs& call) {
    return std::any_of(call.drafts.begin(), call.drafts.end(), [&](const job_draft& y) {
      return queue_of(y.kind) == x.queue && (!x.company_id || *x.company_id == y.company_id);
    });
  }

  } // namespace

  TEST_CASE("of many queues and calls, those that concern each other are found") {
    const unsigned seed = std::random_device{}();
    MESSAGE("seed " << seed);
    std::mt19937 random{seed};
    const auto name
      = [&](const char* what, unsigned most) { return what + std::to_string(random() % most); };
    for (int round = 0; round < 200; ++round) {
      lease_jobs waits;
      for (auto n = random() % 12; n > 0; --n) {
        waits.queues.push_back({.queue = name("q", 6), .most = 1});
        if (random() % 2 == 0)
          waits.queues.back().company_id = name("c", 4);
      }
      std::vector<enqueue_jobs> added;
      for (auto n = 1 + random() % 6; n > 0; --n)
        added.push_back(call_of(name("q", 6), random() % 4 == 0 ? "" : name("c", 4)));
      waiting_lease::calls calls;
      for (const auto& x : added)
        calls.push_back(&x);

      waiting_lease all;
      all.begin(waits, {});
      const auto wanted = all.wanted(calls);
      std::vector<size_t> expected;
      for (size_t i = 0; i < waits.queues.size(); ++i)
        if (std::any_of(added.begin(), added.end(),
                        [&](const auto& x) { return concerns(waits.queues[i], x); }))
          expected.push_back(i);
      REQUIRE(wanted.queues.size() == expected.size());
      for (size_t i = 0; i < expected.size(); ++i) {
        CHECK(wanted.queues[i].queue == waits.queues[expected[i]].queue);
        CHECK(wanted.queues[i].company_id == waits.queues[expected[i]].company_id);
      }
      const bool tells_all = std::all_of(added.begin(), added.end(), [&](const auto& x) {
        return std::any_of(waits.queues.begin(), waits.queues.end(),
                           [&](const auto& y) { return concerns(y, x); });
      });
      CHECK(all.answer(calls, {}) == tells_all);
      // It is answered once.
      CHECK(all.wanted(calls).queues.empty());
      CHECK_FALSE(all.answer(calls, {}));
    }
  }
}

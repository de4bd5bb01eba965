#include "actors/webhooks/webhook_index.hpp"

#include "tests/support/events.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace carillon;
using carillon::test::make_event;

TEST_SUITE("actors/webhook_index") {
  namespace {

  webhook hook(uint64_t id, std::string company, const std::vector<std::string>& types) {
    webhook out;
    out.id = id;
    out.settings.company_id = std::move(company);
    for (const auto& x : types)
      out.settings.types.push_back(*type_pattern::parse(x));
    return out;
  }

  struct found {
    std::vector<uint64_t> ids;
    std::vector<webhook_activation> activated;
  };

  found matched_by(webhook_index& index, const event& x) {
    found out;
    index.match(x, out.ids, out.activated);
    std::sort(out.ids.begin(), out.ids.end());
    return out;
  }

  using ids = std::vector<uint64_t>;

  /// A model of the index without its data structures.
  struct model {
    struct hook_model {
      std::vector<std::string> types;
      /// As in the store.
      webhook stored;
      /// Events found for it, ascending.
      std::vector<position> concerned;
      /// All its events up to here were delivered.
      position done = 0;
    };

    std::mt19937_64 rng;
    webhook_index* index = nullptr;
    std::unique_ptr<webhook_index> owned;
    std::map<uint64_t, hook_model> hooks;
    uint64_t next_id = 1;
    std::vector<std::shared_ptr<event>> log;
    /// Of the matcher: the position matched, and the durable one.
    position matched = 0;
    position committed = 0;
    /// Ever matched, crashes or not.
    position known = 0;
    std::vector<webhook_activation> activations;
    /// Records on their way to the store; a crash loses them.
    std::vector<std::pair<uint64_t, position>> notes;
    size_t crashes = 0;
    size_t sleeps = 0;

    explicit model(uint64_t seed) : rng(seed) {
      renew();
    }

    size_t below(size_t n) {
      return rng() % n;
    }

    void renew() {
      owned = std::make_unique<webhook_index>();
      index = owned.get();
    }

    static bool fits(const std::string& pattern, const std::string& type) {
      if (pattern == "*")
        return true;
      if (pattern.ends_with(".*"))
        return type.starts_with(pattern.substr(0, pattern.size() - 1));
      return pattern == type;
    }

    static bool wants(const hook_model& x, const event& y) {
      const auto& company = x.stored.settings.company_id;
      return (company.empty() || company == y.company_id)
             && (x.types.empty() || std::any_of(x.types.begin(), x.types.end(), [&](const auto& z) {
                   return fits(z, y.type);
                 }));
    }

    std::vector<std::string> some_types() {
      static const std::vector<std::string> all{
        "order.created", "order.shipped", "user.login", "order.*", "a.b", "a.b.c", "a.b.*", "*"};
      std::vector<std::string> out;
      for (auto n = below(4); n > 0; --n)
        out.push_back(all[below(all.size())]);
      return out;
    }

    uint64_t any_id() {
      auto i = hooks.begin();
      std::advance(i, static_cast<std::ptrdiff_t>(below(hooks.size())));
      return i->first;
    }

    void set_types(hook_model& x, std::vector<std::string> types) {
      x.types = std::move(types);
      x.stored.settings.types.clear();
      for (const auto& y : x.types)
        x.stored.settings.types.push_back(*type_pattern::parse(y));
    }

    void put(hook_model& x) {
      CHECK(index->put(x.stored) == matched);
    }

    void create() {
      auto& x = hooks[next_id];
      x.stored.id = next_id++;
      if (below(3) > 0)
        x.stored.settings.company_id = "c-" + std::to_string(below(3));
      set_types(x, some_types());
      x.stored.awake_at = std::max<position>(log.size(), 1);
      x.stored.asleep_at = x.stored.awake_at - 1;
      x.done = log.size();
      put(x);
    }

    /// New types, enabled, or both; each activates it in the store.
    void change() {
      auto& x = hooks.at(any_id());
      if (below(2) == 0) {
        set_types(x, some_types());
        // Events that it no longer selects need not be delivered.
        std::erase_if(x.concerned, [&](position seq) { return !wants(x, *log[seq - 1]); });
      } else {
        x.stored.enabled = !x.stored.enabled;
      }
      x.stored.awake_at = std::max(x.stored.awake_at, x.stored.asleep_at + 1);
      put(x);
    }

    void erase() {
      auto id = any_id();
      index->erase(id);
      hooks.erase(id);
      CHECK(!index->find(id));
      CHECK(!index->try_passivate(id, matched));
    }

    void publish() {
      static const std::vector<std::string> types{"order.created", "order.shipped", "order.a.b",
                                                  "user.login",    "a.b",           "a.b.c"};
      auto company = below(4) == 0 ? "" : "c-" + std::to_string(below(3));
      log.push_back(make_event(log.size() + 1, company, types[below(types.size())]));
    }

    void match_next() {
      if (matched == log.size())
        return;
      const auto& x = *log[matched];
      matched = x.seq;
      ids expected;
      for (auto& [id, y] : hooks) {
        auto idle_at = index->find(id)->asleep_at;
        if (!wants(y, x) || x.seq <= idle_at)
          continue;
        if (y.stored.enabled)
          expected.push_back(id);
        // Events matched before a change of its filter are not for the new filter.
        if (x.seq > known && x.seq > y.done)
          y.concerned.push_back(x.seq);
      }
      known = std::max(known, matched);
      auto got = matched_by(*index, x);
      CHECK(got.ids == expected);
      activations.insert(activations.end(), got.activated.begin(), got.activated.end());
    }

    void commit() {
      for (const auto& x : activations)
        if (auto i = hooks.find(x.webhook_id); i != hooks.end())
          i->second.stored.awake_at = std::max(i->second.stored.awake_at, x.at);
      activations.clear();
      committed = matched;
    }

    void sleep() {
      auto id = any_id();
      auto& x = hooks.at(id);
      // After a crash, events to be matched again are not known yet.
      auto next = std::upper_bound(x.concerned.begin(), x.concerned.end(), matched);
      auto last = next == x.concerned.begin() ? 0 : *(next - 1);
      // The hub queries after the consumer has read earlier matches.
      auto done = std::max(index->find(id)->put_at, below(matched + 1));
      if (below(3) > 0)
        done = std::max(last, done);
      auto at = index->try_passivate(id, done);
      if (last > done)
        CHECK(!at);
      if (!at)
        return;
      CHECK(*at >= matched);
      CHECK((!index->find(id)->active || index->find(id)->awake_at > matched));
      x.done = std::max(x.done, *at);
      std::erase_if(x.concerned, [&](position seq) { return seq <= *at; });
      notes.emplace_back(id, *at);
      ++sleeps;
    }

    void store_notes() {
      for (const auto& [id, at] : notes)
        if (auto i = hooks.find(id); i != hooks.end())
          i->second.stored.asleep_at = std::max(i->second.stored.asleep_at, at);
      notes.clear();
    }

    /// Both actors and the index are gone; the store and the log stay, and so does the consumers'
    /// progress.
    void crash() {
      ++crashes;
      activations.clear();
      notes.clear();
      renew();
      // Its cursor may be older than the last commit: a restored backup, say.
      committed -= std::min<position>(committed, below(3) == 0 ? below(10) : 0);
      matched = committed;
      index->start_at(matched);
      for (auto& [id, x] : hooks)
        put(x);
      // Before anything is matched again: webhooks with earlier matches are active.
      check_nothing_lost(matched);
    }

    /// Undelivered events of a webhook are at or after the position of its activation, from which
    /// its consumer reads.
    void check_nothing_lost(position up_to) const {
      for (const auto& [id, x] : hooks) {
        auto standing = index->find(id);
        REQUIRE(standing);
        // Checking the first one suffices, since they ascend.
        if (x.concerned.empty() || x.concerned.front() > up_to)
          continue;
        CAPTURE(id);
        CAPTURE(x.concerned.front());
        CHECK(standing->active);
        CHECK(standing->awake_at <= x.concerned.front());
      }
    }

    void step() {
      auto dice = below(100);
      if (dice < 40)
        publish();
      else if (dice < 80)
        match_next();
      else if (dice < 85)
        commit();
      else if (dice < 88)
        store_notes();
      else if (hooks.size() < 30 && dice < 90)
        create();
      else if (hooks.empty())
        create();
      else if (dice < 92)
        change();
      else if (dice < 93)
        erase();
      else if (dice < 99)
        sleep();
      else if (below(4) == 0)
        crash();
      CHECK(index->size() == hooks.size());
      auto off = std::count_if(hooks.begin(), hooks.end(),
                               [](const auto& x) { return !x.second.stored.enabled; });
      CHECK(index->disabled() == static_cast<size_t>(off));
      if (below(4) == 0)
        check_nothing_lost(matched);
    }
  };

  } // namespace

  TEST_CASE("an event concerns those of its company and those of all companies") {
    webhook_index index;
    index.put(hook(1, "c-1", {}));
    index.put(hook(2, "c-2", {}));
    index.put(hook(3, "", {}));
    CHECK(matched_by(index, *make_event(1, "c-1")).ids == ids{1, 3});
    CHECK(matched_by(index, *make_event(2, "c-3")).ids == ids{3});
    CHECK(matched_by(index, *make_event(3, "")).ids == ids{3});
  }

  TEST_CASE("types that overlap name a webhook once") {
    webhook_index index;
    index.put(hook(1, "", {"order.*", "order.created", "*", "order.created"}));
    index.put(hook(2, "", {"order.created", "order.created"}));
    index.put(hook(3, "", {"order.created.x", "user.*"}));
    CHECK(matched_by(index, *make_event(1)).ids == ids{1, 2});
    CHECK(matched_by(index, *make_event(2, "c-1", "orders.created")).ids == ids{1});
    CHECK(matched_by(index, *make_event(3, "c-1", "order.created.x")).ids == ids{1, 3});
  }

  TEST_CASE("only the first event after a passivation activates") {
    webhook_index index;
    index.put(hook(1, "", {}));
    auto first = matched_by(index, *make_event(5));
    REQUIRE(first.activated.size() == 1);
    CHECK(first.activated[0].at == 5);
    CHECK(matched_by(index, *make_event(6)).activated.empty());
    CHECK(!index.try_passivate(1, 5));
    CHECK(index.find(1)->active);
    CHECK(index.try_passivate(1, 6) == position{6});
    CHECK(!index.find(1)->active);
    CHECK(matched_by(index, *make_event(7)).activated.size() == 1);
  }

  TEST_CASE("a disabled one is not named, and yet activated") {
    webhook_index index;
    auto off = hook(1, "", {});
    off.enabled = false;
    index.put(off);
    auto seen = matched_by(index, *make_event(3));
    CHECK(seen.ids.empty());
    CHECK(seen.activated.size() == 1);
    CHECK(index.enabled("").empty());
    off.enabled = true;
    CHECK(index.put(off) == 3);
    CHECK(index.find(1)->awake_at == 3);
    CHECK(matched_by(index, *make_event(4)).ids == ids{1});
    CHECK(index.enabled("c-9") == ids{1});
  }

  TEST_CASE("what was read before a sleep does not take the sleep back") {
    webhook_index index;
    auto stored = hook(1, "", {});
    stored.awake_at = 1;
    index.put(stored);
    matched_by(index, *make_event(4));
    CHECK(index.try_passivate(1, 4) == position{4});
    index.put(stored);
    CHECK(!index.find(1)->active);
  }

  TEST_CASE("one that a change activated stays active until what may concern it was matched") {
    webhook_index index;
    index.start_at(5);
    auto changed = hook(1, "", {});
    changed.awake_at = 9;
    changed.asleep_at = 8;
    index.put(changed);
    CHECK(index.try_passivate(1, 8) == position{8});
    CHECK(index.find(1)->active);
    CHECK(index.find(1)->awake_at == 9);
    CHECK(matched_by(index, *make_event(9, "c-1")).ids == ids{1});
    CHECK(!index.try_passivate(1, 8));
    CHECK(index.try_passivate(1, 9) == position{9});
    CHECK(!index.find(1)->active);
  }

  TEST_CASE("what is matched once more, after a crash of the matcher alone, is noted once more") {
    webhook_index index;
    index.put(hook(1, "", {}));
    CHECK(matched_by(index, *make_event(5)).activated.size() == 1);
    CHECK(matched_by(index, *make_event(6)).activated.empty());
    auto again = matched_by(index, *make_event(5));
    CHECK(again.ids == ids{1});
    CHECK(again.activated.size() == 1);
    CHECK(matched_by(index, *make_event(6)).activated.empty());
  }

  TEST_CASE("matches as a plain model does, and a crash loses nobody's wake") {
    auto seed = std::random_device{}();
    MESSAGE("seed ", seed);
    size_t crashes = 0;
    size_t sleeps = 0;
    for (uint64_t i = 0; i < 20; ++i) {
      CAPTURE(i);
      model world{seed + i};
      for (int n = 0; n < 3'000; ++n)
        world.step();
      crashes += world.crashes;
      sleeps += world.sleeps;
    }
    CHECK(crashes > 20);
    CHECK(sleeps > 500);
  }

  TEST_CASE("filters that are looked at together select what each selects alone") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937_64 rng{seed};
    const auto below = [&](size_t n) { return static_cast<size_t>(rng() % n); };
    const auto member = [&] { return "data.m" + std::to_string(below(40)); };
    const auto some_filter = [&]() -> std::string {
      const auto value = std::to_string(below(3));
      switch (below(5)) {
      case 0:
        return "{}";
      case 1:
        return R"({")" + member() + R"(":)" + value + "}";
      case 2:
        return R"({")" + member() + R"(":{"$ne":)" + value + R"(},"type":"order.created"})";
      case 3:
        return R"({"$or":[{")" + member() + R"(":)" + value + R"(},{"companyId":"c-1"}]})";
      default:
        return R"({")" + member() + R"(":{"$exists":)" + (below(2) == 0 ? "true" : "false") + "}}";
      }
    };
    webhook_index index;
    std::map<uint64_t, webhook> all;
    const auto put = [&](uint64_t id) {
      auto& x = all[id]
        = hook(id, below(3) == 0 ? "" : "c-" + std::to_string(below(2)),
               below(2) == 0 ? std::vector<std::string>{} : std::vector<std::string>{"order.*"});
      x.settings.filter = *payload_filter::parse(some_filter());
      index.put(x);
    };
    // More than one group holds, for a company and for all.
    for (uint64_t id = 1; id <= 1'500; ++id)
      put(id);
    size_t matched = 0;
    for (position seq = 1; seq <= 60; ++seq) {
      for (int i = 0; i < 20; ++i)
        put(1 + below(1'500));
      if (const auto id = 1 + below(1'500); all.erase(id) > 0)
        index.erase(id);
      auto event = make_event(seq, "c-" + std::to_string(below(2)),
                              below(2) == 0 ? "order.created" : "user.login");
      event->data = "{";
      for (size_t i = 0; i < 40; ++i)
        if (below(2) == 0)
          event->data += (event->data.size() > 1 ? ",\"m" : "\"m") + std::to_string(i)
                         + "\":" + std::to_string(below(3));
      event->data += "}";
      ids expected;
      for (const auto& [id, x] : all) {
        const auto& s = x.settings;
        if ((s.company_id.empty() || s.company_id == event->company_id)
            && (s.types.empty() || s.types.front().matches(event->type))
            && matches_payload(s.filter, keys_of(*event)))
          expected.push_back(id);
      }
      CHECK(matched_by(index, *event).ids == expected);
      matched += expected.size();
    }
    CHECK(matched > 1'000);
  }

  TEST_CASE("an event that a filter excludes activates nothing, and is counted") {
    webhook_index index;
    auto stats = std::make_shared<telemetry>();
    index.count_excluded_in(stats);
    auto x = hook(1, "c-1", {"order.*"});
    x.settings.filter = *payload_filter::parse(R"({"data.total":{"$gt":100}})");
    index.put(x);
    const auto order_of = [](position seq, const char* data) {
      auto out = std::make_shared<event>(*make_event(seq, "c-1", "order.created"));
      out->data = data;
      return out;
    };
    CHECK(matched_by(index, *order_of(1, R"({"total":99})")).ids.empty());
    CHECK_FALSE(index.find(1)->active);
    CHECK(stats->filtered_by_webhooks == 1);
    const auto second = matched_by(index, *order_of(2, R"({"total":101})"));
    CHECK(second.ids == ids{1});
    CHECK(second.activated.size() == 1);
    CHECK(matched_by(index, *order_of(3, R"({})")).ids.empty());
    CHECK(stats->filtered_by_webhooks == 2);
    // It is done with everything up to the event that concerned it.
    CHECK(index.try_passivate(1, 2) == position{3});
    x.settings.filter = {};
    index.put(x);
    CHECK(matched_by(index, *order_of(4, R"({})")).ids == ids{1});
  }
}

#include "tests/persistence/state/state_fixture.hpp"
#include "tests/support/random_run.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <tuple>

// Random attempts, trims and resends against a plain map.

namespace carillon::test {

TEST_SUITE("persistence/webhook_delivery_model") {
  namespace {

  using state = webhook_delivery_state;

  struct kept {
    webhook_delivery delivery;
    std::vector<webhook_attempt> attempts;
  };

  struct by_key {
    bool operator()(const webhook_delivery_key& a, const webhook_delivery_key& b) const {
      return std::tie(a.webhook_id, a.seq, a.replay_id)
             < std::tie(b.webhook_id, b.seq, b.replay_id);
    }
  };

  using model = std::map<webhook_delivery_key, kept, by_key>;

  /// Draws everything from one seed.
  class world {
  public:
    explicit world(uint32_t seed) : random_(seed) {
    }

    uint64_t below(uint64_t n) {
      return random_() % n;
    }

    /// Time goes on, so that no two deliveries are of the same age.
    timestamp now() {
      return now_ += std::chrono::milliseconds{1 + below(5)};
    }

    webhook_attempt attempt() {
      const webhook_delivery_key key{1 + below(4), 1 + below(60), below(3)};
      auto x = make_attempt(key, static_cast<state>(below(3)), now());
      auto response = std::make_shared<http_response>();
      response->status = static_cast<int>(below(600));
      response->fault = static_cast<http_fault>(below(10));
      response->body = std::string(below(40), static_cast<char>(below(256)));
      response->phases.total_ms = static_cast<double>(below(1'000'000)) / 1'000.0;
      x.response = std::move(response);
      x.trigger = static_cast<attempt_trigger>(below(4));
      x.company_id = key.seq % 2 == 0 ? "acme" : "beta";
      return x;
    }

    list_webhook_deliveries question() {
      list_webhook_deliveries x;
      x.limit = 1 + below(20);
      if (below(2) == 0)
        x.webhook_id = 1 + below(5);
      if (below(3) == 0)
        x.seq = 1 + below(61);
      if (below(3) == 0)
        x.company_id = below(2) == 0 ? "acme" : "beta";
      if (below(2) == 0)
        x.state = static_cast<state>(below(3));
      return x;
    }

  private:
    std::mt19937 random_;
    timestamp now_ = epoch;
  };

  void record(model& all, webhook_attempt x, timestamp now) {
    auto [i, added] = all.try_emplace(x.delivery);
    auto& d = i->second.delivery;
    if (added) {
      d.key = x.delivery;
      d.company_id = x.company_id;
      d.created_at = x.at;
    }
    d.state = x.after;
    d.last_status = x.response->status;
    d.last_fault = x.response->fault;
    d.next_at = x.next_at;
    d.updated_at = now;
    x.number = ++d.attempts;
    if (!added && x.trigger == attempt_trigger::live)
      x.trigger = attempt_trigger::manual;
    i->second.attempts.push_back(std::move(x));
  }

  void trim(model& all, const trim_webhook_deliveries& ask) {
    std::vector<webhook_delivery> old;
    for (const auto& [key, x] : all)
      if (x.delivery.state != state::retrying)
        old.push_back(x.delivery);
    std::sort(old.begin(), old.end(),
              [](const auto& a, const auto& b) { return a.created_at < b.created_at; });
    const auto excess = all.size() > ask.keep ? all.size() - ask.keep : 0;
    for (size_t i = 0; i < old.size() && i < ask.limit; ++i)
      if (i < excess || old[i].created_at < ask.before)
        all.erase(old[i].key);
  }

  std::vector<webhook_delivery_key> answer(const model& all, const list_webhook_deliveries& ask) {
    std::vector<webhook_delivery_key> out;
    for (const auto& [key, x] : all)
      if ((!ask.webhook_id || *ask.webhook_id == key.webhook_id)
          && (!ask.seq || *ask.seq == key.seq)
          && (!ask.company_id || *ask.company_id == x.delivery.company_id)
          && (!ask.state || *ask.state == x.delivery.state))
        out.push_back(key);
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
      return std::tie(a.seq, a.webhook_id, a.replay_id)
             > std::tie(b.seq, b.webhook_id, b.replay_id);
    });
    return out;
  }

  void check_lists(state_store& store, const model& all, world& w) {
    for (int i = 0; i < 20; ++i) {
      auto ask = w.question();
      std::vector<webhook_delivery_key> found;
      do {
        const auto page = must(store.deliveries().list(ask));
        for (const auto& x : page.items)
          found.push_back(x.key);
        ask.beyond = page.next;
      } while (ask.beyond);
      REQUIRE(found == answer(all, ask));
    }
  }

  void check_history(const webhook_delivery_history& x, const kept& wanted) {
    const auto& d = x.delivery;
    const auto& e = wanted.delivery;
    REQUIRE(d.state == e.state);
    REQUIRE(d.attempts == e.attempts);
    REQUIRE(d.last_status == e.last_status);
    REQUIRE(d.last_fault == e.last_fault);
    REQUIRE(d.next_at == e.next_at);
    REQUIRE(d.company_id == e.company_id);
    REQUIRE(d.created_at == e.created_at);
    REQUIRE(d.updated_at == e.updated_at);
    REQUIRE(x.attempts.size() == wanted.attempts.size());
    for (size_t i = 0; i < x.attempts.size(); ++i) {
      const auto& a = x.attempts[i];
      const auto& b = wanted.attempts[i];
      REQUIRE(a.number == b.number);
      REQUIRE(a.at == b.at);
      REQUIRE(a.trigger == b.trigger);
      REQUIRE(a.after == b.after);
      REQUIRE(a.next_at == b.next_at);
      REQUIRE(a.response->status == b.response->status);
      REQUIRE(a.response->fault == b.response->fault);
      REQUIRE(a.response->body == b.response->body);
      REQUIRE(a.response->phases.total_ms == b.response->phases.total_ms);
    }
  }

  void check_histories(state_store& store, const model& all) {
    for (const auto& [key, wanted] : all)
      check_history(must(store.deliveries().get({.key = key})), wanted);
  }

  void step(state_fixture& f, model& all, world& w) {
    const auto now = w.now();
    const auto kind = w.below(10);
    if (kind == 0) {
      const trim_webhook_deliveries ask{.before = epoch + std::chrono::milliseconds{w.below(2'000)},
                                        .keep = w.below(300),
                                        .limit = 1 + w.below(30)};
      const auto before = all.size();
      trim(all, ask);
      REQUIRE(must(f.state->deliveries().trim(ask)) == before - all.size());
      return;
    }
    if (kind == 1 && !all.empty()) {
      auto i = std::next(all.begin(), static_cast<std::ptrdiff_t>(w.below(all.size())));
      must(f.state->deliveries().resend({.key = i->first}, now));
      auto& d = i->second.delivery;
      d.state = state::retrying;
      d.next_at = now;
      d.updated_at = now;
      return;
    }
    effects x;
    for (auto n = w.below(12); n > 0; --n)
      x.add(w.attempt());
    for (const auto& y : x.all<webhook_attempt>())
      record(all, y, now);
    f.commit_effects(std::move(x), now);
  }

  } // namespace

  TEST_CASE("random attempts, resends and trims leave what a plain map has") {
    const auto chosen = seed_of_run();
    INFO("CARILLON_SEED=" << chosen);
    world w{chosen};
    state_fixture f;
    for (int i = 0; i < 4; ++i)
      f.add_webhook();
    model all;
    for (int round = 0; round < 8; ++round) {
      for (int i = 0; i < 40; ++i)
        step(f, all, w);
      check_lists(*f.state, all, w);
      check_histories(*f.state, all);
      if (round % 3 == 2)
        f.restart();
    }
    check_histories(*f.state, all);
    REQUIRE(answer(all, {}).size() == all.size());
  }
}

} // namespace carillon::test

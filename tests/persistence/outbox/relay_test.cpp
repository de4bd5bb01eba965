#include "persistence/outbox/relay.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

// What a relay makes of the answers of its database and its node.

namespace carillon {

TEST_SUITE("persistence/outbox_relay") {
  namespace {

  outbox_row a_row(uint64_t seq) {
    outbox_row out;
    out.seq = seq;
    out.id = "e-" + std::to_string(seq);
    out.type = "order.cancelled";
    out.source = "/outbox";
    out.data = "{}";
    return out;
  }

  /// A table in memory.
  struct fake_source : outbox_source {
    std::deque<outbox_row> rows;
    std::vector<refused_row> aside_now;
    std::optional<failure> look_fault;
    unsigned looks = 0;
    uint64_t most_counted = 0;
    std::deque<failure> faults;
    std::deque<failure> finish_faults;
    unsigned waits = 0;
    bool stopped = false;

    expected<outbox_rows> claim() override {
      if (!faults.empty()) {
        auto out = faults.front();
        faults.pop_front();
        return out;
      }
      return outbox_rows{rows.begin(), rows.end()};
    }

    expected<void> finish(const std::vector<uint64_t>& published,
                          const std::vector<refused_row>& refused) override {
      if (!finish_faults.empty()) {
        auto out = finish_faults.front();
        finish_faults.pop_front();
        return out;
      }
      std::set<uint64_t> gone{published.begin(), published.end()};
      for (const auto& x : refused) {
        gone.insert(x.seq);
        aside_now.push_back(x);
      }
      std::erase_if(rows, [&](const auto& x) { return gone.count(x.seq) != 0; });
      return {};
    }

    expected<void> wait() override {
      ++waits;
      return {};
    }

    expected<outbox_state> look(uint64_t most) override {
      ++looks;
      most_counted = most;
      if (look_fault)
        return *look_fault;
      return outbox_state{rows.size(), aside_now.size(), 7};
    }

    expected<aside_rows> aside(uint64_t, size_t) override {
      return aside_rows{};
    }

    expected<uint64_t> restore(const std::vector<uint64_t>&) override {
      return uint64_t{0};
    }

    expected<uint64_t> discard(const std::vector<uint64_t>&) override {
      return uint64_t{0};
    }

    void stop() noexcept override {
      stopped = true;
    }
  };

  using verdict_list = std::vector<expected<void>>;

  /// A node that answers as the test wants, and remembers what it stored.
  struct fake_target : outbox_target {
    std::vector<std::string> stored;
    std::function<expected<verdict_list>(const outbox_rows&)> answer;

    expected<verdict_list> publish(const outbox_rows& rows) override {
      if (answer)
        return answer(rows);
      for (const auto& x : rows)
        stored.push_back(x.id);
      return verdict_list(rows.size());
    }
  };

  struct world {
    std::shared_ptr<fake_source> source = std::make_shared<fake_source>();
    std::shared_ptr<fake_target> target = std::make_shared<fake_target>();
    std::vector<std::string> lines;
    outbox_relay relay{source,
                       target,
                       [this](const std::string& x) { lines.push_back(x); },
                       {std::chrono::milliseconds{1}, std::chrono::milliseconds{2},
                        std::chrono::milliseconds{1}, std::chrono::milliseconds{0}}};

    explicit world(uint64_t rows) {
      for (uint64_t i = 1; i <= rows; ++i)
        source->rows.push_back(a_row(i));
    }
  };

  } // namespace

  TEST_CASE("rows are published in their order and removed") {
    world x{3};
    CHECK(*x.relay.step() == 3);
    CHECK(x.target->stored == std::vector<std::string>{"e-1", "e-2", "e-3"});
    CHECK(x.source->rows.empty());
    CHECK(x.relay.counts().published == 3);
    CHECK(*x.relay.step() == 0);
  }

  TEST_CASE("a row that is refused goes aside with its error and holds nobody") {
    world x{3};
    x.target->answer = [](const outbox_rows& rows) -> expected<verdict_list> {
      verdict_list out(rows.size());
      out[1] = failure{ec::unknown_type, "no such type", "type"};
      return out;
    };
    CHECK(*x.relay.step() == 3);
    CHECK(x.source->rows.empty());
    REQUIRE(x.source->aside_now.size() == 1);
    CHECK(x.source->aside_now[0].seq == 2);
    CHECK(x.source->aside_now[0].why.code == ec::unknown_type);
    CHECK(x.relay.counts().refused == 1);
    REQUIRE(x.lines.size() == 1);
    CHECK(x.lines[0].find("row 2") != std::string::npos);
    CHECK(x.lines[0].find("unknown_type") != std::string::npos);
  }

  TEST_CASE("one row that spoils the request of all is found") {
    world x{9};
    x.target->answer = [&x](const outbox_rows& rows) -> expected<verdict_list> {
      if (std::any_of(rows.begin(), rows.end(), [](const auto& y) { return y.seq == 6; }))
        return failure{ec::too_large, "", {}};
      for (const auto& y : rows)
        x.target->stored.push_back(y.id);
      return verdict_list(rows.size());
    };
    CHECK(*x.relay.step() == 9);
    CHECK(x.target->stored
          == std::vector<std::string>{"e-1", "e-2", "e-3", "e-4", "e-5", "e-7", "e-8", "e-9"});
    REQUIRE(x.source->aside_now.size() == 1);
    CHECK(x.source->aside_now[0].seq == 6);
  }

  TEST_CASE("a node that is away, or a key that may not publish, puts nothing aside") {
    for (auto code :
         {ec::timeout, ec::overloaded, ec::store_unavailable, ec::shutting_down,
          ec::unauthenticated, ec::forbidden, ec::quota_exceeded, ec::internal, ec::not_found}) {
      CAPTURE(name_of(code));
      world x{2};
      x.target->answer = [code](const outbox_rows&) -> expected<verdict_list> {
        return failure{code, "", {}};
      };
      CHECK(x.relay.step().error().code == code);
      CHECK(x.source->rows.size() == 2);
      CHECK(x.source->aside_now.empty());
    }
  }

  TEST_CASE("an owner that was taken for dead changes no order") {
    // It has read rows 1 to 3, and publishes them when another one has moved those and more.
    world slow{3};
    auto log = std::make_shared<fake_target>();
    outbox_relay other{slow.source, log, {}};
    slow.target->answer = [&](const outbox_rows& rows) -> expected<verdict_list> {
      slow.source->rows.push_back(a_row(4));
      CHECK(*other.step() == 4);
      return log->publish(rows);
    };
    CHECK(*slow.relay.step() == 3);
    // What is there already is stored no second time.
    std::vector<std::string> events;
    for (const auto& x : log->stored)
      if (std::find(events.begin(), events.end(), x) == events.end())
        events.push_back(x);
    CHECK(events == std::vector<std::string>{"e-1", "e-2", "e-3", "e-4"});
    CHECK(slow.source->rows.empty());
  }

  TEST_CASE("a row alone that the key may not publish goes aside") {
    world x{2};
    x.target->answer = [](const outbox_rows& rows) -> expected<verdict_list> {
      verdict_list out(rows.size());
      out[0] = failure{ec::forbidden, "of another company", "companyId"};
      return out;
    };
    CHECK(*x.relay.step() == 2);
    REQUIRE(x.source->aside_now.size() == 1);
    CHECK(x.source->aside_now[0].seq == 1);
  }

  TEST_CASE("what was stored before a fault is removed, the rest stays") {
    world x{4};
    x.target->answer = [&x](const outbox_rows& rows) -> expected<verdict_list> {
      if (rows.size() == 4)
        return failure{ec::too_large, "", {}};
      if (rows.front().seq == 3)
        return failure{ec::timeout, "", {}};
      for (const auto& y : rows)
        x.target->stored.push_back(y.id);
      return verdict_list(rows.size());
    };
    CHECK(x.relay.step().error().code == ec::timeout);
    REQUIRE(x.source->rows.size() == 2);
    CHECK(x.source->rows.front().seq == 3);
  }

  TEST_CASE("what could not be removed is published again") {
    world x{2};
    x.source->finish_faults.push_back({ec::store_unavailable, "", {}});
    CHECK(x.relay.step().error().code == ec::store_unavailable);
    CHECK(x.relay.counts().published == 0);
    CHECK(*x.relay.step() == 2);
    CHECK(x.target->stored == std::vector<std::string>{"e-1", "e-2", "e-1", "e-2"});
  }

  TEST_CASE("trouble that lasts is told once, and so is its end") {
    world x{1};
    for (int i = 0; i < 4; ++i)
      x.source->faults.push_back({ec::store_unavailable, "the database is away", {}});
    for (int i = 0; i < 4; ++i)
      x.relay.turn();
    REQUIRE(x.lines.size() == 1);
    CHECK(x.lines[0].find("the database is away") != std::string::npos);
    x.relay.turn();
    CHECK(x.source->rows.empty());
    CHECK(x.lines.size() == 2);
  }

  TEST_CASE("who does not own the outbox stands by and says it once") {
    world x{1};
    for (int i = 0; i < 3; ++i)
      x.source->faults.push_back({ec::store_locked, "another relay has it", {}});
    for (int i = 0; i < 3; ++i)
      x.relay.turn();
    CHECK(x.lines == std::vector<std::string>{"another relay has it"});
    CHECK(x.relay.counts().failures == 0);
    x.relay.turn();
    CHECK(x.source->rows.empty());
  }

  TEST_CASE("it waits only for rows that are not there") {
    world x{1};
    x.relay.turn();
    CHECK(x.source->waits == 0);
    x.relay.turn();
    CHECK(x.source->waits == 1);
  }

  TEST_CASE("what waits is counted also while the node takes nothing") {
    world x{3};
    x.target->answer = [](const outbox_rows&) -> expected<verdict_list> {
      return failure{ec::store_unavailable, "", {}};
    };
    x.relay.turn();
    const auto& counts = x.relay.counts();
    CHECK(counts.up == 1);
    CHECK(counts.waiting == 3);
    CHECK(counts.oldest_seconds == 7);
    CHECK(counts.failures == 1);
    CHECK(x.source->most_counted == outbox_relay::most_counted);
    x.target->answer = [](const outbox_rows& rows) -> expected<verdict_list> {
      verdict_list out(rows.size());
      out[0] = failure{ec::unknown_type, "no such type", "type"};
      return out;
    };
    x.relay.turn();
    CHECK(counts.waiting == 0);
    CHECK(counts.set_aside == 1);
    CHECK(counts.published == 2);
    CHECK(counts.refused == 1);
  }

  TEST_CASE("a database that is away is not up, and not asked twice") {
    world x{1};
    x.source->faults.push_back({ec::store_unavailable, "", {}});
    x.relay.turn();
    CHECK(x.relay.counts().up == 0);
    CHECK(x.source->looks == 0);
    x.source->faults.push_back({ec::store_locked, "another relay has it", {}});
    x.relay.turn();
    CHECK(x.relay.counts().up == 1);
    CHECK(x.relay.counts().waiting == 1);
    x.source->look_fault = failure{ec::store_unavailable, "", {}};
    x.relay.turn();
    CHECK(x.relay.counts().up == 0);
    CHECK(x.relay.counts().waiting == 1);
  }

  TEST_CASE("a look that fails is told and counted as every failure") {
    world x{1};
    x.source->look_fault = failure{ec::store_refused, "permission denied", {}};
    x.relay.turn();
    CHECK(x.relay.counts().published == 1);
    CHECK(x.relay.counts().failures == 1);
    REQUIRE(x.lines.size() == 1);
    CHECK(x.lines.front().find("permission denied") != std::string::npos);
    CHECK(x.source->waits == 0);
  }

  TEST_CASE("counts of another are written, and looks have their pause") {
    auto counts = std::make_shared<relay_counts>();
    auto source = std::make_shared<fake_source>();
    source->rows.push_back(a_row(1));
    outbox_relay relay{source, std::make_shared<fake_target>(), {}, {}, counts};
    relay.turn();
    relay.turn();
    CHECK(source->looks == 1);
    CHECK(counts->published == 1);
  }

  TEST_CASE("a stopped relay publishes no more") {
    world x{1};
    x.relay.stop();
    CHECK(x.source->stopped);
    x.relay.turn();
    CHECK(x.target->stored.empty());
    CHECK(x.relay.is_stopped());
  }
}

} // namespace carillon

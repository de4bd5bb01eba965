#include "messages/access/event_digest.hpp"

#include "persistence/state/operators/audit_check.hpp"
#include "tests/persistence/sqlite/sqlite_test_store.hpp"
#include "tests/persistence/state/state_fixture.hpp"

// The audit chain covers the events in the log.

namespace carillon::test {

TEST_SUITE("persistence/audit_events") {
  namespace {

  constexpr size_t events = 8;

  /// Eight events and their audit rows; then the statements of an intruder on the log, of which the
  /// node knows nothing.
  struct audited_log {
    sqlite_test_store store;

    audited_log() {
      auto open = store.open();
      auto log = must(open->open_log_writer());
      must(log->append(make_drafts("e", events), epoch));
      auto state = must(open->open_state(true));
      for (const auto& x : must(log->read({})).events) {
        auto row = make_entry("order.created", x->seq);
        row.detail = std::string{audited_digest} + event_digest(*x) + R"("})";
        must(state->audit().append({row}));
      }
    }

    audit_verdict verdict() {
      storage_options reading;
      reading.read_only = true;
      auto open = store.open(reading);
      auto state = must(open->open_state(false));
      auto log = must(open->open_log_reader());
      return must(check_audit(state->audit(), [&](const read_request& x) { return log->read(x); }))
        .verdict;
    }
  };

  } // namespace

  TEST_CASE("the log that was written is what the chain says") {
    audited_log w;
    const auto found = w.verdict();
    CHECK(found.valid);
    CHECK(found.checked == events);
    CHECK_FALSE(found.first_bad_event);
  }

  TEST_CASE("an event of which anything was changed is named") {
    using change = void (*)(event&);
    const std::vector<change> changes{
      [](event& x) { x.data = "{}"; },
      [](event& x) { x.metadata = R"({"a":1})"; },
      [](event& x) { x.type = "a.b"; },
      [](event& x) { x.time += std::chrono::microseconds{1}; },
      [](event& x) { x.recorded_at += std::chrono::microseconds{1}; },
      [](event& x) { x.company_id = "beta"; },
      [](event& x) { x.user_id = "u"; },
      [](event& x) { x.correlation_id = "c"; },
      [](event& x) { x.causation_id = "x"; },
      [](event& x) { x.traceparent = "t"; },
      [](event& x) { x.id = "other"; },
      [](event& x) { x.source = "/other"; },
      [](event& x) { x.audience = audience::all; },
      [](event& x) { x.hops = 7; },
    };
    for (size_t i = 0; i < changes.size(); ++i) {
      CAPTURE(i);
      audited_log w;
      w.store.rewrite_log([&](auto& all) { changes[i](*all[4]); });
      const auto found = w.verdict();
      CHECK_FALSE(found.valid);
      CHECK(found.first_bad_event == 5);
      CHECK_FALSE(found.first_bad);
    }
  }

  TEST_CASE("an event that was taken out is named, wherever it was") {
    for (position seq : {1, 4, 8}) {
      CAPTURE(seq);
      audited_log w;
      w.store.rewrite_log([&](auto& all) { all.erase(all.begin() + static_cast<int>(seq) - 1); });
      CHECK(w.verdict().first_bad_event == seq);
    }
  }

  TEST_CASE("a position that was used again after a cut is another event") {
    audited_log w;
    w.store.rewrite_log([](auto& all) { all.resize(6); });
    {
      auto open = w.store.open();
      must(must(open->open_log_writer())->append(make_drafts("new", 2), epoch));
    }
    CHECK(w.verdict().first_bad_event == 7);
  }

  TEST_CASE("rows need not be in the order of their events") {
    std::vector<event_ptr> log;
    for (position i = 1; i <= 3'000; ++i) {
      auto x = std::make_shared<event>();
      x->seq = i;
      x->id = std::to_string(i);
      log.push_back(x);
    }
    const log_pages read = [&](const read_request& x) -> expected<event_page> {
      event_page page;
      for (auto i = x.after; i < log.size() && page.events.size() < x.limit; ++i)
        page.events.push_back(log[i]);
      return page;
    };
    std::vector<audited_event> said;
    for (position i : {2'900, 3, 1, 1'500, 2})
      said.push_back({i, event_digest(*log[i - 1])});
    CHECK_FALSE(must(first_changed(said, read)));
    said[3].digest = said[2].digest;
    CHECK(must(first_changed(said, read)) == 1'500);
    said[3] = {4'000, said[2].digest};
    CHECK(must(first_changed(said, read)) == 4'000);
    CHECK_FALSE(must(first_gap(read)));
    log.erase(log.begin() + 1'234);
    const log_pages sparse = [&](const read_request& x) -> expected<event_page> {
      event_page page;
      for (const auto& y : log)
        if (y->seq > x.after && page.events.size() < x.limit)
          page.events.push_back(y);
      return page;
    };
    CHECK(must(first_gap(sparse)) == 1'235);
  }
}

} // namespace carillon::test

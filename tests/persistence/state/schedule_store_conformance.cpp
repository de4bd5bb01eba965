#include "tests/persistence/state/state_fixture.hpp"

#include "messages/schedules/occurrences.hpp"
#include "messages/schedules/requests.hpp"

#include <string>
#include <vector>

// The contract of every state_store about schedules, and events that wait for their time.

namespace carillon::test {

TEST_SUITE("persistence/schedules") {
  namespace {

  using namespace std::chrono_literals;

  const operator_stamp shop{"key:7", "10.0.0.7", "shop"};

  schedule_definition hourly(std::string name, std::string company = {}) {
    schedule_definition out;
    out.name = std::move(name);
    out.company_id = std::move(company);
    out.timing.every = 1h;
    out.event
      = R"({"type":"report.due","audience":"none","data":{"secret":"s3cret"},"metadata":{}})";
    return out;
  }

  struct schedule_fixture : state_fixture {
    schedule_store& all() {
      return state->schedules();
    }

    schedule_record put(const schedule_definition& x, timestamp now = epoch) {
      return must(all().put(put_schedule{x, shop}, now));
    }

    schedule_record named(const std::string& name, const std::string& company = {}) {
      return must(all().get({company, name}));
    }

    delayed_event delay(std::string id, std::chrono::seconds after, std::string company = {}) {
      delayed_event x;
      x.company_id = std::move(company);
      x.source = "/shop";
      x.event_id = std::move(id);
      x.type = "order.due";
      x.publish_at = epoch + after;
      x.event = R"({"type":"order.due"})";
      return must(all().put(put_delayed{x}, epoch));
    }

    due_work_ptr due(timestamp now, size_t limit = 64) {
      return must(all().due({now, limit}));
    }
  };

  const timestamp full_hour = timestamp{std::chrono::floor<std::chrono::hours>(epoch)} + 1h;

  } // namespace

  TEST_CASE("a schedule is made, replaced and deleted, with rows in the audit log") {
    schedule_fixture f;
    const auto made = f.put(hourly("report"));
    CHECK(made.next_at == full_hour);
    CHECK(made.created_at == epoch);
    CHECK(f.last_audit().action == "schedule.changed");
    CHECK(f.last_audit().subject == "schedule:report");
    CHECK(f.last_audit().detail.find("report.due") != std::string::npos);
    // What the event says could never be removed from the chain.
    CHECK(f.last_audit().detail.find("s3cret") == std::string::npos);
    const auto rows = f.audit_rows();
    CHECK(f.put(hourly("report"), epoch + 5h).next_at == full_hour);
    CHECK(f.audit_rows() == rows);
    auto changed = hourly("report");
    changed.timing.every = 24h;
    const auto replaced = f.put(changed);
    CHECK(replaced.id == made.id);
    CHECK(replaced.version == made.version + 1);
    f.restart();
    CHECK(f.named("report").definition == changed);
    must(f.all().remove({"", "report", shop}, epoch));
    CHECK(f.last_audit().action == "schedule.deleted");
    CHECK(f.all().get({"", "report"}).error().code == ec::not_found);
    CHECK(f.all().remove({"", "report", shop}, epoch).error().code == ec::not_found);
  }

  TEST_CASE("what has no occurrence any more is refused") {
    schedule_fixture f;
    auto x = hourly("once");
    x.timing.every = 0s;
    x.timing.at = epoch;
    const auto late = f.all().put(put_schedule{x, shop}, epoch);
    CHECK(late.error().code == ec::invalid_argument);
    CHECK(late.error().field == "at");
    x.timing.at = epoch + 1s;
    CHECK(f.put(x).next_at == epoch + 1s);
    // The same again is no fault when it is over.
    CHECK(f.put(x, epoch + 1h).next_at == epoch + 1s);
  }

  TEST_CASE("companies have their schedules, and lists go on") {
    schedule_fixture f;
    for (int i = 0; i < 5; ++i) {
      f.put(hourly("s" + std::to_string(i), "a"));
      f.put(hourly("s" + std::to_string(i), "b"));
    }
    f.put(hourly("s0"));
    list_schedules x;
    x.page.limit = 3;
    x.page.company_id = "a";
    const auto page = must(f.all().list(x));
    CHECK(page.items.size() == 3);
    CHECK(page.items.front().definition.company_id == "a");
    REQUIRE(page.next.has_value());
    x.page.beyond = page.next;
    CHECK(must(f.all().list(x)).items.size() == 2);
    CHECK(must(f.all().list(list_schedules{})).items.size() == 11);
    CHECK(f.all().get({"c", "s0"}).error().code == ec::not_found);
    must(f.all().remove({"a", "s0", shop}, epoch));
    CHECK(f.named("s0", "b").definition.company_id == "b");
  }

  TEST_CASE("company and node have a bound of schedules, and a deleted one makes room") {
    schedule_fixture f;
    f.all().set_bounds({.all = 5, .of_company = 3}, {.all = 0, .of_company = 0});
    for (size_t i = 0; i < 3; ++i)
      f.put(hourly("s" + std::to_string(i), "a"));
    const put_schedule more{hourly("more", "a"), shop};
    CHECK(f.all().put(more, epoch).error().code == ec::quota_exceeded);
    f.put(hourly("more", "b"));
    f.put(hourly("more"));
    CHECK(f.all().put(put_schedule{hourly("and more"), shop}, epoch).error().code
          == ec::overloaded);
    CHECK(f.all().put(put_schedule{hourly("and more", "b"), shop}, epoch).error().code
          == ec::overloaded);
    // One that is there may be changed.
    f.put(hourly("s1", "a"), epoch + 1h);
    must(f.all().remove({"a", "s0", shop}, epoch));
    CHECK(f.all().put(more, epoch).has_value());
  }

  TEST_CASE("a pause takes occurrences out, and is survived by changes") {
    schedule_fixture f;
    f.put(hourly("report"));
    const auto paused = must(f.all().pause({"", "report", true, shop}, epoch));
    CHECK(paused.paused);
    CHECK_FALSE(paused.next_at.has_value());
    CHECK(f.last_audit().action == "schedule.paused");
    const auto rows = f.audit_rows();
    must(f.all().pause({"", "report", true, shop}, epoch));
    CHECK(f.audit_rows() == rows);
    CHECK(f.due(epoch + 48h)->schedules.empty());
    auto changed = hourly("report");
    changed.timing.every = 2h;
    CHECK_FALSE(f.put(changed).next_at.has_value());
    const auto resumed = must(f.all().pause({"", "report", false, shop}, full_hour + 24h));
    CHECK(resumed.next_at > full_hour + 24h);
    CHECK(f.last_audit().action == "schedule.resumed");
    CHECK(f.all().pause({"", "other", true, shop}, epoch).error().code == ec::not_found);
  }

  TEST_CASE("what is due is found, the longest overdue first, and moves once") {
    schedule_fixture f;
    f.put(hourly("late"));
    f.put(hourly("later"), epoch + 1h);
    CHECK(f.due(full_hour - 1us)->schedules.empty());
    CHECK(f.due(full_hour - 1us)->next == full_hour);
    const auto first = f.due(full_hour + 5h, 1);
    REQUIRE(first->schedules.size() == 1);
    const auto& x = first->schedules.front();
    CHECK(x.definition.name == "late");
    schedule_move move{x.id, x.version, full_hour, full_hour + 6h, full_hour + 5h, 2, 4, 1, "oops"};
    must(f.all().move({{move}}));
    // Of another node, which has done the same.
    must(f.all().move({{move}}));
    auto moved = f.named("late");
    CHECK(moved.next_at == full_hour + 6h);
    CHECK(moved.last_at == full_hour + 5h);
    CHECK(moved.fired == 2);
    CHECK(moved.skipped == 4);
    CHECK(moved.failed == 1);
    CHECK(moved.last_error == "oops");
    // Of a definition that was replaced meanwhile.
    move.from = full_hour + 6h;
    move.version = 9;
    must(f.all().move({{move}}));
    CHECK(f.named("late").fired == 2);
    move.version = moved.version;
    move.to = std::nullopt;
    move.last_at = std::nullopt;
    move.error.clear();
    must(f.all().move({{move}}));
    moved = f.named("late");
    CHECK_FALSE(moved.next_at.has_value());
    CHECK(moved.last_at == full_hour + 5h);
    CHECK(moved.last_error == "oops");
  }

  TEST_CASE("an event waits, is taken and forgotten") {
    schedule_fixture f;
    const auto one = f.delay("e-1", 10s, "a");
    const auto two = f.delay("e-2", 20s);
    CHECK(one.state == delay_state::waiting);
    // The same again is the same; another one is a conflict.
    CHECK(f.delay("e-1", 10s, "a").id == one.id);
    auto other = one;
    other.publish_at += 1s;
    CHECK(f.all().put(put_delayed{other}, epoch).error().code == ec::conflict);
    CHECK(f.delay("e-1", 10s, "b").id != one.id);
    CHECK(f.due(epoch + 9s)->delayed.empty());
    CHECK(f.due(epoch + 9s)->next == epoch + 10s);
    const auto due = f.due(epoch + 15s);
    REQUIRE(due->delayed.size() == 2);
    CHECK(due->delayed.front().event == one.event);
    CHECK(due->next == epoch + 20s);
    const auto taken = must(f.all().take({{one.id, 999}}));
    CHECK(taken.ids == std::vector<uint64_t>{one.id});
    CHECK(f.all().cancel({one.id, {}, {}}, epoch).error().code == ec::conflict);
    // A node that was killed finds it again.
    f.restart();
    CHECK(f.due(epoch + 15s)->delayed.size() == 2);
    CHECK(must(f.all().take({{one.id}})).ids.size() == 1);
    must(f.all().settle({{{one.id, ""}, {two.id, "refused"}, {999, ""}}}));
    CHECK(f.all().get({one.id, {}}).error().code == ec::not_found);
    const auto failed = must(f.all().get({two.id, {}}));
    CHECK(failed.state == delay_state::failed);
    CHECK(failed.error == "refused");
    CHECK(f.due(epoch + 1h)->delayed.size() == 1);
    CHECK(must(f.all().take({{two.id}})).ids.empty());
  }

  TEST_CASE("an event that waits is seen and cancelled by its company") {
    schedule_fixture f;
    const auto x = f.delay("e-1", 10s, "a");
    f.delay("e-2", 10s, "b");
    CHECK(f.all().get({x.id, "b"}).error().code == ec::not_found);
    CHECK(f.all().cancel({x.id, "b", {}}, epoch).error().code == ec::not_found);
    list_delayed of_a;
    of_a.page.company_id = "a";
    const auto page = must(f.all().list(of_a));
    REQUIRE(page.items.size() == 1);
    CHECK(page.items.front().event.empty());
    CHECK(must(f.all().list(list_delayed{})).items.size() == 2);
    const auto rows = f.audit_rows();
    must(f.all().cancel({x.id, "a", {}}, epoch));
    CHECK(f.audit_rows() == rows);
    CHECK(f.all().cancel({x.id, "a", {}}, epoch).error().code == ec::not_found);
    const auto again = f.delay("e-1", 10s, "a");
    must(f.all().cancel({again.id, {}, shop}, epoch));
    CHECK(f.last_audit().action == "delayed.cancelled");
    CHECK(f.last_audit().company_id == "a");
    CHECK(f.last_audit().subject == "delayed:" + std::to_string(again.id));
  }

  TEST_CASE("the events that wait are counted, and what is gone makes room") {
    schedule_fixture f;
    f.all().set_bounds({.all = 0, .of_company = 0}, {.all = 4, .of_company = 3});
    for (size_t i = 0; i < 3; ++i)
      f.delay("e" + std::to_string(i), 10s, "a");
    delayed_event more;
    more.company_id = "a";
    more.source = "/shop";
    more.event_id = "more";
    more.type = "order.due";
    more.event = "{}";
    CHECK(f.all().put(put_delayed{more}, epoch).error().code == ec::quota_exceeded);
    more.company_id = "b";
    CHECK(f.all().put(put_delayed{more}, epoch).has_value());
    more.event_id = "of all";
    CHECK(f.all().put(put_delayed{more}, epoch).error().code == ec::overloaded);
    more.event_id = "more";
    must(f.all().settle({{{1, ""}, {1, ""}}}));
    must(f.all().cancel({2, {}, {}}, epoch));
    more.company_id = "a";
    CHECK(f.all().put(put_delayed{more}, epoch).has_value());
    more.event_id = "more still";
    CHECK(f.all().put(put_delayed{more}, epoch).has_value());
    f.all().set_bounds({.all = 0, .of_company = 0}, {.all = 100, .of_company = 3});
    more.event_id = "too many";
    CHECK(f.all().put(put_delayed{more}, epoch).error().code == ec::quota_exceeded);
  }
}

} // namespace carillon::test

#include "tests/persistence/state/state_fixture.hpp"

#include "messages/measures/requests.hpp"

#include <string>
#include <vector>

// The contract of every state_store about definitions of measures, and what they measured.

namespace carillon::test {

TEST_SUITE("persistence/measures") {
  namespace {

  using namespace std::chrono_literals;

  const int64_t hour = std::chrono::floor<std::chrono::hours>(epoch).time_since_epoch().count();

  measure_definition define(std::string name, std::string company = {}) {
    measure_definition out;
    out.name = std::move(name);
    out.company_id = std::move(company);
    out.types = {*type_pattern::parse("order.*")};
    out.member = "/total";
    out.measures = {.sum = true, .min = true, .max = true, .distinct = true};
    return out;
  }

  measure_delta delta(uint64_t definition, std::string value, std::string group = {},
                      std::string company = "acme", int64_t at = hour) {
    measure_delta out{{definition, at, std::move(company), std::move(group), "order.created"}, {}};
    out.cell.count = 1;
    out.cell.sum = *decimal::from_json(value);
    out.cell.least = out.cell.most = out.cell.sum;
    out.cell.distinct.add(value);
    return out;
  }

  struct measure_fixture : state_fixture {
    measure_fixture() {
      begin("metrics");
    }

    measure_record put(const measure_definition& x) {
      return must(state->measures().put({x, {"key:7", "10.0.0.7", "shop"}}, epoch));
    }

    /// As the metrics handler does it, after which everything up to `cursor` is measured.
    void commit_live(position cursor, std::vector<measure_delta> deltas,
                     std::vector<measure_began> begins = {}) {
      consumer_commit x{.consumer = "metrics", .cursor = cursor, .now = epoch};
      x.effects.rows<measure_delta>() = std::move(deltas);
      x.effects.rows<measure_began>() = std::move(begins);
      must(commit(std::move(x)));
    }

    std::vector<measure_row> series(query_measures x = {}) {
      if (x.name.empty())
        x.name = "sales";
      return must(state->measures().query(x))->rows;
    }

    measure_record named(const std::string& name, const std::string& company = {}) {
      const auto all = must(state->measures().list());
      for (const auto& x : all->records)
        if (x.definition.name == name && x.definition.company_id == company)
          return x;
      FAIL("no definition " << name);
      return {};
    }
  };

  } // namespace

  TEST_CASE("a new store measures revenue and the tokens of models") {
    measure_fixture f;
    const auto all = must(f.state->measures().list());
    REQUIRE(all->records.size() == 2);
    CHECK(all->records[0].definition.name == "ai-tokens");
    CHECK(all->records[1].definition.name == "revenue");
    CHECK(all->records[1].definition.group_by == "/currency");
    for (const auto& x : all->records) {
      CHECK(check_definition(x.definition));
      CHECK_FALSE(x.live_after);
      CHECK_FALSE(x.backfill);
    }
  }

  TEST_CASE("a definition is stored once, replaced as a whole, and belongs to its company") {
    measure_fixture f;
    const auto made = f.put(define("sales"));
    CHECK(f.put(define("sales")).id == made.id);
    const auto own = f.put(define("sales", "acme"));
    CHECK(own.id != made.id);
    auto other = define("sales");
    other.member = "/net";
    const auto replaced = f.put(other);
    CHECK(replaced.id != made.id);
    f.restart();
    CHECK(f.named("sales").definition == other);
    CHECK(f.named("sales").created_at == epoch);
    CHECK(f.named("sales", "acme").definition == define("sales", "acme"));
    CHECK(must(f.state->measures().list())->records.size() == 4);
    std::vector<std::string> rows;
    for (const auto& x : must(f.state->audit().list({{.ascending = true}})).items)
      rows.push_back(x.entry.action + ' ' + x.entry.subject + ' ' + x.entry.company_id + ' '
                     + x.entry.actor);
    CHECK(rows
          == std::vector<std::string>{"measure.changed measure:sales  key:7",
                                      "measure.changed measure:sales acme key:7",
                                      "measure.changed measure:sales  key:7"});
  }

  TEST_CASE("what is measured adds up exactly, and is read by company, range and day") {
    measure_fixture f;
    const auto id = f.put(define("sales")).id;
    f.commit_live(1, {delta(id, "0.1"), delta(id, "0.2"), delta(id, "5", {}, "beta")}, {{id, 1}});
    f.commit_live(2, {delta(id, "-0.3"), delta(id, "7", {}, "acme", hour + 1),
                      delta(id, "8", {}, "acme", hour + 24)});
    f.restart();
    const auto all = f.series();
    REQUIRE(all.size() == 4);
    CHECK(all[0].begin == epoch);
    CHECK(all[0].company_id == "acme");
    CHECK(all[0].type == "order.created");
    CHECK(all[0].cell.count == 3);
    CHECK(all[0].cell.sum.text() == "0");
    CHECK(all[0].cell.least->text() == "-0.3");
    CHECK(all[0].cell.most->text() == "0.2");
    CHECK(all[0].cell.distinct.estimate() == 3);
    CHECK(all[1].company_id == "beta");
    CHECK(f.series({.company_id = "beta"}).size() == 1);
    CHECK(f.series({.company_id = "none"}).empty());
    CHECK(f.series({.from = epoch + 90min}).size() == 2);
    CHECK(f.series({.to = epoch + 1min}).size() == 2);
    CHECK(f.series({.limit = 2}).size() == 2);
    const auto days = f.series({.company_id = "acme", .by_day = true});
    REQUIRE(days.size() == 2);
    CHECK(days[0].begin == epoch - 8h);
    CHECK(days[0].cell.count == 4);
    CHECK(days[0].cell.sum.text() == "7");
    CHECK(code_of(f.state->measures().query({.name = "none"})) == ec::not_found);
  }

  TEST_CASE("the first rows of a day are complete, whatever their hours") {
    measure_fixture f;
    const auto id = f.put(define("sales")).id;
    f.commit_live(1, {delta(id, "1", {}, "beta"), delta(id, "2", {}, "delta"),
                      delta(id, "4", {}, "acme", hour + 1), delta(id, "8", {}, "beta", hour + 1),
                      delta(id, "16", {}, "delta", hour + 1), delta(id, "32", {}, "beta", hour + 2),
                      delta(id, "64", {}, "acme", hour + 24)});
    const auto rows = f.series({.by_day = true, .limit = 2});
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].company_id == "acme");
    CHECK(rows[0].cell.sum.text() == "4");
    CHECK(rows[1].company_id == "beta");
    CHECK(rows[1].cell.count == 3);
    CHECK(rows[1].cell.sum.text() == "41");
    const auto all = f.series({.by_day = true, .limit = 4});
    REQUIRE(all.size() == 4);
    CHECK(all[2].cell.sum.text() == "18");
    CHECK(all[3].begin == epoch + 16h);
    CHECK(f.series({.by_day = true, .limit = 3}).size() == 3);
  }

  TEST_CASE("a company's own definition hides that of all, and nobody else sees it") {
    measure_fixture f;
    const auto shared = f.put(define("sales")).id;
    const auto own = f.put(define("sales", "acme")).id;
    f.put(define("margin", "acme"));
    f.commit_live(1, {delta(shared, "1"), delta(shared, "2", {}, "beta"), delta(own, "3")});
    CHECK(f.series({.company_id = "acme"}).at(0).cell.sum.text() == "3");
    CHECK(f.series({.company_id = "beta"}).at(0).cell.sum.text() == "2");
    CHECK(f.series().size() == 2);
    CHECK(code_of(f.state->measures().query({.name = "margin", .company_id = "beta"}))
          == ec::not_found);
    CHECK(code_of(f.state->measures().query({.name = "margin"})) == ec::not_found);
  }

  TEST_CASE("groups beyond the limit of an hour count together") {
    measure_fixture f;
    const auto id = f.put(define("sales")).id;
    std::vector<measure_delta> many;
    for (size_t i = 0; i < measure_limits::groups + 5; ++i)
      many.push_back(delta(id, "1", "=g" + std::to_string(1'000 + i)));
    f.commit_live(1, many);
    // Known ones stay themselves; another hour and another company have groups of their own.
    f.commit_live(2, {delta(id, "2", "=g1000"), delta(id, "4", "=late"), delta(id, "8", "*"),
                      delta(id, "1", "=late", "beta"), delta(id, "1", "=late", "acme", hour + 1),
                      delta(id, "1")});
    const auto rows = f.series({.company_id = "acme", .to = epoch + 1h});
    // The limit, the others, and those without a group.
    REQUIRE(rows.size() == measure_limits::groups + 2);
    CHECK(rows[0].group.empty());
    CHECK(rows[1].group == other_group);
    CHECK(rows[1].cell.count == 7);
    CHECK(rows[1].cell.sum.text() == "17");
    CHECK(rows[2].group == "=g1000");
    CHECK(rows[2].cell.sum.text() == "3");
    CHECK(f.series({.company_id = "beta"}).at(0).group == "=late");
  }

  TEST_CASE("a definition begins once, with its commit") {
    measure_fixture f;
    const auto id = f.put(define("sales")).id;
    f.commit_live(4, {}, {{id, 4}});
    CHECK(f.named("sales").live_after == 3);
    f.commit_live(9, {}, {{id, 9}, {id + 1'000, 9}});
    CHECK(f.named("sales").live_after == 3);
    CHECK(must(f.state->measures().list())->cursor == 9);
  }

  TEST_CASE("a backfill counts each page once, and only what is not measured live") {
    measure_fixture f;
    const auto id = f.put(define("sales")).id;
    const auto page = [&](position from, position to) {
      return f.state->measures().commit({id, from, to, {delta(id, "1")}});
    };
    CHECK(code_of(page(0, 1)) == ec::conflict);
    const auto since = epoch + 90min;
    const auto begun = must(f.state->measures().backfill({{}, "sales", since, {}}, epoch));
    CHECK(begun.backfill->since == epoch + 1h);
    CHECK(must(f.state->measures().backfill({{}, "sales", since, {}}, epoch)).id == id);
    CHECK(code_of(f.state->measures().backfill({{}, "sales", {}, {}}, epoch)) == ec::conflict);
    CHECK(code_of(f.state->measures().backfill({"acme", "sales", {}, {}}, epoch)) == ec::not_found);
    // Nothing is settled yet: up to the cursor, and no further.
    CHECK(code_of(page(0, 1)) == ec::conflict);
    f.commit_live(5, {});
    CHECK(page(0, 3));
    CHECK(code_of(page(0, 3)) == ec::conflict);
    CHECK(code_of(page(2, 4)) == ec::conflict);
    CHECK(code_of(page(3, 2)) == ec::conflict);
    CHECK(code_of(page(3, 6)) == ec::conflict);
    f.restart();
    f.begin("metrics");
    CHECK(f.named("sales").backfill->done_to == 3);
    CHECK(f.named("sales").is_behind(5));
    f.commit_live(9, {delta(id, "10")}, {{id, 8}});
    // Live from 8 on.
    CHECK(code_of(page(3, 8)) == ec::conflict);
    CHECK(page(3, 7));
    CHECK_FALSE(f.named("sales").is_behind(9));
    CHECK(f.series().at(0).cell.sum.text() == "12");
    CHECK(f.series().at(0).cell.count == 3);
  }

  TEST_CASE("what a definition has measured goes with it, and what comes late is left out") {
    measure_fixture f;
    const auto id = f.put(define("sales")).id;
    std::vector<measure_delta> many;
    for (int64_t i = 0; i < 1'500; ++i)
      many.push_back(delta(id, "1", {}, "acme", hour + i));
    f.commit_live(1, many);
    CHECK(code_of(f.state->measures().remove({"acme", "sales", {}}, epoch)) == ec::not_found);
    must(f.state->measures().remove({{}, "sales", {}}, epoch));
    CHECK(code_of(f.state->measures().remove({{}, "sales", {}}, epoch)) == ec::not_found);
    CHECK(code_of(f.state->measures().query({.name = "sales"})) == ec::not_found);
    f.commit_live(2, {delta(id, "1")}, {{id, 2}});
    CHECK(code_of(f.state->measures().commit({id, 0, 1, {delta(id, "1")}})) == ec::conflict);
    const auto again = f.put(define("sales")).id;
    CHECK(f.series().empty());
    f.commit_live(3, {delta(again, "1")});
    int rounds = 0;
    while (must(f.state->measures().trim()))
      ++rounds;
    CHECK(rounds == 2);
    CHECK(f.series().size() == 1);
  }

  TEST_CASE("definitions have a limit, and a company has one of its own") {
    measure_fixture f;
    for (size_t i = 0; i < measure_limits::definitions_of_company; ++i)
      f.put(define("d" + std::to_string(i), "acme"));
    const auto more = define("more", "acme");
    CHECK(code_of(f.state->measures().put({more, {}}, epoch)) == ec::quota_exceeded);
    auto changed = define("d1", "acme");
    changed.member = "/net";
    CHECK(f.state->measures().put({changed, {}}, epoch));
    for (auto i = must(f.state->measures().list())->records.size(); i < measure_limits::definitions;
         ++i)
      f.put(define("s" + std::to_string(i)));
    CHECK(code_of(f.state->measures().put({define("last"), {}}, epoch)) == ec::overloaded);
    must(f.state->measures().remove({{}, "revenue", {}}, epoch));
    CHECK(f.state->measures().put({define("last"), {}}, epoch));
  }
}

} // namespace carillon::test

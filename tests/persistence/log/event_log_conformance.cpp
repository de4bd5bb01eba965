#include "tests/persistence/log/written_log.hpp"

#include <algorithm>
#include <set>

// The contract of every event_log, point by point. Runs against the store of the executable.

namespace carillon::test {

namespace {

std::vector<position> positions_of(const std::vector<event_ptr>& events) {
  std::vector<position> all;
  all.reserve(events.size());
  for (const auto& x : events)
    all.push_back(x->seq);
  return all;
}

} // namespace

TEST_SUITE("persistence/event_log") {
  TEST_CASE("an empty log has head 0 and nothing in it") {
    written_log w;
    CHECK(must(w.log->head()) == 0);
    const auto reader = w.reader();
    CHECK(must(reader->head()) == 0);
    const auto page = must(reader->read({}));
    CHECK(page.events.empty());
    CHECK(page.scanned_to == 0);
    CHECK(must(reader->query({})).events.empty());
    CHECK_FALSE(must(reader->query({})).next);
    CHECK(must(reader->count({}, std::chrono::seconds{1})) == 0);
    CHECK(must(reader->stats({})).rows.empty());
    CHECK(code_of(reader->find({.seq = 1})) == ec::not_found);
    CHECK(code_of(reader->find({.seq = 0, .id = "a"})) == ec::not_found);
  }

  TEST_CASE("a store keeps the history of its positions, and another one has another") {
    auto store = make_test_store();
    auto history = std::string{store->open()->history()};
    CHECK(history.size() == 16);
    CHECK(store->open()->history() == history);
    CHECK(store->open({.read_only = true})->history() == history);
    CHECK(make_test_store()->open()->history() != history);
  }

  TEST_CASE("positions are dense and in the order of the call") {
    written_log w;
    const auto a = w.append(make_drafts("a", 3));
    const auto b = w.append(make_drafts("b", 2));
    CHECK(positions_of(a.batch->events) == std::vector<position>{1, 2, 3});
    CHECK(positions_of(b.batch->events) == std::vector<position>{4, 5});
    REQUIRE(b.items.size() == 2);
    CHECK(b.items[0] == receipt{.seq = 4, .duplicate = false, .conflicting_type = {}});
    CHECK(must(w.log->head()) == 5);
    CHECK(must(w.reader()->head()) == 5);
  }

  TEST_CASE("the drafts themselves become the batch, with time and position") {
    written_log w;
    const auto drafts = make_drafts("a", 2);
    const auto result = w.append(drafts);
    CHECK(result.batch->events[1].get() == drafts[1].get());
    CHECK(drafts[1]->seq == 2);
    CHECK(drafts[1]->recorded_at == epoch);
  }

  TEST_CASE("every field comes back as it was") {
    written_log w;
    auto plain = std::make_shared<event>();
    plain->id = "plain";
    plain->type = "a.b";
    plain->source = "/api";
    plain->time = from_micros(-1);
    const auto full = make_draft("full");
    w.append({full, plain});
    const auto reader = w.reader();
    CHECK(same_content(*must(reader->find({.seq = 1})), *full));
    CHECK(must(reader->find({.seq = 1}))->recorded_at == epoch);
    CHECK(same_content(*must(reader->find({.seq = 2})), *plain));
    const auto page = must(reader->read({}));
    REQUIRE(page.events.size() == 2);
    CHECK(same_content(*page.events[0], *full));
    const auto history = must(reader->query({}));
    REQUIRE(history.events.size() == 2);
    CHECK(same_content(*history.events[1], *full));
  }

  TEST_CASE("the largest event is kept byte for byte") {
    written_log w;
    auto x = make_draft("large");
    x->data = R"({"text":")" + std::string(event_limits::data_bytes - 11, 'x') + "\"}";
    x->metadata = R"({"text":")" + std::string(event_limits::metadata_bytes - 11, 'y') + "\"}";
    w.append({x});
    const auto found = must(w.reader()->find({.seq = 1}));
    CHECK(found->data == x->data);
    CHECK(found->metadata == x->metadata);
  }

  TEST_CASE("a duplicate within one call names the first and leaves no gap") {
    written_log w;
    const auto result = w.append({make_draft("a"), make_draft("a"), make_draft("b")});
    REQUIRE(result.items.size() == 3);
    CHECK(result.items[0].seq == 1);
    CHECK(result.items[1] == receipt{.seq = 1, .duplicate = true, .conflicting_type = {}});
    CHECK(result.items[2].seq == 2);
    CHECK(result.batch->events.size() == 2);
    CHECK(must(w.reader()->find({.seq = 1}))->type == "order.created");
  }

  TEST_CASE("the same id with another type is a conflict that names the first") {
    written_log w;
    const receipt conflict{.seq = 1, .duplicate = false, .conflicting_type = "order.created"};
    // Within one call, and against an earlier one; both are stored nowhere.
    const auto first = w.append({make_draft("a"), make_draft("a", "order.shipped")});
    REQUIRE(first.items.size() == 2);
    CHECK(first.items[1] == conflict);
    const auto later = w.append({make_draft("b"), make_draft("a", "order.shipped")});
    CHECK(later.items[0].seq == 2);
    CHECK(later.items[1] == conflict);
    w.restart();
    CHECK(w.append({make_draft("a", "order.shipped")}).items[0] == conflict);
    CHECK(w.append({make_draft("a")}).items[0].duplicate);
    CHECK(must(w.log->head()) == 2);
  }

  TEST_CASE("an id is the company's: others may use it, and learn nothing of it") {
    written_log w;
    const auto result = w.append(
      {make_draft("o-1", "order.created", "acme"), make_draft("o-1", "order.created", "bad"),
       make_draft("o-1", "order.shipped", ""), make_draft("o-1", "order.shipped", "bad")});
    REQUIRE(result.items.size() == 4);
    CHECK(result.items[0] == receipt{.seq = 1, .duplicate = false, .conflicting_type = {}});
    CHECK(result.items[1] == receipt{.seq = 2, .duplicate = false, .conflicting_type = {}});
    CHECK(result.items[2] == receipt{.seq = 3, .duplicate = false, .conflicting_type = {}});
    CHECK(result.items[3]
          == receipt{.seq = 2, .duplicate = false, .conflicting_type = "order.created"});
    const auto again = w.append(
      {make_draft("o-1", "order.created", "bad"), make_draft("o-1", "order.created", "acme")});
    CHECK(again.items[0].seq == 2);
    CHECK(again.items[1].seq == 1);
    auto reader = w.reader();
    auto find = [&](std::optional<std::string> company) {
      return reader->find({.id = "o-1", .source = {}, .company_id = std::move(company)});
    };
    CHECK(must(find("bad"))->seq == 2);
    CHECK(must(find(""))->seq == 3);
    CHECK(must(find(std::nullopt))->seq == 1);
    CHECK(find("other").error().code == ec::not_found);
    // By position as well: events of another company are not found.
    CHECK(reader->find({.seq = 1, .id = {}, .source = {}, .company_id = "bad"}).error().code
          == ec::not_found);
  }

  TEST_CASE("events of one id are listed, of one company too, in both orders and page by page") {
    written_log w;
    w.append({make_draft("x", "order.created", "a"), make_draft("y", "order.created", "a"),
              make_draft("x", "order.created", "b"), make_draft("x", "order.shipped", "c")});
    auto reader = w.reader();
    auto list = [&](query_request request) {
      request.id = "x";
      return must(reader->query(request));
    };
    CHECK(positions_of(list({}).events) == std::vector<position>{4, 3, 1});
    CHECK(positions_of(list({.order = sort_order::ascending}).events)
          == std::vector<position>{1, 3, 4});
    auto page = list({.order = sort_order::ascending, .limit = 2});
    CHECK(positions_of(page.events) == std::vector<position>{1, 3});
    REQUIRE(page.next);
    page = list({.order = sort_order::ascending, .limit = 2, .beyond = page.next});
    CHECK(positions_of(page.events) == std::vector<position>{4});
    CHECK_FALSE(page.next);
    query_request of_b;
    of_b.filter.company_id = "b";
    CHECK(positions_of(list(of_b).events) == std::vector<position>{3});
  }

  TEST_CASE("how an event was caused is kept") {
    written_log w;
    auto x = make_draft("a");
    x->hops = 2;
    w.append({x});
    CHECK(must(w.reader()->find({.seq = 1}))->hops == 2);
  }

  TEST_CASE("a duplicate of an earlier call is recognized, also after a restart") {
    written_log w;
    w.append(make_drafts("a", 3));
    CHECK(w.append({make_draft("a1")}).items[0].duplicate);
    w.restart();
    const auto result = w.append({make_draft("a2"), make_draft("new"), make_draft("a0")});
    CHECK(result.items[0] == receipt{.seq = 3, .duplicate = true, .conflicting_type = {}});
    CHECK(result.items[1].seq == 4);
    CHECK(result.items[2].seq == 1);
    CHECK(positions_of(result.batch->events) == std::vector<position>{4});
  }

  TEST_CASE("a call of nothing but duplicates appends nothing and has no batch") {
    written_log w;
    w.append(make_drafts("a", 2));
    const auto result = w.append(make_drafts("a", 2));
    CHECK(result.items.size() == 2);
    CHECK_FALSE(result.batch);
    CHECK(must(w.log->head()) == 2);
  }

  TEST_CASE("the same id from another source is another event") {
    written_log w;
    auto other = make_draft("a");
    other->source = "/billing";
    CHECK_FALSE(w.append({make_draft("a"), other}).items[1].duplicate);
    const auto reader = w.reader();
    CHECK(must(reader->find({.seq = 0, .id = "a"}))->seq == 1);
    CHECK(must(reader->find({.seq = 0, .id = "a", .source = "/billing"}))->seq == 2);
    CHECK(code_of(reader->find({.seq = 0, .id = "a", .source = "/none"})) == ec::not_found);
  }

  TEST_CASE("without a source the oldest event with an id is found") {
    written_log w;
    auto first = make_draft("a");
    first->source = "/z";
    auto second = make_draft("a");
    second->source = "/a";
    w.append({first, second});
    CHECK(must(w.reader()->find({.seq = 0, .id = "a"}))->source == "/z");
  }

  TEST_CASE("a reader that was open before sees what is appended") {
    written_log w;
    const auto reader = w.reader();
    CHECK(must(reader->head()) == 0);
    w.append(make_drafts("a", 2));
    CHECK(must(reader->head()) == 2);
    CHECK(must(reader->query({})).events.size() == 2);
    CHECK(must(reader->query({.filter = of_company("acme")})).events.size() == 2);
  }

  TEST_CASE("the writing side answers questions too") {
    written_log w;
    w.append(make_drafts("a", 2));
    CHECK(must(w.log->read({})).events.size() == 2);
    CHECK(must(w.log->query({})).events.size() == 2);
    CHECK(must(w.log->find({.seq = 2}))->id == "a1");
    CHECK(must(w.log->count({.filter = {}, .up_to = 9}, std::chrono::seconds{1})) == 2);
    CHECK(must(w.log->stats({})).rows.size() == 1);
  }

  TEST_CASE("reading goes on where it ended") {
    written_log w;
    w.append(make_drafts("a", 25));
    const auto reader = w.reader();
    std::vector<position> seen;
    position after = 0;
    while (true) {
      const auto page = must(reader->read({.after = after, .filter = {}, .limit = 10}));
      CHECK(page.head == 25);
      CHECK(page.events.size() <= 10);
      for (const auto x : positions_of(page.events))
        seen.push_back(x);
      if (page.scanned_to == after)
        break;
      after = page.scanned_to;
    }
    REQUIRE(seen.size() == 25);
    for (size_t i = 0; i < seen.size(); ++i)
      CHECK(seen[i] == i + 1);
  }

  TEST_CASE("a page ends after the event that exceeds its bytes") {
    written_log w;
    std::vector<draft_ptr> drafts;
    for (int i = 0; i < 10; ++i) {
      drafts.push_back(make_draft("a" + std::to_string(i)));
      drafts.back()->data = R"({"text":")" + std::string(10'000, 'x') + "\"}";
    }
    w.append(drafts);
    const auto page
      = must(w.reader()->read({.after = 2, .filter = {}, .limit = 100, .bytes = 25'000}));
    CHECK(positions_of(page.events) == std::vector<position>{3, 4, 5});
    CHECK(page.scanned_to == 5);
  }

  TEST_CASE("what a filter leaves out counts as looked at") {
    written_log w;
    w.append({make_draft("a"), make_draft("b", "order.created", "other"), make_draft("c"),
              make_draft("d", "order.created", "other")});
    const auto reader = w.reader();
    const auto all = must(reader->read({.after = 0, .filter = of_company("acme")}));
    CHECK(positions_of(all.events) == std::vector<position>{1, 3});
    CHECK(all.scanned_to == 4);
    const auto first = must(reader->read({.after = 0, .filter = of_company("other"), .limit = 1}));
    CHECK(positions_of(first.events) == std::vector<position>{2});
    CHECK(first.scanned_to == 2);
    const auto none = must(reader->read({.after = 1, .filter = of_company("nobody")}));
    CHECK(none.events.empty());
    CHECK(none.scanned_to == 4);
  }

  TEST_CASE("reading after the head gives an empty page that stays there") {
    written_log w;
    w.append(make_drafts("a", 2));
    CHECK(must(w.reader()->read({.after = 2})).scanned_to == 2);
    CHECK(must(w.reader()->read({.after = 7})).scanned_to == 7);
  }

  TEST_CASE("history pages join without gap or overlap in both directions") {
    written_log w;
    w.append(make_drafts("a", 23));
    const auto reader = w.reader();
    for (const auto order : {sort_order::ascending, sort_order::descending}) {
      std::vector<position> seen;
      std::optional<position> beyond;
      do {
        const auto page = must(reader->query({.order = order, .limit = 5, .beyond = beyond}));
        for (const auto x : positions_of(page.events))
          seen.push_back(x);
        beyond = page.next;
      } while (beyond);
      REQUIRE(seen.size() == 23);
      if (order == sort_order::descending)
        std::reverse(seen.begin(), seen.end());
      CHECK(seen.front() == 1);
      CHECK(std::is_sorted(seen.begin(), seen.end()));
      CHECK(std::set<position>(seen.begin(), seen.end()).size() == 23);
    }
  }

  TEST_CASE("positions beyond either end of the log are empty pages") {
    written_log w;
    w.append(make_drafts("a", 3));
    const auto reader = w.reader();
    const auto ask = [&](sort_order order, position beyond) {
      return must(reader->query({.order = order, .beyond = beyond})).events.size();
    };
    CHECK(ask(sort_order::descending, 0) == 0);
    CHECK(ask(sort_order::descending, 1) == 0);
    CHECK(ask(sort_order::descending, ~position{0}) == 3);
    CHECK(ask(sort_order::ascending, 3) == 0);
    CHECK(ask(sort_order::ascending, ~position{0}) == 0);
    CHECK(ask(sort_order::ascending, 0) == 3);
  }

  TEST_CASE("a small budget makes short pages but loses nothing") {
    auto store = make_test_store();
    storage_options options;
    options.query_budget = 7;
    const auto open = store->open(options);
    const auto log = must(open->open_log_writer());
    std::vector<draft_ptr> drafts;
    drafts.reserve(100);
    for (int i = 0; i < 100; ++i)
      drafts.push_back(
        make_draft("e" + std::to_string(i), "order.created", i % 20 == 0 ? "rare" : "common"));
    must(log->append(drafts, epoch));
    for (const bool indexed : {false, true}) {
      if (indexed)
        index_all(*open);
      const auto reader = must(open->open_log_reader());
      size_t found = 0;
      size_t pages = 0;
      query_request ask{.filter = of_company("rare")};
      do {
        const auto page = must(reader->query(ask));
        found += page.events.size();
        ask.beyond = page.next;
        REQUIRE(++pages <= 100);
      } while (ask.beyond);
      CHECK(found == 5);
    }
  }

  TEST_CASE("only one side writes at a time") {
    written_log w;
    CHECK(code_of(w.open->open_log_writer()) == ec::conflict);
    w.log.reset();
    CHECK(code_of(w.open->open_log_writer()) == ec::none);
  }

  TEST_CASE("the reading side refuses to append") {
    written_log w;
    const auto drafts = make_drafts("a", 1);
    CHECK(code_of(w.reader()->append(drafts, epoch)) == ec::internal);
    CHECK(must(w.log->head()) == 0);
  }
}

} // namespace carillon::test

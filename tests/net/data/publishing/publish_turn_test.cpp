#include "net/data/publishing/publish_turn.hpp"

#include "tests/support/events.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace carillon;
using namespace carillon::data;
using carillon::test::make_event;

TEST_SUITE("net/publish_turn") {
  namespace {

  using calls = std::vector<std::pair<std::string, size_t>>;

  struct fixture {
    /// Company and number of drafts of each call.
    calls made;
    publish_turn turn{[this](const std::shared_ptr<publish_bundle>& x) {
      made.emplace_back(x->company(), x->take_drafts().size());
    }};

    static reply_to to(std::string company) {
      return {.connection = {}, .request = 1, .company = std::move(company)};
    }

    static draft_ptr draft() {
      return make_event(1);
    }

    void add(const std::string& company) {
      turn.add(to(company), draft());
    }

    void add_array(const std::string& company, size_t n) {
      parsed_items items;
      for (size_t i = 0; i < n; ++i)
        items.emplace_back(draft());
      turn.add(to(company), std::move(items), n);
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "the events of a turn are one call") {
    add("c-1");
    add_array("c-1", 100);
    add("c-1");
    CHECK(made.empty());
    CHECK(turn.waits());
    turn.submit();
    CHECK(made == calls{{"c-1", 102}});
    CHECK(!turn.waits());
    turn.submit();
    CHECK(made.size() == 1);
  }

  TEST_CASE_FIXTURE(fixture, "another company ends the call") {
    add("c-1");
    add("c-2");
    add("c-2");
    add("c-1");
    turn.submit();
    CHECK(made == calls{{"c-1", 1}, {"c-2", 2}, {"c-1", 1}});
  }

  TEST_CASE_FIXTURE(fixture, "a long array travels alone, behind what came before") {
    add("c-1");
    add_array("c-1", 101);
    CHECK(made == calls{{"c-1", 1}, {"c-1", 101}});
    CHECK(!turn.waits());
  }

  TEST_CASE_FIXTURE(fixture, "a full call does not wait") {
    for (int i = 0; i < 4'095; ++i)
      add("c-1");
    CHECK(made.empty());
    add("c-1");
    CHECK(made == calls{{"c-1", 4'096}});
    CHECK(!turn.waits());
  }
}

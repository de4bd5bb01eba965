#include "messages/consumers/effects.hpp"

#include "tests/support/counter_delta.hpp"

#include <doctest/doctest.h>

#include <array>
#include <typeindex>

#include <string>

using namespace carillon;
using carillon::test::counter_delta;

TEST_SUITE("messages/effects") {
  namespace {

  struct mail {
    std::string to;

    friend bool operator==(const mail&, const mail&) = default;
  };

  struct page {
    int number = 0;

    friend bool operator==(const page&, const page&) = default;
  };

  } // namespace

  TEST_CASE("rows of each type keep their order") {
    auto x = effects::of(mail{"a"}, page{1}, mail{"b"});
    CHECK(x.all<mail>() == std::vector<mail>{{"a"}, {"b"}});
    CHECK(x.all<page>() == std::vector<page>{{1}});
    CHECK(x.all<int>().empty());
    CHECK(x.has<page>());
    CHECK_FALSE(x.has<int>());
  }

  TEST_CASE("lists without rows are nothing") {
    effects x;
    CHECK(x.empty());
    x.rows<mail>();
    CHECK(x.empty());
    CHECK(x.has_only(std::array{std::type_index{typeid(page)}}));
    x.add(mail{"a"});
    CHECK_FALSE(x.empty());
    CHECK_FALSE(x.has_only(std::array{std::type_index{typeid(page)}}));
    CHECK(x.has_only(std::array{std::type_index{typeid(page)}, std::type_index{typeid(mail)}}));
    x.clear();
    CHECK(x.empty());
  }

  TEST_CASE("taking moves all rows to the end") {
    auto to = effects::of(mail{"a"});
    auto from = effects::of(page{1}, mail{"b"});
    to.take(from);
    CHECK(from.empty());
    CHECK(to.all<mail>() == std::vector<mail>{{"a"}, {"b"}});
    CHECK(to.all<page>() == std::vector<page>{{1}});
    from.add(page{2});
    to.take(from);
    CHECK(to.all<page>() == std::vector<page>{{1}, {2}});
  }

  TEST_CASE("a copy is apart from its original") {
    auto x = effects::of(mail{"a"});
    auto y = x;
    y.add(mail{"b"});
    CHECK(x.all<mail>().size() == 1);
    x = y;
    CHECK(x.all<mail>().size() == 2);
  }

  TEST_CASE("counters of the same hour, type and company are added up") {
    effects to;
    for (uint64_t i = 0; i < 3; ++i) {
      auto from = effects::of(counter_delta{{}, "a.b", "c", 1}, counter_delta{{}, "a.b", "d", 10});
      to.take(from);
    }
    const auto& rows = to.all<counter_delta>();
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].add == 3);
    CHECK(rows[1].add == 30);
  }
}

#include "net/http/request_body.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;
using data::admission;
using data::body_budget;
using data::request_body;

TEST_SUITE("net/request_body") {
  namespace {

  struct fixture {
    body_budget budget{.limit = 100, .used = 0};
    request_body body{budget};
    admission admitted;

    fixture() {
      admitted.body_limit = 50;
      admitted.single_limit = 10;
    }

    /// The code of the rejection; `none` if there is none.
    ec take(std::string_view piece) {
      auto out = body.take(piece);
      return out ? out->why.code : ec::none;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "one piece is not copied, and costs no budget") {
    const std::string text = "{\"n\":1}";
    body.begin(admitted, text.size());
    CHECK(body.expected_bytes() == text.size());
    CHECK(take(text) == ec::none);
    CHECK(body.bytes().data() == text.data());
    CHECK(body.expected_bytes() == 0);
    CHECK(budget.used == 0);
    body.clear();
    CHECK(body.bytes().empty());
  }

  TEST_CASE_FIXTURE(fixture, "pieces are joined, and return their budget") {
    body.begin(admitted, 8);
    CHECK(take("[1,") == ec::none);
    CHECK(body.expected_bytes() == 5);
    CHECK(take("2,3]\n") == ec::none);
    CHECK(body.bytes() == "[1,2,3]\n");
    CHECK(budget.used == 8);
    body.clear();
    CHECK(budget.used == 0);
  }

  TEST_CASE_FIXTURE(fixture, "an array has another limit than one event") {
    body.begin(admitted, {});
    CHECK(take("  ") == ec::none);
    CHECK(take("[" + std::string(40, '1')) == ec::none);
    CHECK(!body.exceeds_limit(7));
    CHECK(body.exceeds_limit(8));
    CHECK(take(std::string(8, '1')) == ec::too_large);
    body.clear();
    body.begin(admitted, {});
    CHECK(take("{" + std::string(9, '1')) == ec::none);
    CHECK(take("1") == ec::too_large);
    body.clear();
    // The announced length counts at once.
    body.begin(admitted, 11);
    CHECK(take("{") == ec::too_large);
  }

  TEST_CASE_FIXTURE(fixture, "unfinished bodies share a budget") {
    request_body other{budget};
    admitted.single_limit = 50;
    budget.limit = 12;
    other.begin(admitted, {});
    CHECK(!other.take("[1,2,3"));
    body.begin(admitted, {});
    CHECK(take("[4,5,6") == ec::none);
    CHECK(take(",") == ec::overloaded);
    other.clear();
    CHECK(take(",") == ec::none);
    body.clear();
    CHECK(budget.used == 0);
  }

  TEST_CASE_FIXTURE(fixture, "companies share the bound of all bodies") {
    bounds all;
    budget.shared = all.add("unfinished bodies", "bytes", 10);
    admitted.who.company_id = "c-1";
    body.begin(admitted, {});
    CHECK(take("[1,2,3,4,5,6,7,8,9") != ec::none);
    CHECK(take("[1") == ec::none);
    CHECK(all.list("c-1").front().own == 2);
    body.clear();
    CHECK(all.list("c-1").front().own == 0);
  }

  TEST_CASE_FIXTURE(fixture, "a discarded piece is only counted") {
    body.begin(admitted, 60);
    body.skip(std::string(20, 'x'));
    CHECK(body.expected_bytes() == 40);
    CHECK(body.bytes().empty());
    CHECK(budget.used == 0);
  }
}

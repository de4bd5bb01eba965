#include "net/sso/flow.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace carillon;

TEST_SUITE("net/sso/flow") {
  namespace {

  const timestamp begin = from_micros(1'700'000'000'000'000);

  std::unique_ptr<sso::flow_book> flow_book_of_test() {
    auto out = sso::flow_book::make();
    REQUIRE(out.has_value());
    return std::move(*out);
  }

  ec flow_fault(const expected<sso::flow>& x) {
    return x ? ec::none : x.error().code;
  }

  } // namespace

  TEST_CASE("a sign-in ends once, with what it began with") {
    auto book = flow_book_of_test();
    const auto begun = book->begin(begin).value();
    const auto ended = book->end(begun.cookie, begun.steps.state, begin + sso::flow_time);
    REQUIRE(ended.has_value());
    CHECK(ended->nonce == begun.steps.nonce);
    CHECK(ended->verifier == begun.steps.verifier);
    CHECK(flow_fault(book->end(begun.cookie, begun.steps.state, begin)) == ec::unauthenticated);
  }

  TEST_CASE("all of a sign-in differs from all others, and the cookie tells nothing of it") {
    auto book = flow_book_of_test();
    std::set<std::string> seen;
    for (int i = 0; i < 100; ++i) {
      const auto x = book->begin(begin).value();
      for (const auto& text : {x.steps.state, x.steps.nonce, x.steps.verifier}) {
        CHECK(text.size() == 43);
        CHECK(seen.insert(text).second);
        CHECK(x.cookie.find(text) == std::string::npos);
      }
    }
  }

  TEST_CASE("it is too late after ten minutes") {
    auto book = flow_book_of_test();
    const auto x = book->begin(begin).value();
    const auto late = begin + sso::flow_time + std::chrono::microseconds{1};
    CHECK(flow_fault(book->end(x.cookie, x.steps.state, late)) == ec::unauthenticated);
  }

  TEST_CASE("neither a changed cookie nor another's state is taken, and neither uses it up") {
    auto book = flow_book_of_test();
    const auto own = book->begin(begin).value();
    const auto other = book->begin(begin).value();
    CHECK(flow_fault(book->end(own.cookie, other.steps.state, begin)) == ec::unauthenticated);
    CHECK(flow_fault(book->end(own.cookie, "", begin)) == ec::unauthenticated);
    for (size_t i = 0; i < own.cookie.size(); ++i) {
      auto changed = own.cookie;
      changed[i] = changed[i] == 'x' ? 'y' : 'x';
      CHECK(flow_fault(book->end(changed, own.steps.state, begin)) == ec::unauthenticated);
    }
    for (const char* text : {"", ".", "..", "a.b", "a.b.c", "...."})
      CHECK(flow_fault(book->end(text, own.steps.state, begin)) == ec::unauthenticated);
    // Another process has another key.
    auto stranger = flow_book_of_test();
    CHECK(flow_fault(stranger->end(own.cookie, own.steps.state, begin)) == ec::unauthenticated);
    CHECK(book->end(own.cookie, own.steps.state, begin).has_value());
  }

  TEST_CASE("those that end are bounded, and make room in time") {
    auto book = flow_book_of_test();
    auto last = ec::none;
    size_t ended = 0;
    for (; ended < 20'000 && last == ec::none; ++ended) {
      const auto x = book->begin(begin).value();
      last = flow_fault(book->end(x.cookie, x.steps.state, begin));
    }
    CHECK(ended == 10'001);
    CHECK(last == ec::overloaded);
    const auto later = begin + sso::flow_time + std::chrono::seconds{1};
    const auto x = book->begin(later).value();
    CHECK(book->end(x.cookie, x.steps.state, later).has_value());
  }
}

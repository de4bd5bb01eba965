#include "base/uuid.hpp"
#include "messages/consumers/consumer.hpp"
#include "messages/events/event.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <thread>

using namespace carillon;

TEST_SUITE("messages/event") {
  TEST_CASE("event types are dotted lower case") {
    for (const char* x : {"a.b", "order.created", "a1_.2.c", "a.b.c.d"})
      CHECK_MESSAGE(is_event_type(x), x);
    for (const char* x :
         {"", "a", ".a", "a.", "a..b", "A.b", "1.a", "_a.b", "a.b ", "a-b.c", "a.b\n"})
      CHECK_FALSE_MESSAGE(is_event_type(x), x);
    CHECK(is_event_type("a." + std::string(126, 'x')));
    CHECK_FALSE(is_event_type("a." + std::string(127, 'x')));
  }

  TEST_CASE("identifiers have no control characters") {
    CHECK(is_identifier("ü x/€"));
    CHECK_FALSE(is_identifier(""));
    CHECK_FALSE(is_identifier("a\tb"));
    CHECK_FALSE(is_identifier("\x7f"));
    CHECK_FALSE(is_identifier(std::string("a\0b", 3)));
    CHECK_FALSE(is_identifier(std::string(129, 'x')));
  }

  TEST_CASE("consumer names") {
    CHECK(is_consumer_name("loyalty-2.x_y"));
    for (const char* x : {"", "Loyalty", "2x", "a b", "a/b"})
      CHECK_FALSE_MESSAGE(is_consumer_name(x), x);
    CHECK_FALSE(is_consumer_name(std::string(65, 'a')));
  }

  TEST_CASE("audiences have names") {
    for (auto x : {audience::none, audience::user, audience::company, audience::all})
      CHECK(audience_from(name_of(x)) == x);
    CHECK_FALSE(audience_from("nobody"));
  }

  TEST_CASE("ids are UUIDv7, ascending in a thread, and differ between threads") {
    auto now = from_micros(1'800'000'000'000'000);
    std::string last;
    std::set<std::string> all;
    for (int i = 0; i < 100'000; ++i) {
      auto x = make_uuid_v7(now);
      REQUIRE(x.size() == 36);
      REQUIRE(x[14] == '7');
      REQUIRE(std::string{"89ab"}.find(x[19]) != std::string::npos);
      REQUIRE(x > last);
      last = x;
      all.insert(std::move(x));
    }
    std::thread other{[&] {
      for (int i = 0; i < 1'000; ++i)
        all.insert(make_uuid_v7(now));
    }};
    other.join();
    CHECK(all.size() == 101'000);
    CHECK(make_uuid_v7(from_micros(0x0123456789ab * 1'000)).size() == 36);
  }
}

#include "net/data/notifications/notification_route.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon::data;

TEST_SUITE("net/notification_route") {
  TEST_CASE("a path is a call, with its methods and its pattern") {
    using enum notification_route::call;
    auto all = notification_route_of("/api/notifications");
    REQUIRE(all);
    CHECK(all->what == list);
    CHECK(all->is_read_only());
    CHECK(all->methods == "GET, HEAD, OPTIONS");
    auto one = notification_route_of("/api/notifications/17");
    REQUIRE(one);
    CHECK(one->what == show);
    CHECK(one->id == 17);
    CHECK(one->is_read_only());
    CHECK(one->pattern == "/api/notifications/{id}");
    auto read = notification_route_of("/api/notifications/17/read");
    REQUIRE(read);
    CHECK(read->what == read_one);
    CHECK(read->id == 17);
    CHECK(!read->is_read_only());
    CHECK(read->methods == "POST, OPTIONS");
    auto every = notification_route_of("/api/notifications/read");
    REQUIRE(every);
    CHECK(every->what == read_all);
    CHECK(every->pattern == "/api/notifications/read");
  }

  TEST_CASE("what is not a number of a notification is number 0") {
    for (const auto* id : {"0", "x", "-1", "+1", "1.0", "%31", "18446744073709551616"}) {
      CAPTURE(id);
      auto path = "/api/notifications/" + std::string{id};
      REQUIRE(notification_route_of(path));
      CHECK(notification_route_of(path)->id == 0);
      REQUIRE(notification_route_of(path + "/read"));
      CHECK(notification_route_of(path + "/read")->id == 0);
    }
  }

  TEST_CASE("other paths are not about notifications") {
    for (const auto* path :
         {"", "/", "/api/notification", "/api/notificationsx", "/api/notifications/",
          "/api/notifications//read", "/api/notifications/1/", "/api/notifications/1/reads",
          "/api/notifications/1/read/", "/api/notifications/read/", "/API/notifications"}) {
      CAPTURE(path);
      CHECK(!notification_route_of(path));
    }
  }
}

#include "net/data/notifications/notification_query.hpp"

#include "net/cursor.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;
using namespace carillon::data;

TEST_SUITE("net/notification_query") {
  namespace {

  const viewer anna{"u-1", "c-1"};

  /// The field of the fault; empty if there is none.
  std::string fault_of(const sessions::parameters& all) {
    auto read = notification_query_of(all, anna);
    if (read)
      return {};
    CHECK(read.error().code == ec::invalid_argument);
    return read.error().field;
  }

  } // namespace

  TEST_CASE("without parameters it is the newest of all") {
    auto read = notification_query_of({}, anna);
    REQUIRE(read.has_value());
    CHECK(!read->unread);
    CHECK(read->limit == 100);
    CHECK(!read->beyond);
  }

  TEST_CASE("parameters are read") {
    auto read = notification_query_of({{"unread", "true"}, {"limit", "7"}}, anna);
    REQUIRE(read.has_value());
    CHECK(read->unread);
    CHECK(read->limit == 7);
    auto next
      = notification_query_of({{"cursor", make_cursor(42, read->list)}, {"unread", "1"}}, anna);
    REQUIRE(next.has_value());
    CHECK(next->beyond == 42);
    CHECK(next->limit == 100);
    CHECK(!notification_query_of({{"unread", "0"}}, anna)->unread);
    CHECK(!notification_query_of({{"unread", "false"}}, anna)->unread);
  }

  TEST_CASE("a cursor is good for one user's list only") {
    auto mine = make_cursor(42, notification_query_of({}, anna)->list);
    CHECK(notification_query_of({{"cursor", mine}}, anna).has_value());
    CHECK(notification_query_of({{"cursor", mine}, {"limit", "1"}}, anna).has_value());
    CHECK(fault_of({{"cursor", mine}, {"unread", "true"}}) == "cursor");
    for (const auto& other :
         {viewer{"u-2", "c-1"}, viewer{"u-1", "c-2"}, viewer{"u-1", ""}, viewer{"u-1c-1", ""}}) {
      CAPTURE(other.user_id);
      CHECK(notification_query_of({{"cursor", mine}}, other).has_error());
    }
  }

  TEST_CASE("bad parameters are named") {
    for (const auto* bad : {"", "yes", "TRUE", "2"})
      CHECK(fault_of({{"unread", bad}}) == "unread");
    for (const auto* bad : {"", "0", "101", "-1", "x", "18446744073709551616"})
      CHECK(fault_of({{"limit", bad}}) == "limit");
    for (const auto* bad : {"", "x", "AAAAAAAAAAAAAAAAAAAAAAAA"})
      CHECK(fault_of({{"cursor", bad}}) == "cursor");
    CHECK(fault_of({{"limit", "1"}, {"unread", "1"}, {"limit", "1"}}) == "limit");
    for (const auto* unknown : {"userId", "companyId", "token", "order", ""})
      CHECK(notification_query_of({{unknown, "x"}}, anna).error().field == unknown);
    CHECK(fault_of({{std::string(200, 'x'), "1"}}) == std::string(64, 'x'));
    CHECK(fault_of({{"user", "u-1"}, {"company", ""}}).empty());
  }

  TEST_CASE("other calls take no parameters") {
    CHECK(check_no_parameters({}).has_value());
    CHECK(check_no_parameters({{"user", "u-1"}, {"company", "c-1"}}).has_value());
    CHECK(check_no_parameters({{"userId", "u-1"}}).error().field == "userId");
    CHECK(check_no_parameters({{"unread", "true"}}).error().field == "unread");
  }
}

// Users read and mark their own notifications on the data port.

#include "tests/net/data/notifications/notification_fixture.hpp"

#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;

TEST_SUITE("net/notifications") {
  namespace {

  struct started : notification_fixture {
    started() {
      start();
    }

    /// The text of `nextCursor`; empty at the end.
    static std::string cursor_in(const answer& x) {
      const std::string name = R"("nextCursor":")";
      auto at = x.body.find(name);
      if (at == std::string::npos)
        return {};
      at += name.size();
      return x.body.substr(at, x.body.find('"', at) - at);
    }

    /// The numbers in a page, as a text.
    static std::string ids_in(const answer& x) {
      const std::string name = R"({"id":)";
      std::string out;
      for (auto at = x.body.find(name); at != std::string::npos; at = x.body.find(name, at + 1)) {
        auto begin = at + name.size();
        out += (out.empty() ? "" : " ") + x.body.substr(begin, x.body.find(',', begin) - begin);
      }
      return out;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(started, "users list their own, the newest first") {
    store->add("u-1", "c-1");
    store->add("u-2", "c-1");
    store->add("u-1", "c-1");
    auto page = get("", anna);
    CHECK(page.status == 200);
    CHECK(page.field("content-type") == "application/json");
    CHECK(page.field("cache-control") == "no-store");
    CHECK(page.body
          == R"({"notifications":[)" + notification_json(3, "u-1", R"("c-1")") + ','
               + notification_json(1, "u-1", R"("c-1")") + R"(],"unread":2,"nextCursor":null})");
    CHECK(get("", bearer(R"({"sub":"u-3","company":"c-1"})")).body
          == R"({"notifications":[],"unread":0,"nextCursor":null})");
    CHECK(store->given > 20s);
  }

  TEST_CASE_FIXTURE(started, "a list is read page by page, by cursors of the same list") {
    for (int i = 0; i < 5; ++i)
      store->add("u-1", "c-1");
    auto page = get("?limit=2", anna);
    CHECK(ids_in(page) == "5 4");
    auto cursor = cursor_in(page);
    REQUIRE(!cursor.empty());
    auto next = get("?limit=2&cursor=" + cursor, anna);
    CHECK(ids_in(next) == "3 2");
    auto last = get("?cursor=" + cursor_in(next), anna);
    CHECK(ids_in(last) == "1");
    CHECK(cursor_in(last).empty());
    for (const auto& foreign :
         {get("?cursor=" + cursor, bearer(R"({"sub":"u-2","company":"c-1"})")),
          get("?cursor=" + cursor, bearer(R"({"sub":"u-1","company":"c-2"})")),
          get("?unread=true&cursor=" + cursor, anna), get("?cursor=x", anna)}) {
      CHECK(foreign.status == 400);
      CHECK(foreign.has(R"("field":"cursor")"));
    }
  }

  TEST_CASE_FIXTURE(started, "the unread ones are listed alone") {
    store->add("u-1", "c-1");
    store->add("u-1", "c-1").read_at = from_micros(1'500'000);
    store->add("u-1", "c-1");
    auto unread = get("?unread=true", anna);
    CHECK(ids_in(unread) == "3 1");
    CHECK(unread.has(R"("unread":2)"));
    CHECK(get("", anna).has(R"("readAt":"1970-01-01T00:00:01.500000Z")"));
    CHECK(ids_in(get("?unread=0", anna)) == "3 2 1");
  }

  TEST_CASE_FIXTURE(started, "a company's user sees those of the company and of none") {
    store->add("u-1", "c-1");
    store->add("u-1", "c-2");
    store->add("u-1", "");
    CHECK(ids_in(get("", anna)) == "3 1");
    CHECK(get("/3", anna).body == notification_json(3, "u-1", "null"));
    CHECK(ids_in(get("", bearer(R"({"sub":"u-1","company":"c-2"})"))) == "3 2");
    CHECK(ids_in(get("", bearer(R"({"sub":"u-1","company":"c-3"})"))) == "3");
    // A token without a company stands for a user of several, as for sessions.
    auto anywhere = bearer(R"({"sub":"u-1"})");
    CHECK(ids_in(get("", anywhere)) == "3 2 1");
    CHECK(get("/2", anywhere).status == 200);
  }

  TEST_CASE_FIXTURE(started, "a notification of another user, or company, is not there") {
    store->add("u-1", "c-1");
    store->add("u-2", "c-1");
    store->add("u-1", "c-2");
    CHECK(get("/1", anna).body == notification_json(1, "u-1", R"("c-1")"));
    for (const auto* id : {"/2", "/3", "/4", "/0", "/x", "/-1", "/18446744073709551616"}) {
      CAPTURE(id);
      auto seen = get(id, anna);
      CHECK(seen.status == 404);
      CHECK(seen.has(R"("detail":"there is no such notification")"));
      auto read = post_to(std::string{id} + "/read", anna);
      CHECK(read.status == 404);
      CHECK(read.has(R"("field":"id")"));
    }
    CHECK(store->unread() == 3);
  }

  TEST_CASE_FIXTURE(started, "one is marked as read, or all, and no other user's") {
    for (const auto* company : {"c-1", "c-1", "c-2", "", "c-1"})
      store->add("u-1", company);
    store->add("u-2", "c-1");
    CHECK(post_to("/1/read", anna).body == R"({"read":1})");
    CHECK(post_to("/1/read", anna, "{}").body == R"({"read":0})");
    CHECK(post_to("/read", anna, " { } ").body == R"({"read":3})");
    CHECK(post_to("/read", anna).body == R"({"read":0})");
    CHECK(store->unread() == 2);
    CHECK(post_to("/read", bearer(R"({"sub":"u-1"})")).body == R"({"read":1})");
    CHECK(post_to("/6/read", bearer(R"({"sub":"u-2"})")).body == R"({"read":1})");
  }

  TEST_CASE_FIXTURE(started, "nobody is named but by the token") {
    store->add("u-1", "c-1");
    store->add("u-2", "c-1");
    for (const auto* body :
         {R"({"userId":"u-2"})", R"({"userId":"u-1"})", R"({"userId":7})", R"({"userId":null})"})
      for (const auto* path : {"/read", "/1/read", "/2/read"}) {
        CAPTURE(body);
        auto refused = post_to(path, anna, body);
        CHECK(refused.status == 400);
        CHECK(refused.has(R"("code":"invalid_argument")"));
        CHECK(refused.has(R"("field":"userId")"));
      }
    for (const auto* name : {"userId", "companyId", "user", "company"}) {
      auto query = "?" + std::string{name} + "=u-2";
      auto field = R"("field":")" + std::string{name} + '"';
      for (const auto& refused :
           {get(query, anna), get("/1" + query, anna), post_to("/read" + query, anna),
            post_to("/1/read" + query, anna)}) {
        CAPTURE(query);
        CHECK(refused.status == 400);
        CHECK(refused.has(field));
      }
    }
    CHECK(store->unread() == 2);
  }

  TEST_CASE_FIXTURE(started, "other members, and other texts, are refused") {
    store->add("u-1", "c-1");
    CHECK(post_to("/read", anna, R"({"id":1})").has(R"("field":"id")"));
    for (const auto* body : {"[]", "null", "{", "x", R"({"a":1,"a":1})"}) {
      CAPTURE(body);
      auto refused = post_to("/read", anna, body);
      CHECK(refused.status == 400);
      CHECK(refused.has(R"("code":"malformed_json")"));
    }
    CHECK(post_to("/read", anna, std::string(4'097, ' ')).status == 413);
    CHECK(ask(to("POST", "/read", anna + "Transfer-Encoding: chunked\r\n") + "2\r\n{}\r\n0\r\n\r\n")
            .body
          == R"({"read":1})");
  }

  TEST_CASE_FIXTURE(started, "a bad parameter is named") {
    struct row {
      const char* query;
      const char* field;
    };
    for (const auto& x :
         {row{"?limit=0", "limit"}, row{"?limit=101", "limit"}, row{"?limit=1&limit=1", "limit"},
          row{"?limit=", "limit"}, row{"?unread=yes", "unread"}, row{"?cursor=", "cursor"},
          row{"?order=asc", "order"}, row{"/1?unread=true", "unread"}}) {
      CAPTURE(x.query);
      auto refused = get(x.query, anna);
      CHECK(refused.status == 400);
      CHECK(refused.has(R"("field":")" + std::string{x.field} + '"'));
    }
    CHECK(get("?unread=%zz", anna).status == 400);
    CHECK(get("?limit=100&unread=false", anna).status == 200);
  }
}

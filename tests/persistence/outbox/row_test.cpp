#include "persistence/outbox/row.hpp"

#include "persistence/outbox/mysql_url.hpp"
#include "persistence/outbox/source.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <string>

// Rows as events, and the addresses of databases: both are what others wrote.

namespace carillon {

TEST_SUITE("persistence/outbox_row") {
  namespace {

  outbox_row some_row() {
    outbox_row out;
    out.seq = 1;
    out.id = "e-1";
    out.type = "order.cancelled";
    out.source = "/shop";
    out.data = R"({"total": 1.50})";
    return out;
  }

  std::string event_of(const outbox_row& x) {
    std::string out = "[";
    REQUIRE(append_event(out, x));
    return out;
  }

  ec refusal_of(const outbox_row& x) {
    std::string out = "[";
    auto made = append_event(out, x);
    REQUIRE(!made);
    CHECK(out == "[");
    return made.error().code;
  }

  } // namespace

  TEST_CASE("a row is an event, its data byte for byte") {
    auto x = some_row();
    CHECK(event_of(x)
          == R"([{"id":"e-1","type":"order.cancelled","source":"/shop","data":{"total": 1.50}})");
    x.time = "2026-12-01T10:00:00.000001Z";
    x.company_id = "c-1";
    x.user_id = "";
    x.correlation_id = "a\"b";
    x.metadata = R"({"ip":"::1"})";
    CHECK(event_of(x)
          == R"([{"id":"e-1","type":"order.cancelled","source":"/shop",)"
             R"("time":"2026-12-01T10:00:00.000001Z","companyId":"c-1","correlationId":"a\"b",)"
             R"("data":{"total": 1.50},"metadata":{"ip":"::1"}})");
  }

  TEST_CASE("data that would begin another event is none") {
    for (const std::string data : {"", "{", "{}}", R"({}},{"type":"user.login","data":{})", "{} {}",
                                   "\xef\xbb\xbf{}", "{\"a\":\"\xff\"}", "{'a':1}"}) {
      CAPTURE(data);
      auto x = some_row();
      x.data = data;
      CHECK(refusal_of(x) == ec::malformed_json);
      x = some_row();
      x.metadata = data;
      CHECK(refusal_of(x) == ec::malformed_json);
    }
    auto x = some_row();
    x.data = std::string{"{}\0", 3};
    CHECK(refusal_of(x) == ec::malformed_json);
  }

  TEST_CASE("texts that are not UTF-8 are refused") {
    auto x = some_row();
    x.id = "\xff";
    CHECK(refusal_of(x) == ec::malformed_json);
    x = some_row();
    x.company_id = "\xc3(";
    CHECK(refusal_of(x) == ec::malformed_json);
  }

  TEST_CASE("every dialect has its statements, and another has none") {
    for (const std::string dialect : {"postgresql", "mysql", "mariadb", "sqlite"}) {
      CAPTURE(dialect);
      const auto text = outbox_ddl(dialect);
      CHECK(text.find("CREATE TABLE carillon_outbox (") != std::string_view::npos);
      CHECK(text.find("CREATE TABLE carillon_outbox_refused (") != std::string_view::npos);
    }
    CHECK(outbox_ddl("oracle").empty());
  }

  TEST_CASE("the address of a MySQL database") {
    const auto x = parse_mysql_url("mysql://relay:p%40ss%2Fword@db.example.org:3307/shop"
                                   "?sslrootcert=/etc/ca.pem");
    REQUIRE(x);
    CHECK(x->host == "db.example.org");
    CHECK(x->port == 3307);
    CHECK(x->user == "relay");
    CHECK(x->password == "p@ss/word");
    CHECK(x->database == "shop");
    CHECK(x->authority == "/etc/ca.pem");
    CHECK(x->tls == mysql_tls::verify_full);
    CHECK(parse_mysql_url("mariadb://u@127.0.0.1/shop")->tls == mysql_tls::prefer);
    CHECK(parse_mysql_url("mysql://u@localhost/shop")->port == 3306);
    CHECK(parse_mysql_url("mysql://u@h/shop?sslmode=require")->tls == mysql_tls::require);
    CHECK(parse_mysql_url("mysql://u@h/shop?socket=/run/m.sock")->tls == mysql_tls::prefer);
  }

  TEST_CASE("what is none, without its secret in the words") {
    for (const std::string text :
         {"mysql://", "mysql://u:secret@h", "mysql://u:secret@h/", "mysql://u:secret@h/a/b",
          "mysql://u:secret@h:99999/shop", "mysql://u:secret@h:0/shop", "mysql://u:se cret@h/shop",
          "mysql://u:secret@h/shop?sslmode=maybe", "mysql://u:secret@h/shop?autocommit=0",
          "http://u:secret@h/shop"}) {
      CAPTURE(text);
      const auto x = parse_mysql_url(text);
      REQUIRE(!x);
      CHECK(x.error().code == ec::invalid_argument);
      CHECK(x.error().detail.find("secret") == std::string::npos);
    }
    for (const std::string text : {"", "shop.db", "sqlite://", "mongodb://u:secret@h/shop",
                                   "postgresql://u:secret@h:port/shop"}) {
      CAPTURE(text);
      const auto x = open_outbox(text, {});
      REQUIRE(!x);
      CHECK(x.error().code == ec::invalid_argument);
      CHECK(x.error().detail.find("secret") == std::string::npos);
    }
  }
}

} // namespace carillon

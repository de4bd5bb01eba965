#include "net/http/head_fields.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using boost::beast::http::field;
using data::head_fields;
using data::request_head;

TEST_SUITE("net/head_fields") {
  namespace {

  struct fixture {
    request_head head;
    head_fields fields{head};

    fixture() {
      head.http11 = true;
      head.method = boost::beast::http::verb::get;
      head.target = "/api/events";
    }

    bool take(field name, std::string_view text, std::string_view value) {
      return !fields.take(name, text, value);
    }

    bool host(std::string_view value = "localhost") {
      return take(field::host, "Host", value);
    }

    /// The status of the rejection; 0 without one of its own, −1 if the head is valid.
    int finish() {
      auto out = fields.finish();
      return out ? out->status : -1;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "lists in several lines are joined, other fields come once") {
    CHECK(host());
    CHECK(take(field::accept, "Accept", "a/b"));
    CHECK(take(field::accept, "accept", "c/d"));
    CHECK(head.accept == "a/b, c/d");
    CHECK(take(field::origin, "Origin", "https://a"));
    CHECK(!take(field::origin, "Origin", "https://a"));
    CHECK(take(field::unknown, "LAST-event-ID", "7"));
    CHECK(head.last_event_id == "7");
    CHECK(!take(field::unknown, "Last-Event-ID", "7"));
    CHECK(take(field::unknown, "Carillon-Actor", "me"));
    CHECK(head.actor == "me");
    CHECK(take(field::unknown, "TraceParent", "00-a"));
    CHECK(head.traceparent == "00-a");
    // Given twice, none counts, and the request does.
    for (int i = 0; i < 2; ++i) {
      CHECK(take(field::unknown, "traceparent", "00-b"));
      CHECK(head.traceparent.empty());
    }
    // As the parser names them, some of which Beast knows.
    for (auto [name, place] :
         {std::pair{"Sec-Fetch-Site", &head.fetch_site}, std::pair{"Cookie", &head.cookie}}) {
      CHECK(take(boost::beast::http::string_to_field(name), name, "a=b"));
      CHECK(*place == "a=b");
      CHECK(!take(boost::beast::http::string_to_field(name), name, "a=b"));
    }
    CHECK(take(field::unknown, "X-Unknown", "1"));
    CHECK(take(field::unknown, "X-Unknown", "2"));
    CHECK(finish() == -1);
  }

  TEST_CASE_FIXTURE(fixture, "attributes of CloudEvents are collected in lower case") {
    CHECK(take(field::unknown, "Ce-Type", "a.b"));
    CHECK(take(field::unknown, "ce-", "x"));
    REQUIRE(head.cloud.size() == 1);
    CHECK(head.cloud[0].first == "type");
    CHECK(head.cloud[0].second == "a.b");
  }

  TEST_CASE_FIXTURE(fixture, "there is one valid host; the target's takes precedence") {
    CHECK(finish() == 0);
    CHECK(!host("a b"));
    fields.clear();
    CHECK(host("a"));
    CHECK(!host("a"));
    fields.clear();
    CHECK(host("a"));
    head.target = "http://b:80/x";
    CHECK(finish() == -1);
    CHECK(head.host == "b:80");
    head.target = "ftp://b/x";
    CHECK(finish() == 0);
  }

  TEST_CASE_FIXTURE(fixture,
                    "lengths and codings that others could read differently are rejected") {
    CHECK(host());
    CHECK(take(field::content_length, "Content-Length", "1"));
    CHECK(!take(field::content_length, "Content-Length", "1"));
    CHECK(!take(field::content_length, "Content-Length", "1, 1"));
    head.chunked = true;
    CHECK(take(field::transfer_encoding, "Transfer-Encoding", "gzip"));
    CHECK(finish() == 0);
    CHECK(take(field::transfer_encoding, "Transfer-Encoding", "chunked"));
    CHECK(finish() == 501);
    fields.clear();
    CHECK(host());
    CHECK(take(field::transfer_encoding, "Transfer-Encoding", "chunked"));
    CHECK(finish() == -1);
    head.http11 = false;
    CHECK(finish() == 0);
  }

  TEST_CASE_FIXTURE(fixture, "no other expectation than 100-continue is understood") {
    CHECK(host());
    CHECK(take(field::expect, "Expect", "100-Continue"));
    CHECK(finish() == -1);
    CHECK(take(field::expect, "Expect", "more"));
    CHECK(finish() == 417);
  }
}

#include "net/data/port/gate.hpp"

#include "net/data/publishing/intake.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using namespace carillon::data;

TEST_SUITE("net/data_port gate") {
  TEST_CASE("the path is taken from both forms of a target") {
    CHECK(path_of("/a/b") == "/a/b");
    CHECK(path_of("/a?b=/c") == "/a");
    CHECK(path_of("http://h/a?b") == "/a");
    CHECK(path_of("https://h:1/a") == "/a");
    CHECK(path_of("http://h") == "/");
    CHECK(path_of("http://x?/api/events") == "/");
    CHECK(path_of("HTTP://h/a") == "/a");
    CHECK(path_of("http://h#/a").empty());
    CHECK(path_of("/a#b").empty());
    CHECK(path_of("*").empty());
    CHECK(path_of("h:443").empty());
  }

  TEST_CASE("the media type decides about the form") {
    request_head head;
    auto form = [&](std::string_view type) {
      head.content_type = type;
      return form_of(head);
    };
    CHECK(*form("application/json") == body_form::json);
    CHECK(*form("Application/JSON ; charset=\"UTF-8\"") == body_form::json);
    CHECK(*form("application/json;x=y;charset=utf-8") == body_form::json);
    CHECK(*form("application/cloudevents+json") == body_form::structured);
    CHECK(*form("application/cloudevents-batch+json") == body_form::structured_batch);
    for (auto other : {"", ";", "text/json", "application/json2", "application/json;charset=utf-16",
                       "application/cloudevents+xml", "application/x-www-form-urlencoded"}) {
      CAPTURE(other);
      REQUIRE(form(other).has_error());
      CHECK(form(other).error().code == ec::unsupported_media_type);
    }
    head.cloud = {{"specversion", "1.0"}};
    CHECK(*form("application/json") == body_form::binary);
    CHECK(*form("application/cloudevents+json") == body_form::structured);
    CHECK(*form("Application/CloudEvents-Batch+JSON") == body_form::structured_batch);
    for (auto json : {"text/json", "application/vnd.shop+json; charset=utf-8", "Image/SVG+JSON"})
      CHECK_MESSAGE(*form(json) == body_form::binary, json);
    for (auto other : {"text/plain", "application/xml", "text/json; charset=latin1"})
      CHECK_MESSAGE(form(other).has_error(), other);
    // Nothing has no type.
    CHECK(*form("") == body_form::binary);
    head.content_length = 0;
    CHECK(*form("") == body_form::binary);
    head.content_length = 2;
    CHECK(form("").has_error());
    head.content_length.reset();
    head.chunked = true;
    CHECK(form("").has_error());
  }

  TEST_CASE("a certificate stands for its key, but not for pages of others") {
    data_port_options options;
    key_ring keys;
    const std::string digest(64, 'e');
    keys.replace({api_key{.id = 1,
                          .name = "shop",
                          .role = role::publisher,
                          .hash = key_ring::hash_of("ck_x"),
                          .certificate = digest}});
    gate at{options, keys, nullptr};
    request_head head;
    head.method = boost::beast::http::verb::post;
    head.target = "/api/events";
    head.host = "localhost";
    head.content_type = "application/json";
    CHECK(at.judge(head).refused->why.code == ec::unauthenticated);
    head.certificate = digest;
    CHECK_FALSE(at.judge(head).refused);
    CHECK(at.judge(head).who.key_id == 1);
    // A browser shows the certificate of its user to every page.
    head.origin = "https://elsewhere.test";
    CHECK(at.judge(head).refused->why.code == ec::forbidden);
    // Nor is a page of the same name without TLS ours: anybody on the way can make it.
    head.origin = "http://localhost";
    CHECK(at.judge(head).refused->why.code == ec::forbidden);
    head.origin = "https://localhost";
    CHECK_FALSE(at.judge(head).refused);
    head.origin = "https://elsewhere.test";
    // `*` does not mean those without a key; a name does.
    options.sessions.origins = {"*"};
    CHECK(at.judge(head).refused->why.code == ec::forbidden);
    auto work = head;
    work.method = boost::beast::http::verb::get;
    work.target = "/consume/mail";
    work.content_type = {};
    CHECK(at.judge(work).refused->why.field == "Origin");
    options.sessions.origins = {"https://Elsewhere.test"};
    CHECK_FALSE(at.judge(head).refused);
    CHECK(at.judge(work).refused->why.field != "Origin");
    options.sessions.origins = {};
    head.authorization = "Bearer ck_x";
    CHECK_FALSE(at.judge(head).refused);
    head.certificate = {};
    CHECK(at.judge(head).refused->why.code == ec::unauthenticated);
  }

  TEST_CASE("an event that is to be published later is handed on, and a garbled time is refused") {
    data_port_options options;
    key_ring keys;
    keys.replace({api_key{
      .id = 1, .name = "shop", .role = role::publisher, .hash = key_ring::hash_of("ck_x")}});
    gate at{options, keys, nullptr};
    request_head head;
    head.method = boost::beast::http::verb::post;
    head.host = "localhost";
    head.content_type = "application/json";
    head.authorization = "Bearer ck_x";
    auto judged = [&](std::string_view target) {
      head.target = target;
      return at.judge(head);
    };
    CHECK(judged("/api/events").to == route::publish);
    CHECK(judged("/api/events?other=1").to == route::publish);
    const auto later = judged("/api/events?publishAt=2026-12-24T08:00:00Z");
    CHECK_FALSE(later.refused);
    CHECK(later.to == route::call);
    CHECK(later.call != nullptr);
    CHECK(later.body_limit == options.body_bytes);
    for (const auto* target :
         {"/api/events?publishAt=", "/api/events?publishAt=soon",
          "/api/events?publishAt=2026-12-24", "/api/events?publishAt=%",
          // What is meant to wait is not published at once, nor at one of two times.
          "/api/events?publishat=2026-12-24T08:00:00Z",
          "/api/events?PublishAt=2026-12-24T08:00:00Z",
          "/api/events?publish_at=2026-12-24T08:00:00Z",
          "/api/events?publish-at=2026-12-24T08:00:00Z",
          "/api/events?publishAt=2026-12-24T08:00:00Z&PUBLISH_AT=x",
          "/api/events?publishAt=2026-12-24T08:00:00Z&publishAt=2026-12-25T08:00:00Z"}) {
      CAPTURE(target);
      const auto refused = judged(target);
      REQUIRE(refused.refused);
      CHECK(refused.refused->why.code == ec::invalid_argument);
    }
    head.authorization = {};
    CHECK(judged("/api/events?publishAt=2026-12-24T08:00:00Z").refused->why.code
          == ec::unauthenticated);
    head.method = boost::beast::http::verb::delete_;
    CHECK(judged("/api/delayed-events/1").refused->why.code == ec::unauthenticated);
    head.authorization = "Bearer ck_x";
    CHECK(judged("/api/delayed-events/1").to == route::call);
    CHECK(judged("/api/delayed-events/x").refused->why.code == ec::not_found);
    CHECK(judged("/api/delayed-events/").refused->why.code == ec::not_found);
    head.method = boost::beast::http::verb::post;
    CHECK(judged("/api/delayed-events/1").refused->allow == "GET, DELETE, OPTIONS");
  }

  TEST_CASE("a bound publisher claims what has no company") {
    event x;
    principal acme{.key_id = 1, .role = role::publisher, .company_id = "acme"};
    REQUIRE(claim(x, acme).has_value());
    CHECK(x.company_id == "acme");
    CHECK(claim(x, acme).has_value());
    principal other{.key_id = 2, .role = role::publisher, .company_id = "other"};
    REQUIRE(claim(x, other).has_error());
    CHECK(claim(x, other).error().code == ec::forbidden);
    CHECK(x.company_id == "acme");
    x.audience = audience::all;
    CHECK(claim(x, acme).error().field == "audience");
    CHECK(claim(x, principal{}).has_value());
  }
}

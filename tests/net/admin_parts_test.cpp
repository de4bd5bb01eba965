#include "net/admin/cursor.hpp"
#include "net/admin/object_reader.hpp"
#include "net/admin/query_reader.hpp"
#include "net/admin/target.hpp"
#include "net/admin/worker_queue.hpp"

#include <doctest/doctest.h>

#include <future>
#include <random>

using namespace carillon;
using namespace carillon::admin;

TEST_SUITE_BEGIN("net/admin_parts");

TEST_CASE("a cursor comes back as it was made, and any change to it is noticed") {
  auto seed = std::random_device{}();
  MESSAGE("seed ", seed);
  std::mt19937_64 random{seed};
  for (int i = 0; i < 2'000; ++i) {
    auto number = random();
    auto list = random();
    auto text = make_cursor(number, list);
    CHECK(text.size() == 24);
    auto back = read_cursor(text, list);
    REQUIRE(back.has_value());
    CHECK(*back == number);
    CHECK(read_cursor(text, list + 1).error().field == "cursor");
    auto other = text;
    auto& c = other[random() % other.size()];
    c = c == 'A' ? 'B' : 'A';
    if (auto changed = read_cursor(other, list))
      CHECK(*changed != number);
  }
  for (const auto* text : {"", "A", "!!!!!!!!!!!!!!!!!!!!!!!!", "AAAAAAAAAAAAAAAAAAAAAAAA"})
    CHECK(!read_cursor(text, 0).has_value());
}

TEST_CASE("lists differ when their parts do, however they are cut") {
  auto hash = [](std::initializer_list<std::string_view> parts) {
    list_hash out;
    for (auto x : parts)
      out.add(x);
    return out.value();
  };
  CHECK(hash({"a", "b"}) == hash({"a", "b"}));
  CHECK(hash({"a", "b"}) != hash({"b", "a"}));
  CHECK(hash({"ab", ""}) != hash({"a", "b"}));
  CHECK(hash({"ab"}) != hash({"ab", ""}));
}

TEST_CASE("a target is cut into segments and parameters") {
  auto x = parse_target("/api/a%2Fb/?x=1&y=%C3%A4+b&&z=a=b?c");
  REQUIRE(x.has_value());
  CHECK(x->segments == std::vector<std::string>{"api", "a/b", ""});
  CHECK(x->query == parameters{{"x", "1"}, {"y", "\xc3\xa4 b"}, {"z", "a=b?c"}});
  CHECK(parse_target("http://host:1/p?q=1")->segments == std::vector<std::string>{"p"});
  CHECK(parse_target("/a+b")->segments.front() == "a+b");
  for (const auto* bad : {"", "*", "api", "http://host", "/%", "/%1", "/%1g", "/%00", "/%7f",
                          "/%ff", "/?a=%0d", "/?a", "/?=a", "/?a=1&a=1", "/?a=1&%61=2"}) {
    CAPTURE(bad);
    CHECK(parse_target(bad).has_error());
  }
}

TEST_CASE("numbers are digits of at most 64 bits") {
  CHECK(number_from("0") == 0);
  CHECK(number_from("18446744073709551615") == UINT64_MAX);
  for (const auto* bad : {"", "18446744073709551616", "-1", "+1", " 1", "1 ", "1.0", "x"})
    CHECK(!number_from(bad));
}

TEST_CASE("members are read by their kind, and the first fault is kept") {
  auto body = parse_object(R"({"a":"x","b":true,"c":7,"d":null})");
  REQUIRE(body.has_value());
  object_reader good{*body};
  CHECK(good.required_text("a") == "x");
  CHECK(good.flag("b", false));
  CHECK(good.number("c", 0, 10) == 7);
  CHECK(good.text("e") == std::nullopt);
  CHECK(good.finish()->field == "d");
  object_reader bad{*body};
  CHECK(bad.number("c", 0, 5) == 0);
  CHECK(bad.flag("a", true));
  CHECK(bad.finish()->field == "c");
}

TEST_CASE("nesting is counted outside of texts only") {
  CHECK(
    parse_object(R"({"a":"[[[[[[[[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["})")
      .has_value());
  auto nested = [](size_t levels) {
    return R"({"a":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  };
  CHECK(parse_object(nested(64)).has_value());
  CHECK(parse_object(nested(65)).error().code == ec::malformed_json);
}

TEST_CASE("U+0000 is refused in names and strings, however deep") {
  for (const auto* text : {R"({"a":"\u0000"})", R"({"\u0000":1})", R"({"a":[{"b":["x\u0000"]}]})",
                           R"({"a":{"b\u0000":null}})"})
    CHECK(parse_object(text).error().code == ec::malformed_json);
  CHECK(parse_object(R"({"a":"\\u0000"})").has_value());
}

TEST_CASE("a job too many is run at once and told to turn away") {
  worker_queue queue{1, 1};
  std::promise<void> began;
  std::promise<void> go_on;
  auto wait = go_on.get_future().share();
  std::atomic<int> done{0};
  queue.enqueue([&, wait] {
    began.set_value();
    wait.wait();
    ++done;
  });
  began.get_future().wait();
  queue.enqueue([&] { done += worker_queue::turns_away() ? 100 : 1; });
  CHECK(done == 0);
  bool turned_away = false;
  queue.enqueue([&] { turned_away = worker_queue::turns_away(); });
  CHECK(turned_away);
  CHECK(!worker_queue::turns_away());
  go_on.set_value();
  queue.shutdown();
  CHECK(done == 2);
}

TEST_SUITE_END();

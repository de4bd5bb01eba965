// One language behind every door: what a filter means, and what is wrong with one, does not depend
// on where it comes in.

#include "base/text/uri.hpp"
#include "messages/sessions/texts.hpp"
#include "messages/workers/remote_consumer.hpp"
#include "net/data/sessions/log_stream_request.hpp"
#include "net/remote/remote_text.hpp"
#include "tests/net/admin/admin_fixture.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

using namespace carillon;
using carillon::test::admin_answer;
using carillon::test::admin_fixture;

TEST_SUITE("net/filter_doors") {
  namespace {

  /// What a door says to a filter.
  struct verdict {
    bool taken = false;
    /// Of one that is taken: its text, where the door keeps it. Of another: the field at fault.
    std::string text;
  };

  const principal operator_key{.key_id = 1, .role = role::admin};

  template <class T>
  verdict verdict_of(const expected<T>& x, const std::function<std::string(const T&)>& text) {
    return x ? verdict{true, text(*x)} : verdict{false, x.error().field};
  }

  verdict verdict_of(const admin_answer& x, const std::string& text) {
    return x.status >= 200 && x.status < 300 ? verdict{true, text}
                                             : verdict{false, x.text("/field")};
  }

  /// `{"…":…,"filter":X}`
  std::string with_filter(const std::string& begin, const std::string& filter) {
    return "{" + begin + "\"filter\":" + filter + "}";
  }

  struct doors {
    admin_fixture node;
    std::map<std::string, std::function<verdict(const std::string&)>> all;

    doors() {
      add_parsers();
      add_calls();
    }

    void add_parsers() {
      all["parse"] = [](const std::string& x) {
        return verdict_of<payload_filter>(payload_filter::parse(x),
                                          [](const auto& y) { return y.text(); });
      };
      all["replay"] = [](const std::string& x) {
        return verdict_of<event_filter>(filter_from_json(with_filter("", x)),
                                        [](const auto& y) { return y.payload.text(); });
      };
      all["consumer"] = [](const std::string& x) {
        return verdict_of<remote_consumer>(remote_consumer_from_json("c", with_filter("", x)),
                                           [](const auto& y) { return y.filter.text(); });
      };
      all["session"] = [](const std::string& x) {
        return verdict_of<session_command>(
          parse_command(with_filter(R"("op":"subscribe","types":["*"],)", x)),
          [](const auto& y) { return y.filter.text(); });
      };
      all["stream"] = [](const std::string& x) {
        return verdict_of<session_request>(
          sessions::log_stream_request(operator_key, {{"filter", x}}, {}),
          [](const auto& y) { return y.filter.text(); });
      };
      all["CAF"] = [](const std::string& x) {
        return verdict_of<event_filter>(
          remote::parse_subscription({.consumer = "c", .types = with_filter("", x)}, operator_key),
          [](const auto& y) { return y.payload.text(); });
      };
    }

    void add_calls() {
      all["query"] = [this](const std::string& x) {
        // It keeps none: that it is taken is all there is to see.
        const auto got = node.get("/api/events?filter=" + as_path_segment(x));
        const auto parsed = payload_filter::parse(x);
        return verdict_of(got, parsed ? parsed->text() : "");
      };
      all["webhook"] = [this](const std::string& x) {
        const auto got
          = node.post("/api/events/webhooks", with_filter(R"("url":"https://a.example",)", x));
        auto guard = node.lock();
        return verdict_of(got, got.status == 201
                                 ? node.data.created_webhooks.back().settings.filter.text()
                                 : std::string{});
      };
      all["measure"] = [this](const std::string& x) {
        const auto got
          = node.put("/api/metrics/definitions/m",
                     with_filter(R"("types":["*"],"member":"/n","measures":["sum"],)", x));
        auto guard = node.lock();
        return verdict_of(got, got.status == 200
                                 ? node.data.measures.records.at(0).definition.filter.text()
                                 : std::string{});
      };
    }
  };

  std::string nested_nots(int n) {
    std::string out = "{\"data.a\":1}";
    for (int i = 0; i < n; ++i)
      out = "{\"$not\":" + out + "}";
    return out;
  }

  std::string repeated(const std::string& x, int n) {
    std::string out;
    for (int i = 0; i < n; ++i)
      out += x;
    return out;
  }

  } // namespace

  TEST_CASE("what is odd and good is taken everywhere, with all its digits") {
    doors x;
    for (const std::string filter :
         {R"({"data.__proto__.admin":true})", R"({"data.constructor":{"$ne":1}})",
          R"({"/data//a":1})", R"({"/data/":{"$exists":true}})", R"({"/data/a~1b~0c.d":1})",
          R"({"data.a":{"$in":[]}})", R"({"data.a":{"$nin":[null,true,"x",1.50]}})",
          R"({"data.n":123456789012345678901234567890.50e-5})", R"({"data.n":{"$gt":1e-400}})",
          R"({"data.n":-0.0})", R"({"data.\u00e9":"\ud83d\ude00"})", R"({"data.$not":1})",
          R"({"$and":[{},{}],"$not":{"$or":[{},{"data.a":1}]}})", R"({"type":{"$endsWith":""}})"}) {
      CAPTURE(filter);
      for (const auto& [name, ask] : x.all) {
        CAPTURE(name);
        const auto got = ask(filter);
        CHECK(got.taken);
        CHECK(got.text == filter);
      }
    }
    for (const auto& [name, ask] : x.all) {
      CAPTURE(name);
      CHECK(ask(nested_nots(7)).taken);
    }
  }

  TEST_CASE("what is wrong with a filter has the same place everywhere") {
    doors x;
    const std::vector<std::pair<std::string, std::string>> all{
      {R"({"data..a":1})", "filter/data..a"},
      {R"({"data.":1})", "filter/data."},
      {R"({".data":1})", "filter/.data"},
      {R"({"":1})", "filter/"},
      {R"({"data":1})", "filter/data"},
      {R"({"__proto__":1})", "filter/__proto__"},
      {R"({"metadata.ip":1})", "filter/metadata.ip"},
      {R"({"/data/~2":1})", "filter/~1data~1~02"},
      {R"({"data.a":{"$gtt":1}})", "filter/data.a/$gtt"},
      {R"({"data.a":{"$where":"1"}})", "filter/data.a/$where"},
      {R"({"$where":"1"})", "filter/$where"},
      {R"({"data.a":{"$in":1}})", "filter/data.a/$in"},
      {R"({"data.a":{"$in":[[]]}})", "filter/data.a/$in/0"},
      {R"({"data.a":{"$gt":null}})", "filter/data.a/$gt"},
      {R"({"data.a":{"b":1}})", "filter/data.a/b"},
      {R"({"data.a":{}})", "filter/data.a"},
      {R"({"data.a":[1]})", "filter/data.a"},
      {R"({"$not":[]})", "filter/$not"},
      {R"({"$or":[]})", "filter/$or"},
      {R"({"$or":[{},7]})", "filter/$or/1"},
      {nested_nots(8), "filter" + repeated("/$not", 8)},
      {R"({"data.a":")" + std::string(513, 'x') + "\"}", "filter/data.a"},
      {R"({"data.a":{"$in":[0)" + repeated(",0", 100) + "]}}", "filter/data.a/$in/100"},
      {"7", "filter"},
      {"[]", "filter"},
      {"\"x\"", "filter"},
    };
    for (const auto& [filter, field] : all) {
      CAPTURE(filter);
      for (const auto& [name, ask] : x.all) {
        CAPTURE(name);
        const auto got = ask(filter);
        CHECK_FALSE(got.taken);
        CHECK(got.text == field);
      }
    }
  }

  TEST_CASE("what two parsers could read differently is refused everywhere") {
    doors x;
    // Within a body it is the body that is no JSON; then the answer names no field.
    for (const std::string& filter :
         std::vector<std::string>{R"({"data.a":1,"data.a":2})",
                                  R"({"data.a":1,"data.\u0061":2})",
                                  R"({"data.a":{"$gt":1,"$gt":2}})",
                                  R"({"data.a":"\ud800"})",
                                  R"({"data.a":"\udc00x"})",
                                  R"({"data.a":"\ud800\u0041"})",
                                  R"({"data.\udfff":1})",
                                  R"({"data.a":"\u0000"})",
                                  R"({"data.a\u0000":1})",
                                  R"({"data.n":1e400})",
                                  R"({"data.n":01})",
                                  R"({"data.n":NaN})",
                                  R"({"data.n":.5})",
                                  R"({'data.n':1})",
                                  R"({"data.n":1,})",
                                  R"({"data.n":1)",
                                  "{}{}",
                                  R"({"data.a":1}/**/)",
                                  "{\"data.a\":\"\xff\"}",
                                  "",
                                  nested_nots(100),
                                  "{\"data.a\":\"" + std::string(9'000, 'x') + "\"}"}) {
      CAPTURE(filter);
      for (const auto& [name, ask] : x.all) {
        CAPTURE(name);
        CHECK_FALSE(ask(filter).taken);
      }
    }
  }

  TEST_CASE("a member named with escapes is the same member") {
    const std::string named = R"({"f\u0069lter":{"data.n":9007199254740993}})";
    const auto replay = filter_from_json(named);
    REQUIRE(replay.has_value());
    CHECK(replay->payload.text() == R"({"data.n":9007199254740993})");
    const auto consumer = remote_consumer_from_json("c", named);
    REQUIRE(consumer.has_value());
    CHECK(consumer->filter.text() == R"({"data.n":9007199254740993})");
    admin_fixture node;
    const auto made
      = node.post("/api/events/webhooks", R"({"url":"https://a.example",)" + named.substr(1));
    REQUIRE(made.status == 201);
    CHECK(node.data.created_webhooks.back().settings.filter.text()
          == R"({"data.n":9007199254740993})");
  }
}

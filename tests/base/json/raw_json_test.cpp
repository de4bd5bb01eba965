#include "base/json/raw_json.hpp"

#include "base/json/unescape.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace carillon;

TEST_SUITE("base/raw_json") {
  namespace {

  using pieces = std::vector<std::string>;

  /// Names and values of an object, one after the other.
  pieces members_of(std::string_view text) {
    pieces out;
    raw_json in{text};
    if (!in.enter())
      return out;
    std::string_view name;
    while (in.next_name(name)) {
      out.push_back(unescaped(name));
      out.emplace_back(in.value());
    }
    return out;
  }

  pieces items_of(std::string_view text) {
    pieces out;
    raw_json in{text};
    if (!in.enter())
      return out;
    while (in.next_item())
      out.emplace_back(in.value());
    return out;
  }

  /// A value that may be long, with whatever ends a value in its strings.
  std::string some_value(std::mt19937& rng, int depth) {
    const auto below = [&](size_t n) { return static_cast<size_t>(rng() % n); };
    const auto some_text = [&] {
      static const pieces parts{"a", "]",     "}",     "[",         "{",
                                ",", R"(\\)", R"(\")", R"(\u005d)", "\xC3\xA4"};
      std::string out = "\"";
      for (auto n = below(3) == 0 ? below(200) : below(5); n > 0; --n)
        out += parts[below(parts.size())];
      return out + '"';
    };
    if (depth == 0 || below(3) == 0) {
      switch (below(3)) {
      case 0:
        return some_text();
      case 1:
        return std::string(1 + below(below(4) == 0 ? 60 : 3), '7');
      default:
        return "true";
      }
    }
    const bool is_object = below(2) == 0;
    std::string out = is_object ? "{" : "[";
    for (size_t n = below(12), i = 0; i < n; ++i) {
      out += i == 0 ? "" : ",";
      out += std::string(below(8) == 0 ? 1 : 0, ' ');
      if (is_object)
        out += some_text() + ":";
      out += some_value(rng, depth - 1);
    }
    return out + (is_object ? "}" : "]");
  }

  } // namespace

  TEST_CASE("values are pieces of the text") {
    CHECK(members_of(R"( { "a" : 1.50 , "b":[1,{"c":"]}"}], "d" : "x\"}y" ,"e":null})")
          == pieces{"a", "1.50", "b", R"([1,{"c":"]}"}])", "d", R"("x\"}y")", "e", "null"});
    CHECK(members_of("{}").empty());
    CHECK(members_of("[]").empty());
    CHECK(items_of(" [ 1 , -2e5,\"a,b\" , [ ] , {\"x\":[]} , true ] ")
          == pieces{"1", "-2e5", "\"a,b\"", "[ ]", "{\"x\":[]}", "true"});
    CHECK(items_of("[]").empty());
  }

  TEST_CASE("strings that are longer than a word end at their quote") {
    for (size_t n = 0; n < 40; ++n) {
      const std::string text(n, 'x');
      CHECK(items_of("[\"" + text + "\",7]") == pieces{"\"" + text + "\"", "7"});
      CHECK(items_of("[\"" + text + R"(\\",7])") == pieces{"\"" + text + R"(\\")", "7"});
      CHECK(items_of("[\"" + text + R"(\"",7])") == pieces{"\"" + text + R"(\"")", "7"});
    }
  }

  TEST_CASE("the first character tells the kind") {
    CHECK(raw_kind_of("") == raw_kind::missing);
    CHECK(raw_kind_of("null") == raw_kind::null);
    CHECK(raw_kind_of("false") == raw_kind::boolean);
    CHECK(raw_kind_of("-1") == raw_kind::number);
    CHECK(raw_kind_of("\"\"") == raw_kind::string);
    CHECK(raw_kind_of("[") == raw_kind::array);
    CHECK(raw_kind_of("{") == raw_kind::object);
  }

  TEST_CASE("escapes stand for their characters") {
    CHECK(unescaped(R"(a\"b\\c\/d\b\f\n\r\t)") == "a\"b\\c/d\b\f\n\r\t");
    CHECK(unescaped(R"(\u0041\u00e4\u20AC\uD83D\ude00!)")
          == "A\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80!");
    CHECK(has_escapes("a\\n"));
    CHECK_FALSE(has_escapes("a/n"));
  }

  TEST_CASE("long values end where they do, whatever is in them") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 rng{seed};
    for (int round = 0; round < 300; ++round) {
      pieces all;
      std::string text = "[";
      for (size_t n = 1 + rng() % 20; n > 0; --n) {
        all.push_back(some_value(rng, 3));
        text += (text.size() > 1 ? "," : "") + all.back();
      }
      text += "]";
      CAPTURE(text);
      REQUIRE(items_of(text) == all);
      for (size_t i = 0; i <= all.size(); ++i) {
        const auto outer = "{\"list\":" + text + ",\"next\":1}";
        raw_json in{outer};
        std::string_view name;
        REQUIRE(in.enter());
        REQUIRE(in.next_name(name));
        REQUIRE(in.enter());
        REQUIRE(in.skip_items(i) == (i < all.size()));
        if (i < all.size()) {
          REQUIRE(in.value() == all[i]);
          in.leave();
        }
        REQUIRE(in.next_name(name));
        REQUIRE(name == "next");
      }
    }
  }

  TEST_CASE("elements are skipped from where one ended") {
    raw_json in{R"([ "a,]" , [1,2] , 3 ,{"b":[4]}, 5 ])"};
    REQUIRE(in.enter());
    REQUIRE(in.skip_items(0));
    CHECK(in.value() == "\"a,]\"");
    REQUIRE(in.skip_items(1));
    CHECK(in.value() == "3");
    REQUIRE(in.skip_items(1));
    CHECK(in.value() == "5");
    CHECK_FALSE(in.skip_items(0));
    raw_json none{"[ ]"};
    REQUIRE(none.enter());
    CHECK_FALSE(none.skip_items(3));
  }

  TEST_CASE("a name tells whether it has escapes") {
    raw_json in{R"({"plain, and longer than a word":1,"esc\u0061ped":2})"};
    std::string_view name;
    bool escaped = true;
    REQUIRE(in.enter());
    REQUIRE(in.next_name(name, escaped));
    CHECK_FALSE(escaped);
    CHECK(in.value() == "1");
    REQUIRE(in.next_name(name, escaped));
    CHECK(escaped);
  }

  TEST_CASE("a broken text is read to its end at most") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    std::mt19937 rng{seed};
    const std::string whole = R"({"a":[1,"x\\\"",{"b\u00e4":null}],"c":"\ud83d\ude00","d":-1.5e3})";
    size_t found = 0;
    for (int i = 0; i < 20'000; ++i) {
      auto text = whole.substr(0, rng() % (whole.size() + 1));
      for (auto n = rng() % 4; n > 0 && !text.empty(); --n)
        text[rng() % text.size()] = "{}[]\",:\\u1 "[rng() % 11];
      // A copy without a byte behind it: the address sanitizer would see one that is read.
      const std::unique_ptr<char[]> copy{new char[text.size()]};
      text.copy(copy.get(), text.size());
      const std::string_view view{copy.get(), text.size()};
      found += members_of(view).size() + items_of(view).size();
      raw_json in{view};
      while (in.enter() && in.skip_items(rng() % 3))
        ++found;
      in.leave();
      found += unescaped(view).size();
    }
    CHECK(found > 0);
  }
}

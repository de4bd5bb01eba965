#include "messages/codec/payload_recorder.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;

TEST_SUITE("messages/codec/payload_recorder") {
  namespace {

  /// The text and where its parts end, as a parser would say it.
  struct fixture {
    std::string text;
    payload_recorder recorder;

    /// The position of the first occurrence.
    size_t at(std::string_view x) const {
      return text.find(x);
    }

    size_t behind(std::string_view x) const {
      return at(x) + x.size();
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "members are cut out of the text by their positions") {
    text = R"({"data": {"a" : "x", "b": [1], "c": 2} })";
    recorder.reset(text);
    CHECK_FALSE(recorder.is_open());
    recorder.open(2, 9);
    CHECK(recorder.is_open());
    recorder.name(2, "a", behind(R"("a")"));
    recorder.scalar(2, json_kind::string, "x", behind(R"("x")"));
    recorder.name(2, "b", behind(R"("b")"));
    recorder.container_begins(2, json_kind::array, at("["));
    recorder.scalar(3, json_kind::integer, "1", behind("[1"));
    recorder.container_ends(2, at("]"));
    recorder.name(2, "c", behind(R"("c")"));
    recorder.scalar(2, json_kind::integer, "2", behind(": 2"));
    recorder.container_ends(1, at("} }"));
    CHECK_FALSE(recorder.is_open());

    CHECK(recorder.json() == R"({"a" : "x", "b": [1], "c": 2})");
    auto view = recorder.view(recorder.json());
    REQUIRE(view.size == 3);
    const auto* a = view.find("a");
    REQUIRE(a != nullptr);
    CHECK((a->kind == json_kind::string && a->text == "x"));
    CHECK(a->raw == R"("x")");
    const auto* b = view.find("b");
    REQUIRE(b != nullptr);
    CHECK(b->kind == json_kind::array);
    CHECK(b->raw == "[1]");
    CHECK_FALSE(b->all_strings);
    CHECK(view.find("c")->raw == "2");
    CHECK(view.find("d") == nullptr);
  }

  TEST_CASE_FIXTURE(fixture, "an array is one of strings until another element comes") {
    text = R"({"a":["x","y"],"b":["x",[]]})";
    recorder.reset(text);
    recorder.open(1, 0);
    recorder.name(1, "a", behind(R"("a")"));
    recorder.container_begins(1, json_kind::array, at("["));
    recorder.scalar(2, json_kind::string, "x", behind(R"("x")"));
    recorder.scalar(2, json_kind::string, "y", behind(R"("y")"));
    recorder.container_ends(1, at("]"));
    recorder.name(1, "b", behind(R"("b")"));
    recorder.container_begins(1, json_kind::array, at(R"(["x",[)"));
    recorder.scalar(2, json_kind::string, "x", 24);
    recorder.container_begins(2, json_kind::array, at("[]"));
    recorder.container_ends(2, at("]]"));
    recorder.container_ends(1, at("]}"));
    recorder.container_ends(0, at("}"));
    auto view = recorder.view(recorder.json());
    CHECK(view.find("a")->all_strings);
    CHECK_FALSE(view.find("b")->all_strings);
    CHECK(view.find("b")->raw == R"(["x",[]])");
  }

  TEST_CASE_FIXTURE(fixture, "names deeper in the payload are not recorded, and nothing is kept") {
    text = R"({"a":{"b":1}})";
    recorder.reset(text);
    recorder.open(1, 0);
    recorder.name(1, "a", behind(R"("a")"));
    recorder.container_begins(1, json_kind::object, 5);
    recorder.name(2, "b", behind(R"("b")"));
    recorder.scalar(2, json_kind::integer, "1", behind("1"));
    recorder.container_ends(1, at("}}"));
    recorder.container_ends(0, text.size() - 1);
    REQUIRE(recorder.view(recorder.json()).size == 1);
    CHECK(recorder.view({}).find("a")->raw == R"({"b":1})");
    recorder.reset("{}");
    CHECK(recorder.json().empty());
    CHECK(recorder.view({}).size == 0);
  }

  TEST_CASE_FIXTURE(fixture, "a long string is known by its place in the text only") {
    const std::string longest(512, 'x');
    text = R"({"a":")" + longest + R"x(x"})x";
    recorder.reset(text);
    recorder.open(1, 0);
    recorder.name(1, "a", 4);
    recorder.scalar(1, json_kind::string, longest, text.size() - 1);
    CHECK(recorder.view({}).find("a")->text == longest);
    recorder.name(1, "b", 4);
    recorder.scalar(1, json_kind::string, longest + "x", text.size() - 1);
    CHECK(recorder.view({}).find("b")->text.empty());
    CHECK(recorder.view({}).find("b")->raw.size() == 515);
  }
}

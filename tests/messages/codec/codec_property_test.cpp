#include "messages/codec/codec.hpp"

#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <rapidjson/document.h>

#include <random>
#include <string>

using namespace carillon;

TEST_SUITE("messages/codec") {
  namespace {

  using rng_type = std::mt19937;

  /// A text of any characters that JSON strings may hold, but NUL.
  std::string random_text(rng_type& rng, size_t most) {
    static const std::string pieces[]
      = {"a", "Z", "\"", "\\", "/", "\n", "\t", "ü", "€", "𝄞", " ", "0", "{", "]"};
    std::string out;
    for (auto n = rng() % (most + 1); n > 0; --n)
      out += pieces[rng() % std::size(pieces)];
    return out;
  }

  std::string random_value(rng_type& rng, int depth) {
    std::string out;
    switch (rng() % (depth > 0 ? 7 : 5)) {
    case 0:
      return "null";
    case 1:
      return rng() % 2 == 0 ? "true" : "false";
    case 2:
      return std::to_string(static_cast<int>(rng()));
    case 3:
      return std::to_string(rng() % 1000) + "." + std::to_string(rng() % 1000) + "e"
             + std::to_string(rng() % 20);
    case 4:
      append_json_string(out, random_text(rng, 12));
      return out;
    case 5:
      out = "[";
      for (auto n = rng() % 4; n > 0; --n)
        out += random_value(rng, depth - 1) + (n > 1 ? " , " : "");
      return out + "]";
    default:
      out = "{ ";
      for (auto n = rng() % 4; n > 0; --n) {
        append_json_string(out, "k" + std::to_string(n) + random_text(rng, 2));
        out += ":" + random_value(rng, depth - 1) + (n > 1 ? "," : "");
      }
      return out + "}";
    }
  }

  std::string random_event(rng_type& rng) {
    std::string out = R"({"type":"order.created","companyId":"c-1","data":{"orderId":)";
    append_json_string(out, random_text(rng, 20));
    out += R"(,"total":)" + std::to_string(rng() % 100) + R"(,"items":[)" + random_value(rng, 3)
           + R"(],"status":"s","extra":)" + random_value(rng, 4) + "}";
    if (rng() % 2 == 0)
      out += R"(,"metadata":{"m":)" + random_value(rng, 2) + "}";
    return out + "}";
  }

  bool is_json(const std::string& text) {
    rapidjson::Document doc;
    doc.Parse<rapidjson::kParseValidateEncodingFlag>(text.c_str(), text.size());
    return !doc.HasParseError() && doc.IsObject();
  }

  } // namespace

  TEST_CASE("what is made of an event parses to the same event") {
    type_registry types;
    auto seed = std::random_device{}();
    CAPTURE(seed);
    rng_type rng{seed};
    parse_context ctx{.types = &types, .now = from_micros(1)};
    for (int i = 0; i < 3'000; ++i) {
      auto text = random_event(rng);
      CAPTURE(text);
      auto x = parse_event(text, ctx);
      REQUIRE_MESSAGE(x, (x ? "" : x.error().detail));
      const auto& json = json_of(**x);
      REQUIRE(is_json(json));
      // Publishers cannot set positions and append times.
      auto again_text = "{" + json.substr(json.find(R"("id":)"));
      auto recorded = again_text.find(R"("recordedAt")");
      again_text.erase(recorded, again_text.find(',', recorded) + 1 - recorded);
      auto again = parse_event(again_text, ctx);
      REQUIRE_MESSAGE(again, (again ? "" : again.error().detail));
      CHECK((*again)->data == (*x)->data);
      CHECK((*again)->metadata == (*x)->metadata);
      CHECK((*again)->id == (*x)->id);
      CHECK((*again)->time == (*x)->time);
    }
  }

  TEST_CASE("damaged texts never crash it, and never become data that is not JSON") {
    type_registry types;
    auto seed = std::random_device{}();
    CAPTURE(seed);
    rng_type rng{seed};
    parse_context ctx{.types = &types, .accept_unknown_types = true, .now = from_micros(1)};
    int accepted = 0;
    for (int i = 0; i < 30'000; ++i) {
      auto text = random_event(rng);
      for (auto n = 1 + rng() % 3; n > 0; --n) {
        auto at = rng() % text.size();
        switch (rng() % 3) {
        case 0:
          text[at] = static_cast<char>(rng());
          break;
        case 1:
          text.erase(at, 1 + rng() % 5);
          break;
        default:
          text.insert(at, 1, "{}[]\",:\\\x80\x00"[rng() % 10]);
        }
        if (text.empty())
          text = " ";
      }
      for (const auto& whole : {text, "[" + text + "]"}) {
        auto one = parse_event(whole, ctx);
        if (one) {
          ++accepted;
          CHECK(is_json((*one)->data));
          CHECK(is_json((*one)->metadata));
        }
        auto many = parse_events(whole, ctx, 100);
        if (many)
          for (const auto& x : *many)
            if (x)
              CHECK(is_json((*x)->data));
      }
    }
    CHECK(accepted > 0);
  }
}

#include "messages/measures/member_scan.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace carillon::test {

TEST_SUITE("messages/member_scan") {
  namespace {

  /// The member as `kind:text`.
  std::string found(std::string_view data, const std::string& pointer) {
    std::vector<scanned_member> out;
    const std::vector<std::string> pointers{pointer};
    scan_members(data, pointers, out);
    REQUIRE(out.size() == 1);
    const std::string kinds[] = {"absent", "null", "boolean", "number", "string", "other"};
    return kinds[static_cast<size_t>(out[0].kind)] + ':' + out[0].text;
  }

  constexpr std::string_view order
    = R"({"total":12.50,"currency":"EUR","paid":true,"note":null,"big":123456789012345678901234567890,)"
      R"("items":[{"price":1},{"price":2.5,"tags":["a","b"]},7],"deep":{"a/b":{"c~d":1e2}},"":{"":"x"},)"
      R"("after":{"total":99}})";

  } // namespace

  TEST_CASE("members are found by their pointers, numbers with all digits") {
    CHECK(found(order, "/total") == "number:12.50");
    CHECK(found(order, "/currency") == "string:EUR");
    CHECK(found(order, "/paid") == "boolean:true");
    CHECK(found(order, "/note") == "null:");
    CHECK(found(order, "/big") == "number:123456789012345678901234567890");
    CHECK(found(order, "/items/0/price") == "number:1");
    CHECK(found(order, "/items/1/price") == "number:2.5");
    CHECK(found(order, "/items/1/tags/1") == "string:b");
    CHECK(found(order, "/items/2") == "number:7");
    CHECK(found(order, "/deep/a~1b/c~0d") == "number:1e2");
    CHECK(found(order, "/") == "other:");
    CHECK(found(order, "//") == "string:x");
    CHECK(found(order, "/after/total") == "number:99");
  }

  TEST_CASE("what is not there is absent, and what is no single value is another thing") {
    CHECK(found(order, "/price") == "absent:");
    CHECK(found(order, "/items/3") == "absent:");
    CHECK(found(order, "/items/1/tags/1/x") == "absent:");
    CHECK(found(order, "/items/price") == "absent:");
    CHECK(found(order, "/total/x") == "absent:");
    CHECK(found(order, "/items") == "other:");
    CHECK(found(order, "/deep") == "other:");
    CHECK(found("{}", "/total") == "absent:");
    CHECK(found("", "/total") == "absent:");
    CHECK(found(R"({"total":)", "/total") == "absent:");
    CHECK(found(R"({"total":1,"x":[)", "/total") == "number:1");
  }

  TEST_CASE("several members are found in one pass") {
    std::vector<scanned_member> out;
    const std::vector<std::string> pointers{"/after/total", "/none", "/currency", "/total"};
    scan_members(order, pointers, out);
    REQUIRE(out.size() == 4);
    CHECK(out[0].text == "99");
    CHECK(out[1].kind == member_kind::absent);
    CHECK(out[2].text == "EUR");
    CHECK(out[3].text == "12.50");
    scan_members("{}", {}, out);
    CHECK(out.empty());
  }

  TEST_CASE("deep data is passed without harm") {
    const auto depth = 10'000;
    const auto deep = R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + R"(,"b":5})";
    CHECK(found(deep, "/b") == "number:5");
  }
}

} // namespace carillon::test

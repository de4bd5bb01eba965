#pragma once

#include "messages/codec/codec.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace carillon::test {

/// Parses events against the types of the catalogue.
struct codec_fixture {
  type_registry types;
  parse_context ctx{.types = &types, .now = from_micros(1'800'000'000'000'000)};

  expected<draft_ptr> parse(std::string_view text) {
    return parse_event(text, ctx);
  }

  /// Parses an event that must be fine.
  event good(std::string_view text) {
    auto out = parse(text);
    REQUIRE_MESSAGE(out, (out ? "" : out.error().detail));
    return **out;
  }
};

inline const std::string order_data = R"({"orderId":"o","total":1.5,"items":[],"status":"new"})";

/// An `order.created` with this data, and with more members.
inline std::string order(const std::string& more, const std::string& data = order_data) {
  return R"({"type":"order.created","companyId":"c","data":)" + data + more + "}";
}

/// Arrays in arrays.
inline std::string nested(size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

} // namespace carillon::test

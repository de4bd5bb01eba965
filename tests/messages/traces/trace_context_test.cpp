#include "messages/traces/trace_context.hpp"

#include <doctest/doctest.h>

using namespace carillon;

TEST_SUITE("messages/trace_context") {
  namespace {

  const std::string sampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  } // namespace

  TEST_CASE("a traceparent is read and written") {
    const auto read = trace_context_from(sampled);
    REQUIRE(read);
    CHECK(read->trace_high == 0x0af7651916cd43ddU);
    CHECK(read->trace_low == 0x8448eb211c80319cU);
    CHECK(read->span == 0xb7ad6b7169203331U);
    CHECK(read->sampled);
    CHECK(to_traceparent(*read) == sampled);
    CHECK(trace_id_text(*read) == "0af7651916cd43dd8448eb211c80319c");
    CHECK(span_id_text(read->span) == "b7ad6b7169203331");
    CHECK(span_id_text(1) == "0000000000000001");
  }

  TEST_CASE("of the flags the first bit counts") {
    auto with = [](const std::string& flags) {
      return trace_context_from("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-" + flags);
    };
    CHECK_FALSE(with("00")->sampled);
    CHECK(with("03")->sampled);
    CHECK_FALSE(with("02")->sampled);
  }

  TEST_CASE("what is no traceparent of version 00 is none") {
    for (const std::string text :
         {"", "00", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          "00-00000000000000000000000000000000-b7ad6b7169203331-01",
          "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
          "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
          "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0x"}) {
      CAPTURE(text);
      CHECK_FALSE(trace_context_from(text));
    }
  }
}

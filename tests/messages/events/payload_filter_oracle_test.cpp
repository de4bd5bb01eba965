// The filter language against a second reading of docs/filters.md, in Python.

#include "messages/events/payload_filter.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace carillon;

TEST_SUITE("messages/payload_filter_oracle") {
  namespace {

  constexpr size_t cases = 100'000;

  std::string ask_model(unsigned seed) {
    const auto command = std::string{"/usr/bin/python3 "} + CARILLON_FILTER_MODEL + ' '
                         + std::to_string(seed) + ' ' + std::to_string(cases);
    auto* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string out;
    std::vector<char> buffer(1U << 16U);
    for (size_t n = 1; n > 0;) {
      n = std::fread(buffer.data(), 1, buffer.size(), pipe);
      out.append(buffer.data(), n);
    }
    REQUIRE(::pclose(pipe) == 0);
    return out;
  }

  std::vector<std::string_view> fields_of(std::string_view line) {
    std::vector<std::string_view> out;
    for (;;) {
      const auto end = line.find('\t');
      out.push_back(line.substr(0, end));
      if (end == std::string_view::npos)
        return out;
      line.remove_prefix(end + 1);
    }
  }

  } // namespace

  TEST_CASE("a hundred thousand filters select what a model in Python selects") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    const auto text = ask_model(seed);
    std::string_view rest{text};
    size_t seen = 0;
    size_t matched = 0;
    size_t too_large = 0;
    while (!rest.empty()) {
      const auto end = std::min(rest.find('\n'), rest.size());
      const auto line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      CAPTURE(line);
      const auto x = fields_of(line);
      REQUIRE(x.size() == 10);
      ++seen;
      const auto filter = payload_filter::parse(x[1]);
      if (!filter) {
        REQUIRE(filter.error().detail == "a filter has at most 64 operators");
        ++too_large;
        continue;
      }
      const auto got = filter->matches({x[2], x[3], x[4], x[5], x[6], x[7], x[8], x[9]});
      REQUIRE(got == (x[0] == "1"));
      matched += got ? 1 : 0;
    }
    CHECK(seen == cases);
    CHECK(matched > cases / 10);
    CHECK(matched < cases - cases / 10);
    CHECK(too_large < cases / 100);
  }
}

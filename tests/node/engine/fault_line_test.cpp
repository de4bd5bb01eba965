#include "node/engine/fault_line.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using carillon::fault_line;

TEST_SUITE("node/engine/fault_line") {
  TEST_CASE("the first fault is told once, also to who listens later") {
    fault_line line;
    line.tell("first");
    line.tell("second");
    std::vector<std::string> heard;
    line.listen([&](std::string x) { heard.push_back(std::move(x)); });
    CHECK(heard == std::vector<std::string>{"first"});
    line.tell("third");
    CHECK(heard.size() == 1);
    CHECK_FALSE(line.superseded());
  }

  TEST_CASE("that another node has the store is known, whichever fault was told") {
    fault_line line;
    line.tell("an actor ended");
    line.tell("another node has the store", true);
    CHECK(line.superseded());
    fault_line closed;
    closed.close();
    CHECK_FALSE(closed.superseded());
    closed.tell("another node has the store", true);
    CHECK(closed.superseded());
  }
}

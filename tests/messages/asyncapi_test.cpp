#include "messages/asyncapi.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace carillon;

TEST_SUITE("messages/asyncapi") {
  // CARILLON_UPDATE_DOCS=1 writes the file anew.
  TEST_CASE("docs/asyncapi.yaml is what the catalogue says") {
    type_registry types;
    auto wanted = asyncapi_yaml(types);
    std::string file = CARILLON_SOURCE_DIR "/docs/asyncapi.yaml";
    if (std::getenv("CARILLON_UPDATE_DOCS") != nullptr)
      std::ofstream{file} << wanted;
    std::ifstream in{file};
    std::ostringstream found;
    found << in.rdbuf();
    CHECK(found.str() == wanted);
    CHECK(wanted.find("  order.created:\n    publish:\n") != std::string::npos);
    CHECK(wanted.find("  handler.dead_lettered:\n    subscribe:\n") != std::string::npos);
  }
}

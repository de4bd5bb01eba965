#include "persistence/backup/backup_manifest.hpp"

#include <doctest/doctest.h>

#include <string>

// The text of a manifest, and what is no manifest.

namespace carillon {

TEST_SUITE("persistence/backup_manifest") {
  namespace {

  backup_manifest some_manifest() {
    const std::string digest(64, 'a');
    return {.run = 3,
            .made_at = from_micros(1'800'000'000'000'123),
            .histories = {"c0ffee", {{"a", 50}, {"b", 80}}},
            .head = 90,
            .files = {{"log/00000000000000000001.seg", "log/00000000000000000001.seg", {4, digest}},
                      {"node.key", "run-000003/node.key", {32, digest}},
                      {"state.db", "run-000003/state.db", {4'096, digest}}}};
  }

  } // namespace

  TEST_CASE("a manifest is what its text says") {
    const auto x = some_manifest();
    const auto again = manifest_from(to_text(x));
    REQUIRE(again.has_value());
    CHECK(*again == x);
    CHECK(again->bytes() == 4 + 32 + 4'096);
    REQUIRE(again->find("node.key") != nullptr);
    CHECK(again->find("node.key")->at == "run-000003/node.key");
    CHECK(again->find("index.db") == nullptr);
  }

  TEST_CASE("any changed byte, and any cut, is found") {
    const auto text = to_text(some_manifest());
    for (size_t i = 0; i < text.size(); ++i) {
      auto changed = text;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      CAPTURE(i);
      REQUIRE(manifest_from(changed).has_error());
      REQUIRE(manifest_from(text.substr(0, i)).has_error());
    }
  }

  TEST_CASE("a path does not lead out of a directory") {
    for (const auto* path : {"", "/etc/passwd", "../state.db", "log/../../x", "log//x", "log/",
                             ".hidden", "a b", "a\\b"}) {
      CAPTURE(path);
      auto x = some_manifest();
      x.files.back().path = path;
      CHECK(manifest_from(to_text(x)).has_error());
      x = some_manifest();
      x.files.back().at = path;
      CHECK(manifest_from(to_text(x)).has_error());
    }
  }

  TEST_CASE("a file is named once") {
    auto x = some_manifest();
    x.files.push_back(x.files.back());
    CHECK(manifest_from(to_text(x)).has_error());
  }
}

} // namespace carillon

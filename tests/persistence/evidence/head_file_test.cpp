#include "base/crypto/ed25519.hpp"
#include "messages/evidence/head_text.hpp"
#include "persistence/evidence/signed_past.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <fstream>

namespace carillon::test {

TEST_SUITE("evidence/head_file") {
  namespace {

  std::string note_of(uint64_t size) {
    tree_frontier tree;
    for (uint64_t i = 0; i < size; ++i)
      tree.add(leaf_hash("x"));
    const auto head = make_checkpoint("carillon/abc", tree, {}, from_micros(0));
    return *sign_note(head.text(), "carillon/abc", std::string(32, 's'));
  }

  } // namespace

  TEST_CASE("the file has the head that was written last, for its owner only") {
    const temporary_directory dir;
    const auto path = dir.path() + "/evidence.head";
    const head_file file{path};
    const auto missing = file.read();
    REQUIRE(missing.has_value());
    CHECK_FALSE(missing->has_value());
    REQUIRE(file.write(note_of(3)).has_value());
    REQUIRE(file.write(note_of(5)).has_value());
    const auto found = file.read();
    REQUIRE(found.has_value());
    REQUIRE(found->has_value());
    CHECK((*found)->size == 5);
    CHECK((*found)->by == "the file " + path);
    CHECK((*found)->file == path);
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    CHECK(file.remove().has_value());
    CHECK(file.remove().has_value());
    CHECK_FALSE(file.read()->has_value());
  }

  TEST_CASE("a file that was damaged, or is another one, is named") {
    const temporary_directory dir;
    const auto path = dir.path() + "/evidence.head";
    for (const std::string& text :
         {std::string{}, std::string{"x"}, note_of(3).substr(0, 40), note_of(3) + note_of(4),
          std::string(1'000'000, 'x'), std::string("\0\n\n", 3)}) {
      std::ofstream{path, std::ios::binary} << text;
      const auto found = head_file{path}.read();
      REQUIRE_FALSE(found.has_value());
      CHECK(found.error().code == ec::store_corrupt);
      CHECK(found.error().detail.find(path) != std::string::npos);
    }
  }

  TEST_CASE("a directory that is not there is told") {
    const head_file file{"/nonexistent/evidence.head"};
    const auto written = file.write("x");
    REQUIRE_FALSE(written.has_value());
    CHECK(written.error().code == ec::store_unavailable);
  }
}

} // namespace carillon::test

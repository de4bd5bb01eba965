#include "persistence/sqlite_test_store.hpp"

#include <sys/wait.h>
#include <unistd.h>

namespace carillon::test {

TEST_SUITE("persistence/data_directory") {
  TEST_CASE("a URL of another kind is refused with what is supported") {
    for (const auto* url : {"mysql://localhost/x", "sqlite:/x", "", "data", "sqlite://"}) {
      CAPTURE(url);
      const auto opened = storage::open({.url = url});
      REQUIRE_FALSE(opened);
      CHECK(opened.error().code == ec::invalid_argument);
      CHECK(opened.error().field == "store");
      CHECK(opened.error().detail.find("sqlite:///") != std::string::npos);
    }
  }

  TEST_CASE("the directory is made, with its parents") {
    const temporary_directory directory;
    const auto path = directory.path() + "/a/b/c";
    must(storage::open({.url = "sqlite://" + path}));
    for (const auto* name : {"events.db", "index.db", "state.db", "LOCK"})
      CHECK(std::filesystem::exists(path + "/" + name));
  }

  TEST_CASE("a directory that cannot be made is refused") {
    const auto opened = storage::open({.url = "sqlite:///proc/carillon"});
    CHECK(code_of(opened) == ec::store_unavailable);
  }

  TEST_CASE("a second opening is refused while the first lasts, and names the directory") {
    sqlite_test_store store;
    auto first = store.open();
    const auto second = store.try_open({});
    REQUIRE_FALSE(second);
    CHECK(second.error().code == ec::store_locked);
    CHECK(second.error().detail.find(store.file("").parent_path().string()) != std::string::npos);
    CHECK(second.error().detail.find(std::to_string(getpid())) != std::string::npos);
    first.reset();
    CHECK(code_of(store.try_open({})) == ec::none);
  }

  TEST_CASE("a second process is refused") {
    sqlite_test_store store;
    const auto first = store.open();
    const auto child = fork();
    REQUIRE(child >= 0);
    if (child == 0)
      _exit(code_of(store.try_open({})) == ec::store_locked ? 42 : 1);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 42);
  }

  TEST_CASE("a lock file left behind by a dead process is no hindrance") {
    sqlite_test_store store;
    store.open().reset();
    store.overwrite("LOCK", 0, "999999");
    CHECK(code_of(store.try_open({})) == ec::none);
  }
}

} // namespace carillon::test

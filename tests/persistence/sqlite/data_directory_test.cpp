#include "base/file/private_files.hpp"
#include "tests/persistence/sqlite/sqlite_test_store.hpp"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include <sys/stat.h>
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
    for (const auto* name : {"log", "events.db", "index.db", "state.db", "LOCK"})
      CHECK(std::filesystem::exists(path + "/" + name));
  }

  TEST_CASE("what a killed process was writing is removed, when no other can be writing it") {
    const temporary_directory directory;
    const auto abandoned = directory.path() + "/.carillon-1-2.tmp";
    const auto recent = directory.path() + "/.carillon-3-4.tmp";
    for (const auto& name : {abandoned, recent})
      std::ofstream{name} << "half";
    const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::hours{2};
    std::filesystem::last_write_time(abandoned, old);
    must(storage::open({.url = "sqlite://" + directory.path()}));
    CHECK_FALSE(std::filesystem::exists(abandoned));
    CHECK(std::filesystem::exists(recent));
  }

  TEST_CASE("a directory is made beside where the process is, as `--data-dir data` has it") {
    const auto before = std::filesystem::current_path();
    const auto inside = std::filesystem::temp_directory_path()
                        / ("carillon-relative-" + std::to_string(::getpid()));
    REQUIRE(std::filesystem::create_directory(inside));
    std::filesystem::current_path(inside);
    const auto made = make_private_directory("data");
    const auto again = make_private_directory("data/");
    const bool there = std::filesystem::is_directory(inside / "data");
    std::filesystem::current_path(before);
    std::filesystem::remove_all(inside);
    CHECK(made);
    CHECK(again);
    CHECK(there);
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

  TEST_CASE("a lock file that was removed lets nobody in, and shows") {
    sqlite_test_store store;
    const auto first = store.open();
    CHECK(first->check_hold());
    std::filesystem::remove(store.file("LOCK"));
    CHECK(code_of(store.try_open({})) == ec::store_locked);
    const auto lost = first->check_hold();
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == ec::store_locked);
    CHECK(lost.error().detail.find("LOCK was removed") != std::string::npos);
    // Another file of the same name is not the locked file.
    std::ofstream{store.file("LOCK")} << "1";
    CHECK_FALSE(first->check_hold());
  }

  TEST_CASE("a log or a database that was replaced shows") {
    for (const auto* name : {"log", "log/00000000000000000001.seg", "state.db"}) {
      CAPTURE(name);
      sqlite_test_store store;
      const auto first = store.open();
      std::filesystem::rename(store.file(name), store.file("moved"));
      CHECK_FALSE(first->check_hold());
      std::filesystem::copy(store.file("moved"), store.file(name));
      CHECK_FALSE(first->check_hold());
      std::filesystem::remove_all(store.file(name));
      std::filesystem::rename(store.file("moved"), store.file(name));
      CHECK(first->check_hold());
    }
  }

  TEST_CASE("what is made is for the owner alone, whatever the umask is") {
    const auto mode_of = [](const std::string& path) {
      struct stat info {};
      REQUIRE(::stat(path.c_str(), &info) == 0);
      return info.st_mode & 07777U;
    };
    const auto before = ::umask(0);
    for (const mode_t mask : {0, 022, 027, 077}) {
      CAPTURE(mask);
      const temporary_directory directory;
      const auto path = directory.path() + "/new";
      ::umask(mask);
      {
        const auto opened = must(storage::open({.url = "sqlite://" + path}));
        const auto writer = must(opened->open_state(true));
        CHECK(mode_of(path) == 0700);
        for (const auto& file : std::filesystem::recursive_directory_iterator{path})
          CHECK_MESSAGE(mode_of(file.path().string()) == (file.is_directory() ? 0700 : 0600),
                        file.path().string());
      }
      // An index that is made anew as well.
      std::filesystem::remove(path + "/index.db");
      must(storage::open({.url = "sqlite://" + path}));
      CHECK(mode_of(path + "/index.db") == 0600);
    }
    ::umask(before);
  }

  TEST_CASE("files that others could read are closed to them; the directory is the operator's") {
    sqlite_test_store store;
    store.open().reset();
    const auto directory = store.file("").parent_path();
    std::filesystem::permissions(directory, std::filesystem::perms{0755});
    const auto names
      = {"log/00000000000000000001.seg", "events.db", "index.db", "state.db", "LOCK"};
    for (const auto* name : names)
      std::filesystem::permissions(store.file(name), std::filesystem::perms{0644});
    store.open().reset();
    for (const auto* name : names)
      CHECK(std::filesystem::status(store.file(name)).permissions()
            == std::filesystem::perms{0640});
    CHECK(std::filesystem::status(directory).permissions() == std::filesystem::perms{0755});
  }

  TEST_CASE("a lock file left behind by a dead process is no hindrance") {
    sqlite_test_store store;
    store.open().reset();
    store.overwrite("LOCK", 0, "999999");
    CHECK(code_of(store.try_open({})) == ec::none);
  }
}

} // namespace carillon::test

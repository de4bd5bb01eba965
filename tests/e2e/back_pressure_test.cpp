#include "tests/e2e/node_process.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/back_pressure") {
  namespace {

  /// Stops the node's log writer: keeps it from the index, where it looks ids up, by SQLite's locks
  /// of readers (https://www.sqlite.org/walformat.html, section 2.3).
  class stopped_writer {
  public:
    explicit stopped_writer(const std::string& index)
      : fd_(::open((index + "-shm").c_str(), O_RDWR | O_CLOEXEC)) {
      REQUIRE(fd_ >= 0);
      lock(F_WRLCK);
    }

    stopped_writer(const stopped_writer&) = delete;
    stopped_writer& operator=(const stopped_writer&) = delete;

    ~stopped_writer() {
      ::close(fd_);
    }

  private:
    void lock(short how) const {
      struct flock range {};
      range.l_type = how;
      range.l_whence = SEEK_SET;
      range.l_start = 123;
      range.l_len = 5;
      REQUIRE(::fcntl(fd_, F_OFD_SETLKW, &range) == 0);
    }

    int fd_;
  };

  /// Resident memory of a process, in bytes.
  size_t resident(pid_t pid) {
    std::ifstream in{"/proc/" + std::to_string(pid) + "/statm"};
    size_t total = 0;
    size_t pages = 0;
    in >> total >> pages;
    return pages * 4'096;
  }

  std::string event_json(const std::string& id) {
    return R"({"type":"order.created","id":")" + id
           + R"(","companyId":"c-1","data":{"orderId":"o","total":1,"items":[],"status":"new","pad":")"
           + std::string(20'000, 'p') + R"("}})";
  }

  std::string code_of(const httplib::Response& x) {
    rapidjson::Document out;
    out.Parse(x.body.c_str());
    return out.IsObject() && out.HasMember("code") ? out["code"].GetString() : "";
  }

  } // namespace

  TEST_CASE("with its writer stopped the node refuses, stays small, and goes on afterwards") {
    constexpr size_t threads = 32;
    constexpr size_t events_per_thread = 20;
    temporary_directory dir;
    node_process node{
      dir.path() + "/data",
      {"--in-flight-bytes", "1MiB", "--request-deadline", "2s", "--busy-timeout", "1m"}};
    REQUIRE_MESSAGE(node.ready(), node.log());
    REQUIRE(node.data()->Post("/api/events", event_json("first"), "application/json")->status
            == 201);
    auto before = resident(node.child().pid());

    std::vector<std::string> ids;
    std::map<std::string, size_t> refusals;
    {
      stopped_writer stopped{dir.path() + "/data/index.db"};
      std::mutex mutex;
      std::vector<std::string> faults;
      std::vector<std::thread> publishers;
      for (size_t i = 0; i < threads; ++i)
        publishers.emplace_back([&, i] {
          auto client = node.data();
          for (size_t j = 0; j < events_per_thread; ++j) {
            auto id = std::to_string(i) + "-" + std::to_string(j);
            auto answer = client->Post("/api/events", event_json(id), "application/json");
            std::lock_guard guard{mutex};
            ids.push_back(id);
            if (!answer)
              faults.push_back(id + ": no answer");
            else if (answer->status != 503 || !answer->has_header("Retry-After"))
              faults.push_back(id + ": " + std::to_string(answer->status) + " " + answer->body);
            else
              ++refusals[code_of(*answer)];
          }
        });
      for (auto& x : publishers)
        x.join();
      CHECK_MESSAGE(faults.empty(), faults.front());
      CHECK(node.admin()->Get("/healthz")->status == 200);
      CHECK(resident(node.child().pid()) < before + 48UL * 1024 * 1024);
    }
    CHECK(refusals["overloaded"] > 0);
    CHECK(refusals["store_unavailable"] > 0);
    CHECK(refusals["overloaded"] + refusals["store_unavailable"] == ids.size());

    // A rejected event may have been stored; a second try settles it.
    auto client = node.data();
    for (const auto& id : ids)
      CHECK(eventually([&] {
        auto answer = client->Post("/api/events", event_json(id), "application/json");
        return answer && answer->status < 300;
      }));
    auto again = parse(client->Post("/api/events", event_json("first"), "application/json"));
    CHECK(again["duplicate"].GetBool());
    CHECK(again["seq"].GetUint64() == 1);
    auto last = parse(client->Post("/api/events", event_json("last"), "application/json"));
    CHECK(last["seq"].GetUint64() == ids.size() + 2);
    node.child().signal(SIGTERM);
    CHECK(node.child().wait() == 0);
  }
}

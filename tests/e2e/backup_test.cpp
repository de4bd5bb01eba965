// Backups by the real binary: beside a node under load, and what clients are told by the node that
// goes on from one.

#include "tests/e2e/node_process.hpp"
#include "tests/net/data/sessions/stream_client.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/backup") {
  namespace {

  struct backup_run {
    int code = -1;
    std::string output;
  };

  backup_run run_carillon(const std::vector<std::string>& arguments, const std::string& log) {
    process command{CARILLON_BINARY, arguments, log};
    backup_run out;
    while (auto line = command.read_line(60s))
      out.output += *line + '\n';
    out.code = command.wait(60s).value_or(-1);
    return out;
  }

  struct backup_place {
    temporary_directory dir;
    std::string data = dir.path() + "/data";
    std::string backup = dir.path() + "/backup";
    std::string restored = dir.path() + "/restored";
    std::string log = dir.path() + "/log";

    backup_run back_up() const {
      return run_carillon({"backup", backup, "--data-dir", data, "--quiet"}, log);
    }

    backup_run restore() const {
      return run_carillon({"restore", backup, "--data-dir", restored, "--quiet"}, log);
    }
  };

  void end(node_process& node) {
    node.child().signal(SIGTERM);
    REQUIRE(node.child().wait(30s) == 0);
  }

  /// Publishes events that everybody may see; answers whether all were stored.
  bool publish_to_all(httplib::Client& client, const std::string& prefix, size_t count) {
    std::string body = "[";
    for (size_t i = 0; i < count; ++i)
      body += std::string{i > 0 ? "," : ""}
              + R"({"type":"order.cancelled","companyId":"c-1","audience":"all","id":")" + prefix
              + std::to_string(i) + R"(","data":{"orderId":"o-1","reason":"late"}})";
    const auto answer = client.Post("/api/events", body + "]", "application/json");
    return answer && answer->status < 300;
  }

  uint64_t seq_of(const stream_message& x) {
    return std::stoull(x.id.substr(x.id.find('.') + 1));
  }

  /// Reads events up to a position; answers the id of the last.
  std::string read_up_to(stream_client& stream, uint64_t first, uint64_t last) {
    std::string id;
    for (auto seq = first; seq <= last; ++seq) {
      const auto x = stream.event();
      REQUIRE(x.has_value());
      CHECK(seq_of(*x) == seq);
      id = x->id;
    }
    return id;
  }

  } // namespace

  TEST_CASE("a client that saw more than the backup hears a gap, and then all that is new") {
    const backup_place place;
    const std::string who = "?user=u-1&company=c-1";
    std::string at_50;
    std::string at_100;
    {
      node_process node{place.data};
      REQUIRE(node.ready());
      REQUIRE(publish_to_all(*node.data(), "a", 50));
      const auto done = place.back_up();
      REQUIRE(done.code == 0);
      CHECK(done.output == "50\n");
      REQUIRE(publish_to_all(*node.data(), "b", 50));
      stream_client stream{node.data_port(), who + "&since=0"};
      REQUIRE(stream.greeting.status == 200);
      at_50 = read_up_to(stream, 1, 50);
      at_100 = read_up_to(stream, 51, 100);
      end(node);
    }
    const auto restored = place.restore();
    REQUIRE(restored.code == 0);
    const auto history = restored.output.substr(0, 16);
    CHECK(at_100.find(history) == std::string::npos);
    node_process node{place.restored};
    REQUIRE(node.ready());
    REQUIRE(publish_to_all(*node.data(), "c", 40));

    stream_client ahead{node.data_port(), who, "Last-Event-ID: " + at_100 + "\r\n"};
    REQUIRE(ahead.greeting.status == 200);
    const auto hello = ahead.read();
    REQUIRE(hello.has_value());
    CHECK(hello->type == "hello");
    CHECK(hello->data.find("\"history\":\"" + history) != std::string::npos);
    const auto gap = ahead.read();
    REQUIRE(gap.has_value());
    CHECK(gap->type == "gap");
    CHECK(gap->data
          == R"({"op":"gap","from":51,"to":100,"history":")" + history + R"(","after":50})");
    const auto at_90 = read_up_to(ahead, 51, 90);
    CHECK(at_90 == history + ".90");
    // Also what comes later.
    REQUIRE(publish_to_all(*node.data(), "d", 20));
    read_up_to(ahead, 91, 110);

    // Who has seen no more than the backup has missed nothing.
    stream_client common{node.data_port(), who, "Last-Event-ID: " + at_50 + "\r\n"};
    REQUIRE(common.greeting.status == 200);
    CHECK(common.read()->type == "hello");
    read_up_to(common, 51, 110);
    // And who has seen some of the new ones goes on.
    stream_client again{node.data_port(), who, "Last-Event-ID: " + at_90 + "\r\n"};
    CHECK(again.read()->type == "hello");
    read_up_to(again, 91, 110);
    end(node);
  }

  TEST_CASE("a backup under load is a log that passes every check") {
    const backup_place place;
    std::atomic<bool> is_over{false};
    std::atomic<size_t> stored{0};
    {
      node_process node{place.data, {"--log-segment", "64KiB"}};
      REQUIRE(node.ready());
      std::thread publisher{[&] {
        const auto client = node.data();
        for (size_t i = 0; !is_over; ++i)
          stored += publish_to_all(*client, "x" + std::to_string(i) + "-", 20) ? 20 : 0;
      }};
      size_t least = 0;
      for (int i = 0; i < 3; ++i) {
        CHECK(eventually([&] { return stored >= least + 400; }));
        least = stored;
        const auto done = place.back_up();
        CHECK(done.code == 0);
        // What was acknowledged before is in it.
        CHECK(std::stoull("0" + done.output) >= least);
      }
      is_over = true;
      publisher.join();
      end(node);
    }
    CHECK(run_carillon({"backup", place.backup, "--check"}, place.log).code == 0);
    CHECK(place.restore().code == 0);
    CHECK(run_carillon({"audit", "verify", "--data-dir", place.restored}, place.log).code == 0);
    // Not twice into one directory.
    CHECK(place.restore().code == 1);
    node_process node{place.restored};
    REQUIRE(node.ready());
    CHECK(publish_to_all(*node.data(), "new", 5));
    end(node);
  }
}

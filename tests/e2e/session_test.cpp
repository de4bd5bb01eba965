// Sessions of the real node, by the client's side of RFC 6455 on bare sockets.

#include "tests/e2e/node_process.hpp"
#include "tests/net/data/sessions/socket_client.hpp"
#include "tests/support/rewritten_log.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/session") {
  namespace {

  struct published_event {
    uint64_t seq = 0;
    std::string audience;
    std::string company;
    std::string user;
  };

  /// Publishes arrays of events, and knows what it published.
  class publisher {
  public:
    explicit publisher(const node_process& node) : client_(node.data()) {
    }

    void publish(size_t count, std::mt19937& rng, const std::string& padding = {}) {
      static const char* const kinds[]{"all", "company", "user", "none"};
      std::string body = "[";
      std::vector<published_event> batch;
      for (size_t i = 0; i < count; ++i) {
        published_event x{0, kinds[rng() % 4], "c-" + std::to_string(1 + rng() % 2),
                          "u-" + std::to_string(1 + rng() % 2)};
        body += std::string{i == 0 ? "" : ","} + R"({"type":"user.login","companyId":")" + x.company
                + R"(","userId":")" + x.user + R"(","audience":")" + x.audience
                + R"(","data":{"ip":"192.0.2.1","userAgent":")" + padding + R"("}})";
        batch.push_back(std::move(x));
      }
      auto answer = parse(client_->Post("/api/events", body + "]", "application/json"));
      for (size_t i = 0; i < count; ++i)
        batch[i].seq = answer["results"][static_cast<unsigned>(i)]["seq"].GetUint64();
      std::lock_guard lock{mutex_};
      events_.insert(events_.end(), batch.begin(), batch.end());
    }

    /// Positions of what a session may see.
    std::vector<uint64_t> seen_by(const std::string& user, const std::string& company) const {
      std::vector<uint64_t> out;
      std::lock_guard lock{mutex_};
      for (const auto& x : events_)
        if (x.audience == "all" || (x.audience == "company" && x.company == company)
            || (x.audience == "user" && x.user == user && x.company == company))
          out.push_back(x.seq);
      return out;
    }

  private:
    std::unique_ptr<httplib::Client> client_;
    mutable std::mutex mutex_;
    std::vector<published_event> events_;
  };

  /// A client that remembers its position, like the one for browsers.
  class follower {
  public:
    follower(uint16_t port, std::string of_user, std::string of_company, std::string more = {})
      : user(std::move(of_user)), company(std::move(of_company)), port_(port),
        more_(std::move(more)) {
    }

    void connect(int receive_buffer = 0) {
      auto target = "/ws?user=" + user + "&company=" + company + more_;
      if (known_)
        target += "&since=" + std::to_string(position);
      socket.reset();
      socket.emplace(port_, target, "", receive_buffer);
      REQUIRE(socket->greeting.status == 101);
      auto hello = read_text();
      REQUIRE(hello.IsObject());
      REQUIRE(hello["op"] == "hello");
      if (!std::exchange(known_, true))
        position = hello["head"].GetUint64();
    }

    /// Reads one frame; false if it was the last.
    bool step() {
      auto x = read_text();
      if (!x.IsObject())
        return false;
      if (x["op"] == "event") {
        seqs.push_back(x["seq"].GetUint64());
        CHECK(seqs.back() > position);
        CHECK(x["event"]["seq"].GetUint64() == seqs.back());
        position = seqs.back();
      } else if (x["op"] == "position") {
        position = std::max(position, x["seq"].GetUint64());
      }
      return true;
    }

    rapidjson::Document read_text() {
      rapidjson::Document out;
      for (;;) {
        auto x = socket->read();
        if (!x.came || x.opcode == op_close) {
          closed = x;
          return out;
        }
        if (x.opcode == op_ping)
          socket->send(op_pong, x.payload);
        if (x.opcode != op_text)
          continue;
        out.Parse(x.payload.data(), x.payload.size());
        return out;
      }
    }

    const std::string user;
    const std::string company;
    uint64_t position = 0;
    std::vector<uint64_t> seqs;
    frame closed;
    std::optional<socket_client> socket;

  private:
    uint16_t port_;
    std::string more_;
    bool known_ = false;
  };

  uint64_t connections(const node_process& node) {
    return parse(node.admin()->Get("/api/events/websocket/stats"))["connections"].GetUint64();
  }

  /// Deletes the events up to a position from a database, while the node runs: a start would refuse
  /// a log that has lost its beginning.
  void delete_rows(const std::string& url, uint64_t last) {
    const auto statement = "DELETE FROM event_log WHERE seq <= " + std::to_string(last);
    REQUIRE(std::system(("psql -q '" + url + "' -c '" + statement + "'").c_str()) == 0);
  }

  /// The data directory of a node that has stopped becomes one whose log begins after a position,
  /// and whose state knows of none before.
  void begin_after(const std::string& data_dir, uint64_t last) {
    rewrite_segments(
      data_dir + "/log",
      [&](auto& events) {
        events.erase(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(last));
      },
      last + 1);
    for (const char* name : {"state.db", "state.db-wal", "state.db-shm", "audit.end"})
      std::filesystem::remove(data_dir + "/" + name);
  }

  } // namespace

  TEST_CASE("a thousand reconnects under load, and each client has what it may see, in order") {
    auto seed = std::random_device{}();
    MESSAGE("seed ", seed);
    temporary_directory dir;
    // A short history: most sessions catch up from the log, some from the hub's history.
    node_process node{dir.path() + "/data", {"--sessions-history", "300"}};
    REQUIRE_MESSAGE(node.ready(), node.log());
    publisher source{node};
    std::atomic<bool> stop{false};
    std::atomic<size_t> reconnects{0};
    constexpr size_t wanted = 1'000;
    std::vector<std::unique_ptr<follower>> clients;
    for (int i = 0; i < 8; ++i) {
      clients.push_back(std::make_unique<follower>(
        node.data_port(), "u-" + std::to_string(1 + i % 2), "c-" + std::to_string(1 + i / 2 % 2)));
      clients.back()->connect();
    }
    std::thread load{[&] {
      std::mt19937 rng{seed};
      while (!stop)
        source.publish(1 + rng() % 40, rng);
    }};
    std::vector<std::thread> threads;
    for (size_t i = 0; i < clients.size(); ++i)
      threads.emplace_back([&, i] {
        std::mt19937 rng{seed + 1 + static_cast<unsigned>(i)};
        auto& x = *clients[i];
        while (reconnects < wanted) {
          for (auto n = rng() % 60; n > 0 && x.step(); --n) {
          }
          if (rng() % 2 == 0)
            x.socket->raw.abort();
          x.connect();
          ++reconnects;
        }
      });
    for (auto& x : threads)
      x.join();
    stop = true;
    load.join();
    for (auto& x : clients) {
      auto expected = source.seen_by(x->user, x->company);
      // Events published before it first connected are ignored.
      while (x->seqs.size() < expected.size() && x->step()) {
      }
      CHECK(x->seqs == expected);
    }
    auto stats = parse(node.admin()->Get("/api/events/websocket/stats"));
    MESSAGE(reconnects.load(), " reconnects, ", source.seen_by("", "").size(), " events for all");
    CHECK(stats["resumes"].GetUint64() >= wanted);
    clients.clear();
    CHECK(eventually([&] { return connections(node) == 0; }));
  }

  TEST_CASE("clients that stop reading are told so, hold nobody up, and miss nothing") {
    temporary_directory dir;
    node_process node{dir.path() + "/data",
                      {"--sessions-budget-bytes", "64KiB", "--sessions-slow-grace", "300ms",
                       "--sessions-close-deadline", "5m"}};
    REQUIRE_MESSAGE(node.ready(), node.log());
    publisher source{node};
    std::vector<std::unique_ptr<follower>> clients;
    for (int i = 0; i < 12; ++i) {
      clients.push_back(
        std::make_unique<follower>(node.data_port(), "u-1", "c-1", i == 2 ? "&slow=catchup" : ""));
      clients.back()->connect(i < 3 ? 4'096 : 0);
    }
    std::mt19937 rng{7};
    const std::string padding(2'000, 'x');
    for (int i = 0; i < 60; ++i) {
      source.publish(100, rng, padding);
      auto expected = source.seen_by("u-1", "c-1");
      for (size_t k = 3; k < clients.size(); ++k)
        while (clients[k]->seqs.size() < expected.size() && clients[k]->step()) {
        }
    }
    auto expected = source.seen_by("u-1", "c-1");
    for (size_t k = 3; k < clients.size(); ++k)
      CHECK(clients[k]->seqs == expected);
    CHECK(eventually([&] {
      return parse(node.admin()->Get("/api/events/websocket/stats"))["slowCloses"].GetUint64() == 2;
    }));
    for (size_t k = 0; k < 2; ++k) {
      auto& x = *clients[k];
      while (x.seqs.size() < expected.size() && x.step()) {
      }
      CHECK(x.seqs.size() < expected.size());
      CHECK(x.closed.code() == 4008);
      CHECK(x.closed.payload.substr(2) == "position=" + std::to_string(x.position));
    }
    for (size_t k = 0; k < 3; ++k) {
      auto& x = *clients[k];
      if (k < 2)
        x.connect();
      while (x.seqs.size() < expected.size() && x.step()) {
      }
      CHECK(x.seqs == expected);
    }
  }

  TEST_CASE("SIGTERM tells every session where to go on, and the process ends") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    publisher source{node};
    follower x{node.data_port(), "u-1", "c-1"};
    follower mute{node.data_port(), "u-2", "c-2"};
    x.connect();
    mute.connect();
    std::mt19937 rng{3};
    source.publish(50, rng);
    auto expected = source.seen_by("u-1", "c-1");
    while (x.seqs.size() < expected.size() && x.step()) {
    }
    node.child().signal(SIGTERM);
    while (x.step()) {
    }
    CHECK(x.closed.code() == 1001);
    CHECK(x.closed.payload.substr(2) == "position=50");
    x.socket->send(op_close, x.closed.payload.substr(0, 2));
    // The other one never answers.
    auto code = node.child().wait(10s);
    REQUIRE(code);
    CHECK(*code == 0);
  }

  TEST_CASE("an operator ends a session, which the audit log tells") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    follower x{node.data_port(), "u-1", "c-1"};
    x.connect();
    auto admin = node.admin();
    auto ended = parse(admin->Delete("/api/events/websocket/users/u-1"));
    CHECK(ended["disconnected"].GetUint64() == 1);
    CHECK(!x.step());
    CHECK(x.closed.code() == 4003);
    auto rows = parse(admin->Get("/api/audit?action=session.disconnected"));
    REQUIRE(rows["audit"].Size() == 1);
    CHECK(rows["audit"][0]["subject"] == "user:u-1");
  }

  TEST_CASE("a replay to sessions comes marked, to whoever may see it") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    publisher source{node};
    std::mt19937 rng{11};
    source.publish(200, rng);
    // Sessions may be a moment behind the answer to the publisher.
    CHECK(eventually([&] {
      follower probe{node.data_port(), "u-2", "c-2"};
      probe.connect();
      return probe.position == 200;
    }));
    follower x{node.data_port(), "u-1", "c-1"};
    x.connect();
    auto started = parse(node.admin()->Post(
      "/api/events/replay", R"({"filter":{},"target":"sessions"})", "application/json"));
    REQUIRE(started["matched"].GetUint64() == 200);
    std::vector<uint64_t> seqs;
    auto expected = source.seen_by("u-1", "c-1");
    while (seqs.size() < expected.size()) {
      auto frame = x.read_text();
      REQUIRE(frame.IsObject());
      if (frame["op"] != "event")
        continue;
      CHECK(frame["replay"].GetUint64() == started["replayId"].GetUint64());
      CHECK(frame["event"]["seq"].GetUint64() == frame["seq"].GetUint64());
      seqs.push_back(frame["seq"].GetUint64());
    }
    CHECK(seqs == expected);
    source.publish(50, rng);
    expected = source.seen_by("u-1", "c-1");
    expected.erase(expected.begin(), expected.begin() + static_cast<ptrdiff_t>(seqs.size()));
    while (x.seqs.size() < expected.size() && x.step()) {
    }
    CHECK(x.seqs == expected);
  }

  TEST_CASE("positions that the log has no more are told as a gap") {
    temporary_directory dir;
    // It remembers nothing, so that resumed sessions read from the log.
    const auto data = dir.path() + "/data";
    std::optional<node_process> node;
    const auto start = [&] {
      node.emplace(data, std::vector<std::string>{"--sessions-history", "1"});
      REQUIRE_MESSAGE(node->ready(), node->log());
    };
    start();
    {
      publisher source{*node};
      std::mt19937 rng{12};
      source.publish(100, rng);
    }
    if (auto url = database_for(data); !url.empty()) {
      delete_rows(url, 60);
    } else {
      node->child().signal(SIGTERM);
      REQUIRE(node->child().wait() == 0);
      begin_after(data, 60);
      start();
    }
    socket_client y{node->data_port(), "/ws?user=u-1&since=20"};
    REQUIRE(y.greeting.status == 101);
    CHECK(y.read().payload.find(R"({"op":"hello")") == 0);
    CHECK(y.read().payload == R"({"op":"gap","from":21,"to":60})");
  }
}

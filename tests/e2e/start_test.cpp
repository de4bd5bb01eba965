#include "tests/e2e/node_process.hpp"
#include "tests/support/notify_socket.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <sys/stat.h>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/start") {
  namespace {

  constexpr const char* event
    = R"({"type":"user.login","userId":"u-1","data":{"ip":"192.0.2.1","userAgent":"x"}})";

  void publish(const node_process& node, int n) {
    auto client = node.data();
    for (int i = 0; i < n; ++i)
      REQUIRE(client->Post("/api/events", event, "application/json")->status == 201);
  }

  void stop(node_process& node) {
    node.child().signal(SIGTERM);
    REQUIRE(node.child().wait() == 0);
  }

  void overwrite(const std::string& file, std::streamoff at, const std::string& bytes) {
    std::fstream out{file, std::ios::in | std::ios::out | std::ios::binary};
    out.seekp(at);
    out << bytes;
  }

  std::string contents(const std::string& file) {
    std::ifstream in{file};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  /// A node started by a shell, after other commands.
  struct shell_node {
    temporary_directory dir;
    std::string data = dir.path() + "/data";
    std::string log = dir.path() + "/log";
    std::string err = dir.path() + "/err";
    std::unique_ptr<process> child;

    /// @param before e.g. `umask 022;`
    /// @param after e.g. `>&-`
    void start(const std::string& before, const std::string& after,
               const std::string& options = "--dev") {
      std::filesystem::remove(err);
      auto line = before + " exec " + CARILLON_BINARY + " serve " + options + " --data-dir " + data
                  + " --listen 127.0.0.1:0 --admin-listen 127.0.0.1:0 " + after;
      child = std::make_unique<process>("/bin/sh", std::vector<std::string>{"-c", line}, err);
    }

    bool is_ready() const {
      return eventually([this] {
        return contents(log).find(" ready, ") != std::string::npos
               || contents(err).find(" ready, ") != std::string::npos;
      });
    }

    int stop() const {
      child->signal(SIGTERM);
      return child->wait().value_or(-1);
    }
  };

  std::string target_of(pid_t pid, const char* fd) {
    std::error_code error;
    return std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/fd/" + fd, error);
  }

  /// True if the process is the node already, and has the signal blocked. The code that forks it
  /// blocks signals as well.
  bool blocks(pid_t pid, int number) {
    std::istringstream lines{contents("/proc/" + std::to_string(pid) + "/status")};
    bool is_node = false;
    for (std::string line; std::getline(lines, line);) {
      is_node |= line == "Name:\tcarillon";
      if (line.starts_with("SigBlk:"))
        return is_node && ((std::stoull(line.substr(7), nullptr, 16) >> (number - 1)) & 1U) != 0;
    }
    return false;
  }

  /// Starts a node that must fail, and returns its message.
  std::string refusal(const std::string& data) {
    std::filesystem::remove(data + ".log");
    node_process node{data};
    CHECK_FALSE(node.ready());
    CHECK(node.child().wait() == 1);
    return node.log();
  }

  } // namespace

  TEST_CASE("a second process is refused while the first one runs") {
    temporary_directory dir;
    auto data = dir.path() + "/data";
    node_process first{data};
    REQUIRE_MESSAGE(first.ready(), first.log());
    auto text = refusal(data);
    CHECK(text.find("another process") != std::string::npos);
    publish(first, 1);
  }

  TEST_CASE("a damaged log is refused by name, and left as it is") {
    temporary_directory dir;
    auto data = dir.path() + "/data";
    {
      node_process node{data};
      publish(node, 5);
      stop(node);
    }
    const auto segment = data + "/log/00000000000000000001.seg";
    overwrite(segment, 4'120, std::string(64, '\xff'));
    auto size = std::filesystem::file_size(segment);
    auto text = refusal(data);
    CHECK(text.find("00000000000000000001.seg") != std::string::npos);
    CHECK(std::filesystem::file_size(segment) == size);
  }

  TEST_CASE("a damaged file of the log delays no publisher, is said by /readyz, and is repaired") {
    temporary_directory dir;
    const auto data = dir.path() + "/data";
    const auto first = data + "/log/00000000000000000001.seg";
    const std::vector<std::string> options{"--log-segment", "64KiB", "--checkpoint-interval",
                                           "20ms"};
    {
      node_process node{data, options};
      REQUIRE_MESSAGE(node.ready(), node.log());
      publish(node, 700);
      // Sealed: it is shorter, and the next start does not read its frames.
      CHECK(eventually([&] { return std::filesystem::file_size(first) != 64UL * 1024; }));
      stop(node);
    }
    auto offset = 40'000;
    SUBCASE("in its middle") {
    }
    SUBCASE("in the block of the first event, which the start compares with the state") {
      offset = 9'000;
    }
    overwrite(first, offset, std::string(64, '\x55'));
    for (const char* end : {"", "-wal", "-shm"})
      std::filesystem::remove(data + "/index.db" + end);
    {
      node_process node{data, options};
      REQUIRE_MESSAGE(node.ready(), node.log());
      publish(node, 3);
      CHECK(eventually([&] {
        const auto answer = node.admin()->Get("/readyz");
        return answer && answer->status == 503
               && answer->body.find("log, which is damaged at position") != std::string::npos;
      }));
      const auto metrics = node.admin()->Get("/metrics");
      CHECK(metrics->body.find("carillon_log_damaged_events 0\n") == std::string::npos);
      CHECK(metrics->body.find("carillon_log_damaged_events ") != std::string::npos);
      CHECK(node.log().find("damaged at position") != std::string::npos);
      stop(node);
    }
    process repair{CARILLON_BINARY,
                   {"log", "repair", "--yes", "--quiet", "--data-dir", data},
                   dir.path() + "/repair.err"};
    const auto lost = repair.read_line();
    CHECK(repair.wait() == 0);
    REQUIRE(lost);
    CHECK(std::stoi(*lost) > 0);
    {
      // The tree was signed with the events that were lost.
      node_process node{data, options};
      REQUIRE_MESSAGE(node.ready(), node.log());
      CHECK(eventually([&] {
        return node.admin()->Get("/readyz")->body.find("not what was signed") != std::string::npos;
      }));
      stop(node);
    }
    process accept{CARILLON_BINARY,
                   {"audit", "reseal", "--json", "--data-dir", data},
                   dir.path() + "/reseal.err"};
    while (accept.read_line())
      continue;
    CHECK(accept.wait() == 0);
    node_process node{data, options};
    REQUIRE_MESSAGE(node.ready(), node.log());
    publish(node, 1);
    CHECK(eventually([&] { return node.admin()->Get("/readyz")->status == 200; }));
    CHECK(node.admin()->Get("/api/events/704")->status == 200);
  }

  TEST_CASE("files of the log count among the descriptors that are needed") {
    shell_node node;
    std::filesystem::create_directories(node.data + "/log");
    for (int i = 1; i <= 700; ++i) {
      auto name = std::to_string(i);
      std::ofstream{node.data + "/log/" + std::string(20 - name.size(), '0') + name + ".seg"};
    }
    const std::string options = "--dev --max-connections 100 --log-file " + node.log;
    node.start("ulimit -n 1000;", {}, options);
    CHECK(node.child->wait() == 1); // The files are none.
    CHECK(contents(node.log).find("1056 are needed for 100 connections and 700 files of the log")
          != std::string::npos);
    std::filesystem::remove_all(node.data);
    node.start("ulimit -n 1000;", {}, options);
    REQUIRE(node.is_ready());
    CHECK(contents(node.log).find("and 0 files of the log") == std::string::npos);
    CHECK(node.stop() == 0);
  }

  TEST_CASE("a store of a newer version is refused") {
    temporary_directory dir;
    auto data = dir.path() + "/data";
    {
      node_process node{data};
      publish(node, 1);
      stop(node);
    }
    auto sql
      = "sqlite3 '" + data
        + "/state.db' \"insert into schema_migrations select * from (select 999999 as a, "
          "* from (select 'from-the-future' as b, 0 as c)) where 1\" 2>/dev/null || sqlite3 '"
        + data + "/state.db' \"insert into schema_migrations(version) values(999999)\"";
    REQUIRE(std::system(sql.c_str()) == 0);
    CHECK(refusal(data).find("newer") != std::string::npos);
  }

  TEST_CASE("a lost or damaged index costs a rebuild and no answer") {
    temporary_directory dir;
    auto data = dir.path() + "/data";
    {
      node_process node{data};
      publish(node, 30);
      stop(node);
    }
    for (bool damaged : {false, true}) {
      CAPTURE(damaged);
      if (damaged) {
        overwrite(data + "/index.db", 0, std::string(200, '\x01'));
      } else {
        std::filesystem::remove(data + "/index.db");
        std::filesystem::remove(data + "/index.db-wal");
        std::filesystem::remove(data + "/index.db-shm");
      }
      node_process node{data};
      REQUIRE_MESSAGE(node.ready(), node.log());
      auto page = parse(node.admin()->Get("/api/events?userId=u-1&limit=100"));
      REQUIRE(page.IsObject());
      CHECK(page["events"].Size() == 30);
      stop(node);
    }
  }

  TEST_CASE("without --dev the first start prints an admin key, once") {
    temporary_directory dir;
    auto data = dir.path() + "/data";
    std::string key;
    {
      node_process node{data, {}, true};
      REQUIRE_MESSAGE(node.ready(), node.log());
      key = node.bootstrap_key();
      REQUIRE(key.starts_with("ck_"));
      CHECK(node.admin()->Get("/api/events")->status == 401);
      CHECK(node.data()->Post("/api/events", event, "application/json")->status == 401);
      auto admin = node.admin();
      admin->set_bearer_token_auth(key);
      CHECK(admin->Get("/api/events")->status == 200);
      CHECK(node.log().find(key) == std::string::npos);
      stop(node);
    }
    node_process again{data, {}, true};
    REQUIRE(again.ready());
    CHECK(again.bootstrap_key().empty());
    auto admin = again.admin();
    admin->set_bearer_token_auth(key);
    CHECK(admin->Get("/api/consumers")->status == 200);
  }

  TEST_CASE("a first start whose port is taken shows no key; the next one does") {
    temporary_directory dir;
    node_process other{dir.path() + "/other"};
    REQUIRE_MESSAGE(other.ready(), other.log());
    auto data = dir.path() + "/data";
    for (const char* option : {"--listen", "--admin-listen"}) {
      node_process refused{data, {option, "127.0.0.1:" + std::to_string(other.data_port())}, true};
      CHECK_FALSE(refused.ready());
      CHECK(refused.bootstrap_key().empty());
      CHECK(refused.child().wait() == 1);
    }
    node_process node{data, {}, true};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto admin = node.admin();
    admin->set_bearer_token_auth(node.bootstrap_key());
    CHECK(admin->Get("/api/keys")->status == 200);
  }

  TEST_CASE("the key of --admin-key-file is in no output") {
    temporary_directory dir;
    const std::string key = "ck_0123456789abcdefghijklmnopqrstuvwxyzABCDEF";
    std::ofstream{dir.path() + "/key"} << key << "\n";
    node_process node{dir.path() + "/data", {"--admin-key-file", dir.path() + "/key"}, true};
    REQUIRE_MESSAGE(node.ready(), node.log());
    CHECK(node.bootstrap_key().empty());
    CHECK(node.log().find(key) == std::string::npos);
    auto admin = node.admin();
    admin->set_bearer_token_auth(key);
    CHECK(admin->Get("/api/keys")->status == 200);
  }

  TEST_CASE("a first key that standard output does not take is not made") {
    shell_node node;
    for (const char* output : {">/dev/full", ">&-"}) {
      node.start({}, output, {});
      CHECK(node.child->wait() == 1);
      CHECK(contents(node.err).find("the first admin key") != std::string::npos);
    }
    node_process next{node.data, {}, true};
    REQUIRE_MESSAGE(next.ready(), next.log());
    CHECK(next.bootstrap_key().starts_with("ck_"));
  }

  TEST_CASE("closed standard descriptors get no file of the node's") {
    shell_node node;
    for (const char* closed : {"<&- >&- 2>&-", "<&-", ">&-", "2>&-"}) {
      CAPTURE(closed);
      std::filesystem::remove(node.log);
      node.start({}, "--log-file " + node.log + " " + closed);
      REQUIRE(node.is_ready());
      const auto pid = node.child->pid();
      for (const char* fd : {"0", "1", "2"})
        CHECK(target_of(pid, fd).find(node.data) == std::string::npos);
      CHECK(contents(node.data + "/LOCK") == std::to_string(pid));
      CHECK(node.stop() == 0);
    }
    node.start({}, "<&- >&- 2>&-");
    REQUIRE(eventually([&] { return target_of(node.child->pid(), "2") == "/dev/null"; }));
    CHECK(target_of(node.child->pid(), "0") == "/dev/null");
    CHECK(target_of(node.child->pid(), "1") == "/dev/null");
  }

  TEST_CASE("what a node keeps is for its user alone, whatever the umask is") {
    for (const char* mask : {"umask 000;", "umask 022;"}) {
      CAPTURE(mask);
      shell_node node;
      node.start(mask, "--log-file " + node.log);
      REQUIRE(node.is_ready());
      CHECK(node.stop() == 0);
      CHECK((std::filesystem::status(node.data).permissions() & std::filesystem::perms{077})
            == std::filesystem::perms::none);
      size_t n = 0;
      for (const auto& x : std::filesystem::recursive_directory_iterator{node.data}) {
        ++n;
        CHECK_MESSAGE((x.status().permissions() & std::filesystem::perms{077})
                        == std::filesystem::perms::none,
                      x.path().string());
      }
      CHECK(n >= 6);
    }
  }

  TEST_CASE("a node whose lock is removed ends, with the reason; no second one gets in before") {
    for (bool replaced : {false, true}) {
      CAPTURE(replaced);
      temporary_directory dir;
      auto data = dir.path() + "/data";
      node_process node{data};
      REQUIRE_MESSAGE(node.ready(), node.log());
      std::filesystem::remove(data + "/LOCK");
      if (replaced)
        std::ofstream{data + "/LOCK"} << "1";
      CHECK(node.child().wait() == 1);
      CHECK(node.log().find("LOCK was removed or replaced") != std::string::npos);
      node_process next{data};
      CHECK(next.ready());
    }
  }

  TEST_CASE("signals in the first moments, and those that nobody wants, end no node") {
    shell_node node;
    node.start({}, "--log-file " + node.log);
    const auto pid = node.child->pid();
    REQUIRE(eventually([&] { return blocks(pid, SIGHUP); }));
    for (int number : {SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM})
      node.child->signal(number);
    REQUIRE(node.is_ready());
    for (int number : {SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGXFSZ, SIGHUP})
      node.child->signal(number);
    CHECK(eventually(
      [&] { return contents(node.log).find("log file opened again") != std::string::npos; }));
    CHECK(node.stop() == 0);
    // A signal to stop in the first moments stops it cleanly.
    node.start({}, "--log-file " + node.log);
    REQUIRE(eventually([&] { return blocks(node.child->pid(), SIGTERM); }));
    CHECK(node.stop() == 0);
  }

  TEST_CASE("a service manager is told of the start, of reloads, of life and of the stop") {
    shell_node node;
    notify_socket manager{node.dir.path() + "/notify"};
    node.start("export WATCHDOG_USEC=200000 NOTIFY_SOCKET=" + node.dir.path() + "/notify;", "");
    CHECK(manager.next() == "READY=1");
    CHECK(manager.next() == "WATCHDOG=1");
    CHECK(manager.next() == "WATCHDOG=1");
    auto next_other = [&] {
      auto x = manager.next();
      while (x == "WATCHDOG=1")
        x = manager.next();
      return x;
    };
    node.child->signal(SIGHUP);
    CHECK(next_other().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    CHECK(next_other() == "READY=1");
    node.child->signal(SIGTERM);
    CHECK(next_other() == "STOPPING=1\nEXTEND_TIMEOUT_USEC=15000000");
    CHECK(node.child->wait() == 0);
  }

  TEST_CASE("without threads a node ends with one line, and does not hang") {
    shell_node node;
    std::filesystem::permissions(node.dir.path(), std::filesystem::perms{0777});
    node.start({}, {},
               "--dev --log-level off"); // it starts at all
    REQUIRE(node.child->read_line());
    CHECK(node.stop() == 0);
    std::filesystem::remove_all(node.data);
    node.start("exec prlimit --nproc=10 setpriv --reuid=64123 --regid=64123 --clear-groups sh -c '",
               "'", "--dev --log-level off");
    CHECK(node.child->wait() == 1);
    auto text = contents(node.err);
    CHECK(text.starts_with("carillon: cannot start: the system lets this process have "));
    CHECK(std::count(text.begin(), text.end(), '\n') == 1);
  }

  TEST_CASE("with however little memory a node starts, or ends with one line") {
    for (int megabytes : {150, 300, 450, 600, 750, 900, 1'200}) {
      CAPTURE(megabytes);
      shell_node node;
      node.start("ulimit -v " + std::to_string(megabytes * 1'024) + ";", {},
                 "--dev --log-level off");
      // It may run out of memory later, too.
      const bool started = node.child->read_line().has_value();
      if (started)
        node.child->signal(SIGTERM);
      // 127: the loader itself found no room.
      const auto code = node.child->wait();
      const auto text = contents(node.err);
      CAPTURE(text);
      if (started && code == 0)
        continue;
      CHECK((code == 1 || code == 127));
      CHECK(std::count(text.begin(), text.end(), '\n') == 1);
    }
  }

  TEST_CASE("a pipe instead of a file is refused with one line") {
    shell_node node;
    auto pipe = node.dir.path() + "/pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    for (const std::string option :
         {"--jwks-file", "--webhooks-ca-file", "--mail-ca-file", "--key-file", "--log-file"}) {
      CAPTURE(option);
      node.start({}, {}, "--dev --log-level off " + option + " " + pipe);
      CHECK(node.child->wait() == 1);
      auto text = contents(node.err);
      CHECK(text.find(pipe) != std::string::npos);
      CHECK(std::count(text.begin(), text.end(), '\n') == 1);
    }
  }

  TEST_CASE("--dev refuses to listen beyond loopback") {
    temporary_directory dir;
    process node{CARILLON_BINARY,
                 {"serve", "--dev", "--data-dir", dir.path() + "/data", "--listen", "0.0.0.0:0"},
                 dir.path() + "/log"};
    CHECK(node.wait() == 2);
  }

  TEST_CASE("SIGTERM under load: what was acknowledged is there, and the exit is clean") {
    temporary_directory dir;
    auto data = dir.path() + "/data";
    uint64_t last = 0;
    {
      node_process node{data};
      REQUIRE(node.ready());
      auto client = node.data();
      for (int i = 0; i < 2'000; ++i) {
        if (i == 300)
          node.child().signal(SIGTERM);
        auto answer = client->Post("/api/events", event, "application/json");
        if (!answer)
          break;
        if (answer->status == 201)
          last = parse(answer)["seq"].GetUint64();
        else
          CHECK(answer->status == 503);
      }
      CHECK(node.child().wait(15s) == 0);
    }
    CHECK(last >= 300);
    node_process node{data};
    auto page = parse(node.admin()->Get("/api/events?limit=1"));
    REQUIRE(page["events"].Size() == 1);
    CHECK(page["events"][0]["seq"].GetUint64() >= last);
  }
}

// Two nodes over one database: one works, the other waits for its place.

#include "tests/e2e/standby_process.hpp"
#include "tests/e2e/webhook_api.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/own_postgres.hpp"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/standby") {
  namespace {

  using clock = std::chrono::steady_clock;
  using strings = std::vector<std::string>;

  /// An active node and a standby.
  struct pair_of_nodes {
    own_postgres server;
    temporary_directory dir;
    std::unique_ptr<node_process> active;
    std::unique_ptr<standby_process> standby;

    pair_of_nodes() {
      // Nobody has the database: it is this node's turn at once.
      active = std::make_unique<node_process>(
        path("a"), strings{"--store", server.url(), "--standby", "--node-name", "a"});
      REQUIRE_MESSAGE(active->ready(), active->log());
      share_keys("b");
      standby = std::make_unique<standby_process>(
        path("b"), strings{"--store", server.url(), "--node-name", "b"});
      REQUIRE_MESSAGE(standby->waits(), standby->log());
    }

    std::string path(const std::string& name) const {
      return dir.path() + '/' + name;
    }

    void share_keys(const std::string& with) const {
      std::filesystem::create_directory(path(with));
      for (const auto* name : {"node.key", "evidence.key"})
        std::filesystem::copy_file(path("a") + '/' + name, path(with) + '/' + name);
    }

    /// Until the standby knows the owner, and the owner the standby.
    bool know_each_other() const {
      auto admin = active->admin();
      return eventually([&] {
        const auto all = parse(admin->Get("/api/nodes"));
        return all.IsObject() && all["nodes"].Size() == 2
               && standby->data()->Get("/api/events")->has_header("Carillon-Active");
      });
    }
  };

  void replace(std::string& text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    text.replace(at, from.size(), to);
  }

  /// What docs/cluster.md says to HAProxy.
  std::string haproxy_block() {
    std::ifstream in{std::string{CARILLON_SOURCE_DIR} + "/docs/cluster.md"};
    std::ostringstream all;
    all << in.rdbuf();
    const auto text = all.str();
    const std::string begin = "```haproxy\n";
    const auto from = text.find(begin);
    REQUIRE(from != std::string::npos);
    return text.substr(from + begin.size(),
                       text.find("```", from + begin.size()) - from - begin.size());
  }

  int publish(httplib::Client& to, const std::string& id) {
    const auto answer = to.Post("/api/events",
                                R"({"type":"order.cancelled","id":")" + id
                                  + R"(","companyId":"c","data":{"orderId":"1","reason":"x"}})",
                                "application/json");
    return answer ? answer->status : 0;
  }

  uint64_t events_of(httplib::Client& admin) {
    const auto all = parse(admin.Get("/api/events?types=order.cancelled"));
    return all.IsObject() ? all["events"].Size() : 0;
  }

  const rapidjson::Value* node_named(const rapidjson::Document& all, const std::string& name,
                                     const std::string& state) {
    if (all.IsObject())
      for (const auto& x : all["nodes"].GetArray())
        if (name == x["name"].GetString() && state == x["state"].GetString())
          return &x;
    return nullptr;
  }

  /// On a machine that does other things as well nothing is promised.
  void check_time(clock::duration took, clock::duration most) {
    MESSAGE("after ", std::chrono::duration_cast<std::chrono::milliseconds>(took).count(), " ms");
    CHECK(took < (std::getenv("CARILLON_STRICT_TIMING") != nullptr ? most : most + 20s));
  }

  } // namespace

  TEST_CASE("a standby listens, names the active node, and serves nothing") {
    pair_of_nodes w;
    REQUIRE(w.know_each_other());
    const auto active_data = "http://127.0.0.1:" + std::to_string(w.active->data_port());
    const auto active_admin = "http://127.0.0.1:" + std::to_string(w.active->admin_port());
    for (auto* client : {w.standby->data().release(), w.standby->admin().release()}) {
      const std::unique_ptr<httplib::Client> to{client};
      CHECK(to->Get("/healthz")->status == 200);
      const auto ready = to->Get("/readyz");
      CHECK(ready->status == 503);
      CHECK(ready->body == R"({"status":"waiting","waitingFor":"standby"})");
    }
    const auto refused
      = w.standby->data()->Post("/api/events", R"({"type":"a.b"})", "application/json");
    REQUIRE(refused);
    CHECK(refused->status == 503);
    CHECK(refused->get_header_value("Carillon-Active") == active_data);
    CHECK(refused->get_header_value("Retry-After") == "1");
    const auto problem = parse(refused);
    CHECK(std::string{problem["code"].GetString()} == "store_locked");
    CHECK(std::string{problem["detail"].GetString()}
          == "this node is a standby; the active node is " + active_data);
    const auto list = w.standby->admin()->Get("/api/consumers");
    CHECK(list->status == 503);
    CHECK(list->get_header_value("Carillon-Active") == active_admin);

    const auto all = parse(w.active->admin()->Get("/api/nodes"));
    const auto* a = node_named(all, "a", "active");
    REQUIRE(a != nullptr);
    CHECK((*a)["self"].GetBool());
    CHECK(std::string{(*a)["dataAddress"].GetString()} == active_data);
    CHECK((*a)["silentMs"].GetUint64() < 5'000);
    const auto* b = node_named(all, "b", "standby");
    REQUIRE(b != nullptr);
    CHECK_FALSE((*b)["self"].GetBool());
    CHECK(std::string{(*b)["adminAddress"].GetString()} == w.standby->admin_url());
    const auto metrics = w.active->admin()->Get("/metrics")->body;
    CHECK(metrics.find("carillon_nodes{state=\"active\"} 1") != std::string::npos);
    CHECK(metrics.find("carillon_nodes{state=\"standby\"} 1") != std::string::npos);

    process command{
      CARILLON_BINARY, {"nodes", "--admin-url", active_admin}, w.dir.path() + "/command.log"};
    std::string printed;
    while (auto line = command.read_line())
      printed += *line + '\n';
    CHECK(command.wait() == 0);
    CHECK(printed.find("a *") != std::string::npos);
    CHECK(printed.find("standby") != std::string::npos);

    w.standby->child().signal(SIGTERM);
    CHECK(w.standby->child().wait() == 0);
    CHECK(eventually([&] {
      return node_named(parse(w.active->admin()->Get("/api/nodes")), "b", "stopped") != nullptr;
    }));
  }

  TEST_CASE("a stop hands over at once, and the ports stay the same") {
    pair_of_nodes w;
    REQUIRE(w.know_each_other());
    CHECK(publish(*w.active->data(), "e-1") == 201);
    w.active->child().signal(SIGTERM);
    REQUIRE(w.active->child().wait() == 0);
    const auto left = clock::now();
    REQUIRE_MESSAGE(w.standby->takes_over(), w.standby->log());
    check_time(clock::now() - left, 2s);
    CHECK(publish(*w.standby->data(), "e-1") == 200);
    CHECK(publish(*w.standby->data(), "e-2") == 201);
    auto admin = w.standby->admin();
    CHECK(eventually([&] { return admin->Get("/readyz")->status == 200; }));
    CHECK(events_of(*admin) == 2);
    const auto all = parse(admin->Get("/api/nodes"));
    CHECK(node_named(all, "a", "stopped") != nullptr);
    CHECK(node_named(all, "b", "active") != nullptr);
    CHECK(parse(admin->Get("/api/audit/verify"))["valid"].GetBool());
    w.standby->child().signal(SIGTERM);
    CHECK(w.standby->child().wait() == 0);
  }

  TEST_CASE("the standby hears that the active node has left") {
    pair_of_nodes w;
    REQUIRE(w.know_each_other());
    pqxx::connection db{w.server.url()};
    struct listener : pqxx::notification_receiver {
      explicit listener(pqxx::connection_base& x) : notification_receiver(x, "carillon_nodes") {
      }
      void operator()(const std::string& /*payload*/, int /*backend*/) override {
        ++heard;
      }
      int heard = 0;
    } ear{db};
    const auto ask = [&](const std::string& statement) {
      return std::string{pqxx::nontransaction{db}.exec(statement)[0][0].c_str()};
    };
    // It listens after its first look.
    REQUIRE(eventually([&] {
      return ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' "
                 "AND application_name LIKE 'carillon/b/%'")
             == "1";
    }));
    CHECK(ear.heard == 0);
    w.active->child().signal(SIGTERM);
    REQUIRE(eventually([&] { return db.await_notification(0, 100'000) > 0; }));
    CHECK(ear.heard == 1);
    CHECK(ask("SELECT state FROM nodes WHERE id = 'a'") == "stopped");
    REQUIRE_MESSAGE(w.standby->takes_over(), w.standby->log());
    CHECK(w.active->child().wait() == 0);
  }

  TEST_CASE("a standby that freezes while it takes over is replaced, and begins nothing later") {
    bool counted = false;
    SUBCASE("before it has counted the epoch up") {
    }
    SUBCASE("after that, and before its row says that it is the owner") {
      counted = true;
    }
    pair_of_nodes w;
    REQUIRE(w.know_each_other());
    CHECK(publish(*w.active->data(), "e-1") == 201);
    // A call that the next owner has to repeat.
    webhook_receiver receiver;
    const auto url = receiver.open([](const received_request&, size_t) { return reply::hang(); });
    const auto hook = w.active->admin()->Post(
      "/api/events/webhooks", R"({"url":")" + url + R"(","types":["order.cancelled"]})",
      "application/json");
    REQUIRE(hook);
    REQUIRE(hook->status / 100 == 2);
    CHECK(publish(*w.active->data(), "e-2") == 201);
    REQUIRE(eventually([&] { return receiver.count(url) == 1; }, 30s));
    receiver.behave(url, [](const received_request&, size_t) { return reply::answer(204); });

    pqxx::connection db{w.server.url()};
    const auto ask = [&](const std::string& statement) {
      const auto found = pqxx::nontransaction{db}.exec(statement);
      return found.empty() ? std::string{} : std::string{found[0][0].c_str()};
    };
    const auto is_at = [&](const std::string& name, const std::string& where) {
      return eventually(
        [&] {
          return ask("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                     "application_name LIKE 'carillon/"
                     + name + "/%' AND query LIKE '%" + where + "%'")
                 == "1";
        },
        60s);
    };
    // The next owner waits for those that write the state, or for who has the row of the last one.
    pqxx::connection other{w.server.url()};
    pqxx::work holds{other};
    const std::string where = counted ? "UPDATE nodes SET state" : "UPDATE node_lease";
    holds.exec(counted ? "SELECT FROM nodes WHERE id = 'a' FOR UPDATE"
                       : "SELECT pg_advisory_xact_lock_shared(1128354377, 2)");
    w.active->child().kill();
    REQUIRE_MESSAGE(is_at("b", where), w.standby->log());
    w.standby->child().signal(SIGSTOP);
    w.share_keys("c");
    standby_process third{w.path("c"), {"--store", w.server.url(), "--node-name", "c"}};
    REQUIRE_MESSAGE(third.waits(), third.log());
    REQUIRE_MESSAGE(is_at("c", where), third.log());
    holds.abort();
    REQUIRE_MESSAGE(third.takes_over(), third.log());
    CHECK(ask("SELECT state FROM nodes WHERE id = 'b'") == "standby");
    const auto epoch = ask("SELECT epoch FROM node_lease");
    w.standby->child().signal(SIGCONT);
    CHECK(publish(*third.data(), "e-1") == 200);
    CHECK(publish(*third.data(), "e-3") == 201);
    // It is a standby again, and of use.
    auto admin = third.admin();
    CHECK(eventually(
      [&] {
        const auto all = parse(admin->Get("/api/nodes"));
        const auto* b = node_named(all, "b", "standby");
        return b != nullptr && (*b)["silentMs"].GetUint64() < 3'000;
      },
      30s));
    CHECK(eventually([&] { return accepted_seqs(receiver, url).size() >= 2; }, 30s));
    CHECK(ask("SELECT epoch FROM node_lease") == epoch);
    CHECK(node_named(parse(admin->Get("/api/nodes")), "c", "active") != nullptr);
    // One call of the owner that was killed, and two of the next one.
    CHECK(receiver.count(url) == 3);
    const auto accepted = accepted_seqs(receiver, url);
    CHECK(std::set(accepted.begin(), accepted.end()).size() == 2);
    third.child().signal(SIGTERM);
    CHECK(third.child().wait() == 0);
    REQUIRE_MESSAGE(w.standby->takes_over(), w.standby->log());
    CHECK(publish(*w.standby->data(), "e-3") == 200);
    CHECK(events_of(*w.standby->admin()) == 3);
    CHECK(parse(w.standby->admin()->Get("/api/audit/verify"))["valid"].GetBool());
    CHECK(receiver.count(url) == 3);
  }

  TEST_CASE("documents are there after a take-over, also those of an earlier version") {
    pair_of_nodes w;
    REQUIRE(w.know_each_other());
    auto admin = w.active->admin();
    const auto order = [&](httplib::Client& to, const std::string& n) {
      const auto answer
        = to.Post("/api/events",
                  R"({"type":"order.created","id":"o-)" + n
                    + R"(","companyId":"c-1","userId":"u-1","data":{"orderId":"o-)" + n
                    + R"(","total":1,"currency":"EUR","items":[{"sku":"bell",)"
                      R"("quantity":1,"price":1}],"status":"new"}})",
                  "application/json");
      return answer ? answer->status : 0;
    };
    const auto contact = admin->Put(
      "/api/contacts/u-1", R"({"companyId":"c-1","email":"u-1@example.com"})", "application/json");
    REQUIRE(contact);
    REQUIRE(contact->status / 100 == 2);
    const auto count_of = [](httplib::Client& at) {
      const auto all = parse(at.Get("/api/documents"));
      return all.IsObject() ? all["documents"].Size() : 0;
    };
    REQUIRE(order(*w.active->data(), "1") == 201);
    REQUIRE(eventually([&] { return count_of(*admin) == 1; }, 30s));
    const auto first = admin->Get("/api/documents/1");
    REQUIRE(first->status == 200);
    CHECK(first->body.starts_with("%PDF"));
    CHECK_FALSE(std::filesystem::exists(w.path("a") + "/documents"));
    // An earlier version wrote files. The first start moves them.
    w.active->child().signal(SIGTERM);
    REQUIRE(w.active->child().wait() == 0);
    REQUIRE_MESSAGE(w.standby->takes_over(), w.standby->log());
    auto next = w.standby->admin();
    CHECK(next->Get("/api/documents/1")->body == first->body);
    pqxx::connection db{w.server.url()};
    const auto hash = std::string{
      pqxx::nontransaction{db}.exec("SELECT sha256 FROM document_contents")[0][0].c_str()};
    pqxx::nontransaction{db}.exec("DELETE FROM document_contents");
    CHECK(next->Get("/api/documents/1")->status == 404);
    std::filesystem::create_directory(w.path("a") + "/documents");
    std::ofstream{w.path("a") + "/documents/" + hash + ".pdf", std::ios::binary} << first->body;
    standby_process again{w.path("a"), {"--store", w.server.url(), "--node-name", "a"}};
    REQUIRE_MESSAGE(again.waits(), again.log());
    w.standby->child().kill();
    REQUIRE_MESSAGE(again.takes_over(), again.log());
    CHECK(again.admin()->Get("/api/documents/1")->body == first->body);
    REQUIRE(eventually(
      [&] { return !std::filesystem::exists(w.path("a") + "/documents/" + hash + ".pdf"); }));
    CHECK(again.admin()->Get("/api/documents/1")->body == first->body);
    // Ids of mails are those of one installation, whichever node sends them.
    CHECK(
      std::string{pqxx::nontransaction{db}.exec("SELECT count(*) FROM installation")[0][0].c_str()}
      == "1");
    CHECK(order(*again.data(), "2") == 201);
    CHECK(eventually([&] { return count_of(*again.admin()) == 2; }, 30s));
  }

  TEST_CASE("a killed node's place is taken, and what it acknowledged is there once") {
    pair_of_nodes w;
    REQUIRE(w.know_each_other());
    auto data = w.active->data();
    for (int i = 0; i < 50; ++i)
      CHECK(publish(*data, std::to_string(i)) == 201);
    w.active->child().kill();
    const auto killed = clock::now();
    REQUIRE_MESSAGE(w.standby->takes_over(), w.standby->log());
    check_time(clock::now() - killed, 8s);
    auto next = w.standby->data();
    for (int i = 0; i < 60; ++i)
      CHECK(publish(*next, std::to_string(i)) == (i < 50 ? 200 : 201));
    CHECK(node_named(parse(w.standby->admin()->Get("/api/nodes")), "a", "lost") != nullptr);
    // And back: the node that was killed is the standby now.
    standby_process again{w.path("a"), {"--store", w.server.url(), "--node-name", "a"}};
    REQUIRE_MESSAGE(again.waits(), again.log());
    w.standby->child().signal(SIGTERM);
    CHECK(w.standby->child().wait() == 0);
    REQUIRE_MESSAGE(again.takes_over(), again.log());
    CHECK(publish(*again.data(), "0") == 200);
    CHECK(parse(again.admin()->Get("/api/audit/verify"))["valid"].GetBool());
  }

  TEST_CASE("a node that stood still is replaced, and ends when it goes on") {
    pair_of_nodes w;
    REQUIRE(w.know_each_other());
    CHECK(publish(*w.active->data(), "e-1") == 201);
    // It may stand amid an append, with its locks.
    std::atomic<bool> stop{false};
    std::thread load{[&] {
      auto to = w.active->data();
      to->set_read_timeout(1);
      for (int i = 0; !stop; ++i)
        publish(*to, "load-" + std::to_string(i));
    }};
    w.active->child().signal(SIGSTOP);
    const auto stopped = clock::now();
    const bool took_over = w.standby->takes_over();
    const auto took = clock::now() - stopped;
    stop = true;
    load.join();
    REQUIRE_MESSAGE(took_over, w.standby->log());
    check_time(took, 8s);
    CHECK(publish(*w.standby->data(), "e-2") == 201);
    const auto stored = [&] {
      return parse(w.standby->admin()->Get("/api/events/stats"))["order.cancelled"].GetUint64();
    };
    const auto before = stored();
    w.active->child().signal(SIGCONT);
    CHECK(w.active->child().wait() == 1);
    CHECK(w.active->log().find("another node has taken the database over") != std::string::npos);
    // It did not wait for handlers that cannot commit.
    CHECK(w.active->log().find("stopped at position") != std::string::npos);
    // What it had begun came to nothing.
    CHECK(stored() == before);
    CHECK(publish(*w.standby->data(), "e-1") == 200);
    CHECK(parse(w.standby->admin()->Get("/api/audit/verify"))["valid"].GetBool());
  }

  TEST_CASE("the proxy of docs/cluster.md leads clients to the active node, and to the next one") {
    pair_of_nodes w;
    REQUIRE(w.know_each_other());
    const auto port = free_port();
    const auto config = w.dir.path() + "/haproxy.cfg";
    auto block = haproxy_block();
    replace(block, "10.0.0.1:7070 check port 7071",
            "127.0.0.1:" + std::to_string(w.active->data_port()) + " check port "
              + std::to_string(w.active->admin_port()));
    replace(block, "10.0.0.2:7070 check port 7071",
            "127.0.0.1:" + std::to_string(w.standby->data_number()) + " check port "
              + std::to_string(w.standby->admin_number()));
    std::ofstream{config} << "defaults\n  mode http\n  timeout connect 2s\n  timeout client 10s\n"
                             "  timeout server 10s\n  retries 0\nfrontend all\n  bind 127.0.0.1:"
                          << port << "\n  default_backend carillon\n"
                          << block;
    process proxy{"/usr/sbin/haproxy", {"-db", "-f", config}, w.dir.path() + "/haproxy.log"};
    const auto through = [&](const std::string& id) {
      httplib::Client to{"127.0.0.1", port};
      to.set_read_timeout(5);
      return publish(to, id);
    };
    REQUIRE(eventually([&] { return through("first") == 201; }, 20s));
    w.active->child().kill();
    int n = 0;
    REQUIRE(eventually([&] { return through("after-" + std::to_string(++n)) == 201; }, 60s));
    CHECK(through("first") == 200);
  }

  TEST_CASE("nodes end in every way, again and again, and nothing acknowledged is lost or double") {
    const char* given = std::getenv("CARILLON_CLUSTER_ROUNDS");
    if (given == nullptr) {
      MESSAGE("not run: CARILLON_CLUSTER_ROUNDS is not set");
      return;
    }
    const auto rounds = std::stoi(given);
    const char* chosen = std::getenv("CARILLON_SEED");
    const auto seed
      = chosen != nullptr ? static_cast<unsigned>(std::stoul(chosen)) : std::random_device{}();
    MESSAGE("CARILLON_SEED=", seed);
    std::mt19937 random{seed};
    own_postgres server;
    temporary_directory dir;
    constexpr size_t count = 3;
    std::array<std::unique_ptr<standby_process>, count> nodes;
    std::array<std::atomic<unsigned>, count> ports{};
    const auto start = [&](size_t i) {
      const auto path = dir.path() + '/' + std::to_string(i);
      if (i > 0 && !std::filesystem::exists(path)) {
        std::filesystem::create_directory(path);
        for (const auto* name : {"/node.key", "/evidence.key"})
          std::filesystem::copy_file(dir.path() + "/0" + name, path + name);
      }
      nodes.at(i) = std::make_unique<standby_process>(
        path, strings{"--store", server.url(), "--node-name", "n" + std::to_string(i)});
      REQUIRE_MESSAGE(nodes.at(i)->waits(), nodes.at(i)->log());
      ports.at(i) = nodes.at(i)->data_number();
    };
    start(0);
    REQUIRE_MESSAGE(nodes.front()->takes_over(), nodes.front()->log());
    start(1);
    start(2);
    std::atomic<bool> stop{false};
    std::atomic<int> acknowledged{0};
    std::thread publisher{[&] {
      // Each event until it is acknowledged, at whichever node.
      for (int n = 0; !stop; ++n)
        for (size_t at = 0; !stop; at = (at + 1) % count) {
          httplib::Client to{"127.0.0.1", static_cast<int>(ports.at(at).load())};
          to.set_read_timeout(1);
          const auto status = publish(to, std::to_string(n));
          if (status == 200 || status == 201) {
            ++acknowledged;
            break;
          }
        }
    }};
    const auto active = [&]() -> std::optional<size_t> {
      for (size_t i = 0; i < count; ++i) {
        httplib::Client to{"127.0.0.1", static_cast<int>(nodes.at(i)->admin_number())};
        to.set_read_timeout(2);
        const auto answer = to.Get("/readyz");
        if (answer && answer->status == 200)
          return i;
      }
      return std::nullopt;
    };
    for (int round = 0; round < rounds; ++round) {
      std::optional<size_t> owner;
      REQUIRE(eventually([&] { return (owner = active()).has_value(); }, 60s));
      const auto before = acknowledged.load();
      REQUIRE(eventually([&] { return acknowledged > before + 20; }, 60s));
      auto& node = *nodes.at(*owner);
      const auto how = random() % 4;
      CAPTURE(how);
      if (how == 0) {
        node.child().signal(SIGTERM);
        CHECK(node.child().wait() == 0);
      } else if (how == 1) {
        node.child().kill();
      } else if (how == 2) {
        node.child().signal(SIGSTOP);
        REQUIRE(eventually(
          [&] {
            const auto next = active();
            return next && *next != *owner;
          },
          60s));
        node.child().signal(SIGCONT);
        CHECK(node.child().wait() == 1);
      } else {
        // The database restarts: nobody takes the place of a node that is well.
        server.restart(random() % 2 == 0 ? "fast" : "immediate");
        REQUIRE(eventually([&] { return active() == owner; }, 60s));
        continue;
      }
      start(*owner);
    }
    std::optional<size_t> owner;
    REQUIRE(eventually([&] { return (owner = active()).has_value(); }, 60s));
    stop = true;
    publisher.join();
    MESSAGE(acknowledged.load(), " events");
    pqxx::connection db{server.url()};
    pqxx::nontransaction work{db};
    const auto found = work.exec("SELECT count(*), count(DISTINCT id), max(seq), "
                                 "count(*) FILTER (WHERE id ~ '^[0-9]+$') FROM event_log "
                                 "WHERE type = 'order.cancelled'");
    CHECK(found[0][0].as<int>() == found[0][1].as<int>());
    CHECK(found[0][3].as<int>() >= acknowledged);
    const auto dense = work.exec("SELECT count(*) = max(seq), min(seq) FROM event_log");
    CHECK(dense[0][0].c_str() == std::string{"t"});
    CHECK(work
            .exec("SELECT count(*) FROM (SELECT recorded_at, lag(recorded_at) OVER (ORDER BY seq) "
                  "AS before FROM event_log) x WHERE before > recorded_at")[0][0]
            .as<int>()
          == 0);
    auto admin = nodes.at(*owner)->admin();
    CHECK(parse(admin->Get("/api/audit/verify"))["valid"].GetBool());
    // The numbers 0 to the last acknowledged one are there.
    CHECK(work
            .exec("SELECT count(*) FROM generate_series(0, " + std::to_string(acknowledged - 1)
                  + ") n WHERE NOT EXISTS (SELECT FROM event_log WHERE id = n::text)")[0][0]
            .as<int>()
          == 0);
  }

  TEST_CASE("a standby that could not take the place is refused at its start") {
    own_postgres server;
    temporary_directory dir;
    node_process active{dir.path() + "/a", {"--store", server.url()}};
    REQUIRE_MESSAGE(active.ready(), active.log());
    // Another key, or none.
    std::filesystem::create_directory(dir.path() + "/b");
    standby_process none{dir.path() + "/b", {"--store", server.url()}};
    CHECK_FALSE(none.waits());
    CHECK(none.child().wait() == 1);
    CHECK(none.log().find("there is no key file") != std::string::npos);
    std::ofstream{dir.path() + "/b/node.key"} << std::string(32, 'x');
    std::filesystem::permissions(dir.path() + "/b/node.key", std::filesystem::perms{0600});
    standby_process other{dir.path() + "/b", {"--store", server.url()}};
    CHECK_FALSE(other.waits());
    CHECK(other.child().wait() == 1);
    CHECK(other.log().find("is not the one") != std::string::npos);
    standby_process embedded{dir.path() + "/c", {}};
    CHECK_FALSE(embedded.waits());
    CHECK(embedded.child().wait() == 2);
    // A second node that is none is refused as ever.
    node_process second{dir.path() + "/d", {"--store", server.url()}};
    CHECK_FALSE(second.ready());
    CHECK(second.child().wait() == 1);
  }
}

// Two nodes over one database: one owns it, the other follows.

#include "base/time.hpp"
#include "tests/e2e/standby_process.hpp"
#include "tests/net/data/sessions/stream_client.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/own_postgres.hpp"

#include <doctest/doctest.h>

#include <rapidjson/pointer.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/follower") {
  namespace {

  using clock = std::chrono::steady_clock;
  using strings = std::vector<std::string>;

  constexpr const char* json = "application/json";

  std::string cancelled(const std::string& id) {
    return R"({"type":"order.cancelled","id":")" + id
           + R"(","companyId":"c","data":{"orderId":"1","reason":"x"}})";
  }

  /// The position; 0 if it was not acknowledged.
  uint64_t publish(httplib::Client& to, const std::string& id) {
    const auto answer = to.Post("/api/events", cancelled(id), json);
    if (!answer || (answer->status != 200 && answer->status != 201))
      return 0;
    return parse(answer)["seq"].GetUint64();
  }

  std::string text_at(const rapidjson::Document& x, const char* pointer) {
    const auto* found = rapidjson::Pointer{pointer}.Get(x);
    return found != nullptr && found->IsString() ? found->GetString() : "";
  }

  /// On a machine that does other things as well nothing is promised.
  void check_time(clock::duration took, clock::duration most) {
    MESSAGE("after ", std::chrono::duration_cast<std::chrono::milliseconds>(took).count(), " ms");
    CHECK(took < (std::getenv("CARILLON_STRICT_TIMING") != nullptr ? most : most + 20s));
  }

  /// An owner, and a node that follows it.
  struct two_nodes {
    own_postgres server;
    temporary_directory dir;
    std::unique_ptr<node_process> owner;
    std::unique_ptr<standby_process> follower;

    explicit two_nodes(bool secured = false) {
      owner = std::make_unique<node_process>(path("a"), arguments("a"), secured);
      REQUIRE_MESSAGE(owner->ready(), owner->log());
      std::filesystem::create_directory(path("b"));
      for (const auto* name : {"node.key", "evidence.key"})
        std::filesystem::copy_file(path("a") + '/' + name, path("b") + '/' + name);
      follower = std::make_unique<standby_process>(path("b"), arguments("b"), secured);
      REQUIRE_MESSAGE(follower->waits(), follower->log());
      REQUIRE_MESSAGE(follows(), follower->log());
    }

    std::string path(const std::string& name) const {
      return dir.path() + '/' + name;
    }

    strings arguments(const std::string& name) const {
      return {"--store", server.url(), "--standby", "--follow", "--node-name", name};
    }

    bool follows() const {
      auto data = follower->data();
      return eventually([&] {
        const auto ready = data->Get("/readyz");
        return ready && ready->status == 200;
      });
    }

    std::string owner_url(uint16_t port) const {
      return "http://127.0.0.1:" + std::to_string(port);
    }

    /// The first column of the first row.
    std::string ask(const std::string& statement) const {
      pqxx::connection db{server.url()};
      pqxx::nontransaction work{db};
      const auto found = work.exec(statement);
      return found.empty() || found[0][0].is_null() ? "" : found[0][0].c_str();
    }

    /// Dense positions, each id once, times that do not go back.
    void check_log() const {
      CHECK(ask("SELECT count(*) = max(seq) AND min(seq) = 1 FROM event_log") == "t");
      CHECK(ask("SELECT count(*) = count(DISTINCT (id, source, company_id)) FROM event_log")
            == "t");
      CHECK(ask("SELECT count(*) FROM (SELECT recorded_at, lag(recorded_at) OVER (ORDER BY seq) AS "
                "before FROM event_log) x WHERE before > recorded_at")
            == "0");
    }
  };

  /// Publishes at one node, each event until it is acknowledged, and keeps what was.
  class publisher {
  public:
    publisher(unsigned port, std::string prefix)
      : port_(port), prefix_(std::move(prefix)), thread_([this] { run(); }) {
    }
    publisher(const publisher&) = delete;
    publisher& operator=(const publisher&) = delete;
    ~publisher() {
      stop();
    }

    void stop() {
      stop_ = true;
      if (thread_.joinable())
        thread_.join();
    }

    size_t count() const {
      const std::lock_guard guard{mutex_};
      return ids_.size();
    }

    bool reaches(size_t more) const {
      const auto wanted = count() + more;
      return eventually([&] { return count() >= wanted; }, 60s);
    }

    /// The longest time between two acknowledgements.
    clock::duration longest_gap() const {
      const std::lock_guard guard{mutex_};
      return gap_;
    }

    std::set<std::string> ids() const {
      const std::lock_guard guard{mutex_};
      return ids_;
    }

  private:
    void run() {
      auto last = clock::now();
      for (int n = 0; !stop_; ++n) {
        const auto id = prefix_ + std::to_string(n);
        while (!stop_) {
          httplib::Client to{"127.0.0.1", static_cast<int>(port_)};
          to.set_read_timeout(2);
          if (publish(to, id) == 0) {
            std::this_thread::sleep_for(5ms); // the port is closed for a moment
            continue;
          }
          const auto now = clock::now();
          const std::lock_guard guard{mutex_};
          gap_ = std::max(gap_, now - last);
          last = now;
          ids_.insert(id);
          break;
        }
      }
    }

    unsigned port_;
    std::string prefix_;
    std::atomic<bool> stop_{false};
    mutable std::mutex mutex_;
    std::set<std::string> ids_;
    clock::duration gap_{0};
    std::thread thread_;
  };

  /// Checks that the log has what was acknowledged, each once.
  void check_stored(const two_nodes& w, const std::set<std::string>& ids) {
    pqxx::connection db{w.server.url()};
    pqxx::nontransaction work{db};
    std::multiset<std::string> stored;
    for (const auto& row : work.exec("SELECT id FROM event_log WHERE type = 'order.cancelled'"))
      stored.emplace(row[0].c_str());
    size_t missing = 0;
    for (const auto& id : ids)
      missing += stored.count(id) == 1 ? 0 : 1;
    CHECK(missing == 0);
  }

  void check_refused(const httplib::Result& x, const std::string& owner) {
    REQUIRE(x);
    CHECK(x->status == 503);
    CHECK(x->get_header_value("Content-Type") == "application/problem+json");
    CHECK(x->get_header_value("Carillon-Active") == owner);
    CHECK(x->get_header_value("Retry-After") == "1");
    const auto problem = parse(x);
    CHECK(text_at(problem, "/code") == "not_owner");
    CHECK(text_at(problem, "/owner/name") == "a");
    CHECK(text_at(problem, "/owner/address") == owner);
  }

  void replace_each(std::string& text, const std::string& from, const std::string& to) {
    auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    for (; at != std::string::npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
  }

  /// What docs/cluster.md says to a load balancer of nodes that follow.
  std::string balancer_of_followers() {
    std::ifstream in{std::string{CARILLON_SOURCE_DIR} + "/docs/cluster.md"};
    std::ostringstream all;
    all << in.rdbuf();
    const auto text = all.str();
    const auto from = text.find("frontend carillon-data");
    REQUIRE(from != std::string::npos);
    return text.substr(from, text.find("```", from) - from);
  }

  } // namespace

  TEST_CASE("a follower publishes and reads, and names the owner for everything else") {
    two_nodes w;
    auto here = w.follower->data();
    auto there = w.owner->data();
    auto admin = w.follower->admin();
    for (auto* client : {here.get(), admin.get()}) {
      CHECK(client->Get("/healthz")->status == 200);
      const auto ready = client->Get("/readyz");
      CHECK(ready->status == 200);
      CHECK(ready->body == R"({"status":"following","waitingFor":null})");
    }
    const auto first = publish(*here, "e-1");
    REQUIRE(first > 0);
    CHECK(publish(*there, "e-1") == first);
    CHECK(publish(*there, "e-2") == first + 1);
    CHECK(publish(*here, "e-2") == first + 1);
    CHECK(publish(*here, "e-3") == first + 2);
    const auto batch
      = here->Post("/api/events", '[' + cancelled("b-1") + ',' + cancelled("e-2") + ']', json);
    CHECK(batch->status == 200);
    CHECK(parse(batch)["results"][1]["duplicate"].GetBool());
    // A page of the operations port publishes as well.
    CHECK(admin->Post("/api/publish", cancelled("p-1"), json)->status == 201);

    const auto all = parse(admin->Get("/api/events?types=order.cancelled"));
    CHECK(all["events"].Size() == 5);
    CHECK(text_at(parse(admin->Get("/api/events/" + std::to_string(first))), "/id") == "e-1");
    CHECK(parse(admin->Get("/api/events/stats"))["order.cancelled"].GetUint64() == 5);
    for (const auto* path : {"/api/events/types",
                             "/api/nodes",
                             "/api/node",
                             "/api/me",
                             "/api/limits",
                             "/metrics",
                             "/openapi.yaml",
                             "/api/events/websocket/stats",
                             "/api/events/websocket/sessions",
                             "/api/keys",
                             "/api/audit",
                             "/api/jobs",
                             "/api/dead-letters",
                             "/api/events/webhooks",
                             "/api/contacts",
                             "/api/schedules",
                             "/api/inbound",
                             "/api/metrics",
                             "/api/metrics/definitions",
                             "/api/metrics/measures?name=x",
                             "/api/notifications",
                             "/api/documents"}) {
      CAPTURE(path);
      const auto answer = admin->Get(path);
      REQUIRE(answer);
      CHECK(answer->status < 500);
    }
    const auto nodes = parse(admin->Get("/api/nodes"));
    CHECK(nodes["nodes"].Size() == 2);

    // The owner's handlers get what was published here.
    auto owner = w.owner->admin();
    CHECK(owner->Get("/api/events/" + std::to_string(first + 2) + "?until=handled&timeoutMs=10000")
            ->status
          == 200);

    const auto data_of_owner = w.owner_url(w.owner->data_port());
    const auto admin_of_owner = w.owner_url(w.owner->admin_port());
    check_refused(here->Get("/api/notifications?user=u"), data_of_owner);
    check_refused(here->Post("/in/shop", "{}", json), data_of_owner);
    check_refused(here->Post("/api/jobs", R"({"queue":"report"})", json), data_of_owner);
    check_refused(here->Post("/api/consumers/x/pull", "{}", json), data_of_owner);
    check_refused(here->Put("/api/consumers/x", R"({"types":["*"]})", json), data_of_owner);
    check_refused(here->Get("/api/delayed-events/1"), data_of_owner);
    check_refused(
      here->Post("/api/events?publishAt=2030-01-01T00:00:00Z", cancelled("later"), json),
      data_of_owner);
    check_refused(
      here->Post("/api/events?%70ublishAt=2030-01-01T00:00:00Z", cancelled("later"), json),
      data_of_owner);
    check_refused(admin->Get("/"), admin_of_owner);
    check_refused(admin->Get("/api/consumers"), admin_of_owner);
    check_refused(admin->Get("/api/audit/verify"), admin_of_owner);
    check_refused(admin->Get("/api/events/1?expand=handlers"), admin_of_owner);
    check_refused(admin->Get("/api/events/1?until=handled"), admin_of_owner);
    check_refused(admin->Post("/api/events/replay", R"({"target":"all"})", json), admin_of_owner);
    check_refused(admin->Post("/api/keys", R"({"name":"k","role":"admin"})", json), admin_of_owner);
    check_refused(admin->Delete("/api/keys/1"), admin_of_owner);
    check_refused(admin->Put("/api/events/types/a.b", R"({"audience":"none","schema":{}})", json),
                  admin_of_owner);
    check_refused(admin->Delete("/api/events/websocket/sessions/1"), admin_of_owner);
    check_refused(
      admin->Post("/api/publish?publishAt=2030-01-01T00:00:00Z", cancelled("later"), json),
      admin_of_owner);
    // What nobody has is not the owner's either.
    CHECK(here->Get("/no/such")->status == 404);
    CHECK(admin->Get("/no/such")->status == 404);
    CHECK(admin->Delete("/api/events")->status == 405);
    CHECK(w.ask("SELECT count(*) FROM event_log WHERE id = 'later'") == "0");
    w.check_log();

    // In order: the follower first, and the owner goes on.
    w.follower->child().signal(SIGTERM);
    CHECK(w.follower->child().wait() == 0);
    CHECK(publish(*there, "e-4") > 0);
  }

  TEST_CASE("sessions of either node see the events of both, and go on from any position") {
    two_nodes w;
    auto here = w.follower->data();
    auto there = w.owner->data();
    const auto port = static_cast<uint16_t>(w.follower->data_number());
    stream_client live{port, "?company=c&since=0"};
    CHECK(live.greeting.status == 200);
    std::vector<uint64_t> published;
    for (int i = 0; i < 20; ++i)
      published.push_back(publish(i % 3 == 0 ? *here : *there, std::to_string(i)));
    const auto read = [&](stream_client& from, size_t count) {
      std::vector<uint64_t> out;
      while (out.size() < count) {
        auto x = from.event();
        if (!x)
          break;
        rapidjson::Document event;
        event.Parse(x->data.c_str());
        out.push_back(event["seq"].GetUint64());
      }
      return out;
    };
    CHECK(read(live, published.size()) == published);
    for (const auto at : {port, w.owner->data_port()}) {
      stream_client again{at, "?company=c&since=" + std::to_string(published[9])};
      CHECK(read(again, published.size() - 10)
            == std::vector<uint64_t>(published.begin() + 10, published.end()));
      published.push_back(publish(at == port ? *there : *here, "more-" + std::to_string(at)));
      CHECK(read(again, 1) == std::vector<uint64_t>{published.back()});
    }
  }

  TEST_CASE("what the owner revokes and registers holds on a follower within two seconds") {
    two_nodes w{true};
    auto owner = w.owner->admin();
    owner->set_bearer_token_auth(w.owner->bootstrap_key().c_str());
    auto here = w.follower->data();
    CHECK(here->Post("/api/events", cancelled("none"), json)->status == 401);
    const auto made
      = parse(owner->Post("/api/keys", R"({"name":"k","role":"publisher","companyId":"c"})", json));
    REQUIRE(made.HasMember("key"));
    here->set_bearer_token_auth(made["key"].GetString());
    const auto status = [&](const std::string& body) {
      const auto answer = here->Post("/api/events", body, json);
      return answer ? answer->status : 0;
    };
    auto began = clock::now();
    CHECK(eventually([&] { return status(cancelled("with-key")) != 401; }));
    check_time(clock::now() - began, 2s);
    CHECK(status(cancelled("with-key")) == 200);

    const std::string own = R"({"type":"shop.opened","companyId":"c","data":{"door":1}})";
    CHECK(status(own) == 422);
    CHECK(owner
            ->Put("/api/events/types/shop.opened",
                  R"({"audience":"company","schema":{"type":"object","required":["door"]}})", json)
            ->status
          == 201);
    began = clock::now();
    CHECK(eventually([&] { return status(own) == 201; }));
    check_time(clock::now() - began, 2s);
    CHECK(status(R"({"type":"shop.opened","companyId":"c","data":{}})") == 422);
    CHECK(owner->Delete("/api/events/types/shop.opened")->status == 204);
    CHECK(eventually([&] { return status(own) == 422; }));

    CHECK(owner->Delete("/api/keys/" + std::to_string(made["id"].GetUint64()))->status == 204);
    began = clock::now();
    CHECK(eventually([&] { return status(cancelled("revoked")) == 401; }));
    check_time(clock::now() - began, 2s);
    CHECK(w.ask("SELECT count(*) FROM event_log WHERE type = 'security.login_failed'") != "0");
    // Another company's events, and what a publisher may not.
    CHECK(w.follower->admin()->Get("/api/events")->status == 401);
  }

  TEST_CASE("a follower publishes on while the owner is dead, and takes its place") {
    two_nodes w;
    publisher at_owner{w.owner->data_port(), "a-"};
    publisher at_follower{w.follower->data_number(), "b-"};
    REQUIRE(at_owner.reaches(50));
    REQUIRE(at_follower.reaches(50));
    w.owner->child().kill();
    // Nobody owns the store: it is published all the same.
    const auto killed = clock::now();
    REQUIRE(at_follower.reaches(20));
    check_time(clock::now() - killed, 4s);
    at_owner.stop();
    REQUIRE_MESSAGE(w.follower->takes_over(), w.follower->log());
    REQUIRE(at_follower.reaches(20));
    at_follower.stop();
    check_time(at_follower.longest_gap(), 8s);
    auto admin = w.follower->admin();
    CHECK(eventually([&] {
      const auto ready = admin->Get("/readyz");
      return ready && ready->body == R"({"status":"ready","waitingFor":null})";
    }));
    CHECK(admin->Get("/api/consumers")->status == 200);
    w.check_log();
    check_stored(w, at_owner.ids());
    check_stored(w, at_follower.ids());
    CHECK(parse(admin->Get("/api/audit/verify"))["valid"].GetBool());
    // And back: the dead one follows.
    standby_process again{w.path("a"), w.arguments("a")};
    REQUIRE_MESSAGE(again.waits(), again.log());
    auto there = again.data();
    CHECK(eventually([&] { return publish(*there, "again") > 0; }));
  }

  TEST_CASE(
    "nodes work beside additive steps of a later version, and end with a sentence at others") {
    two_nodes w;
    const auto step = [&](const std::string& statements, const std::string& additive) {
      w.server.administer("BEGIN; " + statements
                          + "INSERT INTO schema_migrations SELECT max(version) + 1, 'later', 0, "
                          + additive + " FROM schema_migrations; COMMIT");
    };
    // As a later version does that was active for a while.
    step("CREATE TABLE later (x INT); ALTER TABLE event_log ADD COLUMN later TEXT; "
         "ALTER TABLE consumers ADD COLUMN later INT NOT NULL DEFAULT 1;",
         "true");
    CHECK(publish(*w.owner->data(), "e-1") > 0);
    CHECK(publish(*w.follower->data(), "e-2") > 0);
    w.owner->child().signal(SIGTERM);
    CHECK(w.owner->child().wait() == 0);
    REQUIRE_MESSAGE(w.follower->takes_over(), w.follower->log());
    standby_process again{w.path("a"), w.arguments("a")};
    REQUIRE_MESSAGE(again.waits(), again.log());
    auto data = again.data();
    REQUIRE_MESSAGE(eventually([&] { return data->Get("/readyz")->status == 200; }), again.log());
    CHECK(publish(*data, "e-3") > 0);
    CHECK(w.follower->admin()->Get("/api/events?types=order.cancelled")->body.find("e-3")
          != std::string::npos);
    process status{CARILLON_BINARY,
                   {"migrate", "status", "--store", w.server.url()},
                   w.dir.path() + "/status.log"};
    CHECK(status.wait() == 0);
    step("DROP TABLE later; ", "false");
    const std::string sentence = "the database is of a newer version of Carillon: it has step";
    for (auto* x : {&again, w.follower.get()}) {
      CHECK(x->child().wait() == 1);
      CHECK_MESSAGE(x->log().find(sentence) != std::string::npos, x->log());
    }
    standby_process late{w.path("a"), w.arguments("a")};
    CHECK(late.child().wait() == 1);
    CHECK(late.log().find(sentence) != std::string::npos);
    w.check_log();
  }

  TEST_CASE("a follower that stands still amid an append holds nobody up for long") {
    two_nodes w;
    publisher at_owner{w.owner->data_port(), "a-"};
    publisher at_follower{w.follower->data_number(), "b-"};
    REQUIRE(at_owner.reaches(20));
    REQUIRE(at_follower.reaches(20));
    const auto incarnation
      = w.ask("SELECT incarnation FROM nodes WHERE id = 'b' AND state = 'standby'");
    w.follower->child().signal(SIGSTOP);
    // One of its connections has the lock of the log, as amid a COPY.
    pqxx::connection holder{w.server.url() + "?application_name=carillon%2Fb%2F" + incarnation};
    pqxx::nontransaction work{holder};
    work.exec("SELECT pg_advisory_lock(1128354377, 1)");
    REQUIRE(at_owner.reaches(20));
    w.follower->child().signal(SIGCONT);
    REQUIRE(at_follower.reaches(20));
    at_owner.stop();
    at_follower.stop();
    check_time(at_owner.longest_gap(), 8s);
    w.check_log();
    check_stored(w, at_owner.ids());
    check_stored(w, at_follower.ids());
  }

  TEST_CASE("when the database restarts the owner stays, and the follower goes on") {
    two_nodes w;
    publisher at_owner{w.owner->data_port(), "a-"};
    publisher at_follower{w.follower->data_number(), "b-"};
    for (const auto* how : {"fast", "immediate"}) {
      REQUIRE(at_owner.reaches(20));
      REQUIRE(at_follower.reaches(20));
      w.server.restart(how);
    }
    REQUIRE(at_owner.reaches(20));
    REQUIRE(at_follower.reaches(20));
    at_owner.stop();
    at_follower.stop();
    CHECK(w.follows());
    // A commit that failed counts for some seconds.
    CHECK(eventually(
      [&] { return w.owner->admin()->Get("/readyz")->body.find("ready") != std::string::npos; }));
    CHECK(w.ask("SELECT count(*) FROM nodes WHERE id = 'b' AND state = 'active'") == "0");
    w.check_log();
    check_stored(w, at_owner.ids());
    check_stored(w, at_follower.ids());
  }

  TEST_CASE("the balancer of docs/cluster.md sends each call to a node that serves it") {
    two_nodes w;
    const auto port = free_port();
    auto block = balancer_of_followers();
    replace_each(block, "bind :7000", "bind 127.0.0.1:" + std::to_string(port));
    replace_each(block, "10.0.0.1:7070 check port 7071",
                 "127.0.0.1:" + std::to_string(w.owner->data_port()) + " check port "
                   + std::to_string(w.owner->admin_port()));
    replace_each(block, "10.0.0.2:7070 check port 7071",
                 "127.0.0.1:" + std::to_string(w.follower->data_number()) + " check port "
                   + std::to_string(w.follower->admin_number()));
    const auto config = w.dir.path() + "/haproxy.cfg";
    std::ofstream{config} << "defaults\n  mode http\n  timeout connect 2s\n  timeout client 10s\n"
                             "  timeout server 10s\n  retries 0\n"
                          << block;
    process proxy{"/usr/sbin/haproxy", {"-db", "-f", config}, w.dir.path() + "/haproxy.log"};
    const auto fresh = [&] {
      auto out = std::make_unique<httplib::Client>("127.0.0.1", port);
      out->set_read_timeout(5);
      return out;
    };
    REQUIRE(eventually([&] { return publish(*fresh(), "first") > 0; }, 20s));
    const auto published_here = [&] {
      const auto metrics = w.follower->admin()->Get("/metrics");
      return metrics
             && metrics->body.find("carillon_published_events_total 0\n") == std::string::npos;
    };
    // HAProxy takes a node for one that answers until it has asked it.
    REQUIRE(eventually([&] {
      for (int i = 0; i < 4; ++i)
        if (fresh()->Post("/api/jobs", R"({"queue":"report"})", json)->status >= 300)
          return false;
      return true;
    }));
    const auto tomorrow = carillon::to_rfc3339(carillon::wall_clock_now() + 24h);
    for (int i = 0; i < 6; ++i) {
      CHECK(publish(*fresh(), "any-" + std::to_string(i)) > 0);
      // Only the owner knows of jobs.
      CHECK(fresh()->Post("/api/jobs", R"({"queue":"report"})", json)->status < 300);
      CHECK(
        fresh()
          ->Post("/api/events?publishAt=" + tomorrow, cancelled("later-" + std::to_string(i)), json)
          ->status
        == 202);
    }
    CHECK(published_here());
    w.owner->child().kill();
    int n = 0;
    CHECK(eventually([&] { return publish(*fresh(), "dead-" + std::to_string(++n)) > 0; }));
    CHECK(eventually(
      [&] {
        const auto made = fresh()->Post("/api/jobs", R"({"queue":"report"})", json);
        return made && made->status < 300;
      },
      60s));
  }

  TEST_CASE("a standby without --follow serves nothing, beside one that follows") {
    two_nodes w;
    std::filesystem::create_directory(w.path("c"));
    for (const auto* name : {"node.key", "evidence.key"})
      std::filesystem::copy_file(w.path("a") + '/' + name, w.path("c") + '/' + name);
    standby_process third{w.path("c"), {"--store", w.server.url(), "--node-name", "c"}};
    REQUIRE_MESSAGE(third.waits(), third.log());
    CHECK(third.data()->Get("/readyz")->status == 503);
    CHECK(text_at(parse(third.data()->Post("/api/events", cancelled("x"), json)), "/code")
          == "store_locked");
    // The first of them takes over when the owner stops; the other one names it, or is it.
    w.owner->child().signal(SIGTERM);
    REQUIRE(w.owner->child().wait() == 0);
    CHECK(eventually(
      [&] {
        return publish(*w.follower->data(), "after") > 0
               && w.ask("SELECT count(*) FROM nodes WHERE state = 'active'") == "1";
      },
      60s));
    w.check_log();
  }
}

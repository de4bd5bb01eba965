#include "tests/e2e/node_process.hpp"
#include "tests/support/rewritten_log.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace carillon::test;
using namespace std::chrono_literals;

TEST_SUITE("e2e/cli") {
  namespace {

  std::string login(const std::string& id) {
    return R"({"type":"user.login","id":")" + id
           + R"(","userId":"u-1","data":{"ip":"192.0.2.1","userAgent":"x"}})";
  }

  std::string contents(const std::string& file) {
    std::ifstream in{file};
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }

  /// The result of a finished command.
  struct outcome {
    int code = -1;
    std::string out;
    std::string err;
  };

  struct fixture {
    temporary_directory dir;
    std::string data = dir.path() + "/data";

    std::string write(const std::string& name, const std::string& text) const {
      auto path = dir.path() + "/" + name;
      std::ofstream{path} << text;
      return path;
    }

    /// Runs a command to its end.
    outcome run(std::vector<std::string> arguments) const {
      auto log = dir.path() + "/err";
      std::filesystem::remove(log);
      process child{CARILLON_BINARY, arguments, log};
      outcome x;
      while (auto line = child.read_line())
        x.out += *line + "\n";
      x.code = child.wait(60s).value_or(-1);
      x.err = contents(log);
      return x;
    }
  };

  std::string data_url(const node_process& x) {
    return "http://127.0.0.1:" + std::to_string(x.data_port());
  }

  std::string admin_url(const node_process& x) {
    return "http://127.0.0.1:" + std::to_string(x.admin_port());
  }

  size_t lines_in(const std::string& text) {
    return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  } // namespace

  TEST_CASE_FIXTURE(fixture, "publish stores what is valid and names the lines that are not") {
    node_process node{data};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto file = write("in.ndjson", login("a") + "\n{\"type\":\"user.login\"}\nnonsense\n\n"
                                     + login("b") + "\n" + login("a") + "\n[1]\n");
    auto x = run({"publish", "--url", data_url(node), file});
    CHECK(x.code == 1);
    CHECK(x.out == "published 3, duplicates 1, refused 3, last position 2\n");
    CHECK(x.err.find("line 2: ") != std::string::npos);
    CHECK(x.err.find("line 3: ") != std::string::npos);
    CHECK(x.err.find("line 7: ") != std::string::npos);
    CHECK(lines_in(x.err) == 3);
  }

  TEST_CASE_FIXTURE(fixture, "publish takes arrays of any length, and twice is once") {
    node_process node{data};
    REQUIRE_MESSAGE(node.ready(), node.log());
    std::string text = "[";
    for (int i = 0; i < 2'500; ++i)
      text += (i > 0 ? ",\n" : "") + login("e-" + std::to_string(i));
    auto file = write("in.json", text + "]");
    CHECK(run({"publish", "--url", data_url(node), file}).out
          == "published 2500, duplicates 0, refused 0, last position 2500\n");
    auto again = run({"publish", "--url", data_url(node), "--progress", file});
    CHECK(again.code == 0);
    CHECK(again.out == "published 2500, duplicates 2500, refused 0, last position 2500\n");
    CHECK(again.err.find("2500 published") != std::string::npos);

    auto all = run({"query", "--admin-url", admin_url(node), "--all", "--order", "asc"});
    CHECK(all.code == 0);
    CHECK(lines_in(all.out) == 2'500);
    auto some = run({"query", "--admin-url", admin_url(node), "--limit", "1200"});
    CHECK(lines_in(some.out) == 1'200);
    CHECK(some.out.starts_with("{\"seq\":2500,"));
    CHECK(run({"query", "--admin-url", admin_url(node), "8"}).out.starts_with("{\"seq\":8,"));
    CHECK(
      run({"query", "--admin-url", admin_url(node), "--id", "e-7"}).out.starts_with("{\"seq\":8,"));
    CHECK(run({"query", "--admin-url", admin_url(node), "--id", "missing"}).out.empty());
    CHECK(run({"query", "--admin-url", admin_url(node), "99999"}).code == 1);
    CHECK(run({"stats", "--admin-url", admin_url(node), "--json"}).out
          == "{\"user.login\":2500}\n");
    CHECK(lines_in(run({"stats", "--admin-url", admin_url(node), "--bucket", "day"}).out) >= 1);
  }

  TEST_CASE_FIXTURE(fixture, "publish goes on when the node comes back, and stores nothing twice") {
    auto node = std::make_unique<node_process>(data);
    REQUIRE_MESSAGE(node->ready(), node->log());
    constexpr size_t events = 20'000;
    std::string text;
    for (size_t i = 0; i < events; ++i)
      text += R"({"type":"user.login","userId":"u","data":{"ip":"::1","userAgent":"x"}})"
              "\n";
    auto file = write("in.ndjson", text);
    auto listen = "127.0.0.1:" + std::to_string(node->data_port());
    process publisher{CARILLON_BINARY,
                      {"publish", "--url", "http://" + listen, "--batch", "50", file},
                      dir.path() + "/publisher"};
    auto head = [&] {
      auto client = node->admin();
      auto page = parse(client->Get("/api/events?limit=1"));
      return page.IsObject() && page["events"].Size() == 1 ? page["events"][0]["seq"].GetUint64()
                                                           : 0;
    };
    REQUIRE(eventually([&] { return head() > 500; }));
    node->child().kill();
    node = std::make_unique<node_process>(data, std::vector<std::string>{"--listen", listen});
    REQUIRE_MESSAGE(node->ready(), node->log());
    auto line = publisher.read_line(60s);
    REQUIRE(line);
    CHECK(line->starts_with("published 20000, "));
    CHECK(publisher.wait() == 0);
    CHECK(head() == events);
  }

  TEST_CASE_FIXTURE(fixture, "tail follows what comes, also through a restart") {
    auto node = std::make_unique<node_process>(data);
    REQUIRE_MESSAGE(node->ready(), node->log());
    node->data()->Post("/api/events", login("old"), "application/json");
    auto admin = "127.0.0.1:" + std::to_string(node->admin_port());
    process from_begin{
      CARILLON_BINARY,
      {"tail", "--admin-url", "http://" + admin, "--since", "0", "--interval", "20ms"},
      dir.path() + "/tail"};
    auto first = from_begin.read_line();
    REQUIRE(first);
    CHECK(first->find("\"id\":\"old\"") != std::string::npos);
    node->data()->Post("/api/events", login("new"), "application/json");
    auto second = from_begin.read_line();
    REQUIRE(second);
    CHECK(second->starts_with("{\"seq\":2,"));
    node->child().kill();
    node = std::make_unique<node_process>(data, std::vector<std::string>{"--admin-listen", admin});
    REQUIRE_MESSAGE(node->ready(), node->log());
    node->data()->Post("/api/events", login("newer"), "application/json");
    auto third = from_begin.read_line();
    REQUIRE(third);
    CHECK(third->starts_with("{\"seq\":3,"));

    auto once = run({"tail", "--admin-url", admin_url(*node), "--since", "1", "--once"});
    CHECK(once.code == 0);
    CHECK(lines_in(once.out) == 2);
    CHECK(
      run({"tail", "--admin-url", admin_url(*node), "--since", "0", "--once", "--types", "order.*"})
        .out.empty());
    CHECK(run({"tail", "--admin-url", admin_url(*node), "--once"}).out.empty());
  }

  TEST_CASE_FIXTURE(fixture, "replay counts, starts and waits") {
    node_process node{data};
    REQUIRE_MESSAGE(node.ready(), node.log());
    for (const char* id : {"a", "b", "c"})
      node.data()->Post("/api/events", login(id), "application/json");
    auto admin = admin_url(node);
    CHECK(run({"replay", "--admin-url", admin, "--types", "user.*", "--dry-run"}).out
          == "3 events match, nothing was replayed\n");
    CHECK(run({"replay", "--admin-url", admin, "1", "--id", "b", "--wait"}).out
          == "replay 1 started, 2 events match\nreplay 1 done, 2 delivered\n");
    auto refused
      = run({"replay", "--admin-url", admin, "--everything", "--target", "handler/none"});
    CHECK(refused.code != 0);
    CHECK(lines_in(refused.err) == 1);
  }

  TEST_CASE_FIXTURE(fixture, "keys are made, listed and deleted") {
    node_process node{data, {}, true};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto admin = admin_url(node);
    auto with = [&](std::vector<std::string> arguments, const std::string& key) {
      arguments.insert(arguments.end(), {"--admin-url", admin, "--key", key});
      return run(arguments);
    };
    CHECK(run({"keys", "list", "--admin-url", admin}).code == 1);
    auto made
      = with({"keys", "create", "--name", "shop \"1\"", "--role", "publisher", "--company", "c-1"},
             node.bootstrap_key());
    REQUIRE(made.code == 0);
    REQUIRE(made.out.starts_with("key 2 ck_"));
    auto key = made.out.substr(6, made.out.find(' ', 6) - 6);
    auto file = write("in", login("a"));
    auto publish = [&](const std::string& k) {
      return run({"publish", "--url", data_url(node), "--key", k, file}).code;
    };
    CHECK(publish(key) == 0);
    CHECK(publish(key + "x") == 1);
    CHECK(with({"query"}, key).code == 1);
    auto list = with({"keys", "list"}, node.bootstrap_key());
    CHECK(lines_in(list.out) == 3);
    CHECK(list.out.find("last used") != std::string::npos);
    CHECK(list.out.find("shop \"1\"") != std::string::npos);
    CHECK(list.out.find("ck_") == std::string::npos);
    CHECK(with({"keys", "delete", "2"}, node.bootstrap_key()).code == 0);
    CHECK(publish(key) == 1);
    CHECK(with({"keys", "delete", "2"}, node.bootstrap_key()).code == 1);
  }

  TEST_CASE_FIXTURE(fixture, "whoever lost the last admin's key makes one in the store") {
    const auto database = database_for(data);
    const std::vector<std::string> where
      = database.empty() ? std::vector<std::string>{"--data-dir", data}
                         : std::vector<std::string>{"--store", database, "--data-dir", data};
    auto make = [&] {
      std::vector<std::string> line{"keys",   "create", "--name", "new admin",
                                    "--role", "admin",  "--quiet"};
      line.insert(line.end(), where.begin(), where.end());
      return run(line);
    };
    {
      node_process node{data, {}, true};
      REQUIRE_MESSAGE(node.ready(), node.log());
      auto refused = make();
      CHECK(refused.code == 1);
      CHECK(refused.out.empty());
      CHECK(refused.err.find("[store_locked]") != std::string::npos);
      node.child().signal(SIGTERM);
      REQUIRE(node.child().wait() == 0);
    }
    auto made = make();
    REQUIRE_MESSAGE(made.code == 0, made.err);
    REQUIRE(made.out.starts_with("ck_"));
    node_process node{data, {}, true};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto listed = run({"keys", "list", "--json", "--admin-url", admin_url(node), "--key",
                       made.out.substr(0, made.out.size() - 1)});
    CHECK(lines_in(listed.out) == 2);
    CHECK(listed.out.find("\"new admin\"") != std::string::npos);
  }

  TEST_CASE_FIXTURE(fixture, "what standard output does not take is code 1 and a line") {
    node_process node{data};
    REQUIRE_MESSAGE(node.ready(), node.log());
    node.data()->Post("/api/events", login("a"), "application/json");
    const auto admin = " --admin-url " + admin_url(node);
    auto shell = [&](const std::string& line) {
      auto log = dir.path() + "/err";
      std::filesystem::remove(log);
      process child{"/bin/sh", {"-c", std::string{CARILLON_BINARY} + " " + line}, log};
      outcome x;
      x.code = child.wait(60s).value_or(-1);
      x.err = contents(log);
      return x;
    };
    for (const auto& [line, reason] : std::vector<std::pair<std::string, std::string>>{
           {"query --all" + admin + " >/dev/full", "No space left on device"},
           {"query --all" + admin + " >&-", "it is closed"},
           {"stats" + admin + " >/dev/full", "No space left on device"},
           {"tail --once --since 0" + admin + " >&-", "it is closed"},
           {"--help >/dev/full", "No space left on device"},
           {"check-config >&-", "it is closed"},
           {"keys create --name x" + admin + " >/dev/full", "No space left on device"}}) {
      CAPTURE(line);
      auto x = shell(line);
      CHECK(x.code == 1);
      CHECK(x.err.find("carillon: cannot write to standard output: " + reason + "\n")
            != std::string::npos);
    }
    CHECK(shell("keys create --name x" + admin + " >&-").err.find("was made, but not shown")
          != std::string::npos);
  }

  TEST_CASE_FIXTURE(fixture, "audit verify finds what was tampered with, online and offline") {
    const auto database = database_for(data);
    const auto store = database.empty() ? "sqlite://" + data : database;
    {
      node_process node{data};
      REQUIRE_MESSAGE(node.ready(), node.log());
      for (const char* id : {"a", "b", "c"})
        node.data()->Post("/api/events", login(id), "application/json");
      // Of the three events, and of the first checkpoint.
      REQUIRE(
        eventually([&] { return parse(node.admin()->Get("/api/audit"))["audit"].Size() == 4; }));
      const std::string valid = "valid, 4 rows checked; sealed with this node's key; head 4:";
      const auto online = run({"audit", "verify", "--admin-url", admin_url(node)}).out;
      CHECK(online.starts_with(valid));
      const auto head = online.substr(valid.size() - 2, 66);
      const std::vector<std::string> offline{"audit",      "verify",           "--store", store,
                                             "--key-file", data + "/node.key", "--expect"};
      auto expecting = [&](const std::string& mark) {
        auto line = offline;
        line.push_back(mark);
        return run(line);
      };
      CHECK(expecting(head).out.find("valid, 4 rows checked") == 0);
      CHECK(expecting(head.substr(0, 65) + (head.back() == '0' ? '1' : '0')).code == 1);
      if (database.empty()) {
        const auto offline_text = run({"audit", "verify", "--data-dir", data}).out;
        CHECK(offline_text.starts_with(online));
        CHECK(offline_text.find("\n3 events checked, ") != std::string::npos);
      }
      const auto rows
        = run({"audit", "export", "--admin-url", admin_url(node), "--actor", "user:u-1"});
      CHECK(rows.code == 0);
      node.child().signal(SIGTERM);
      REQUIRE(node.child().wait() == 0);
    }
    const auto shell
      = database.empty() ? "sqlite3 '" + data + "/state.db' " : "psql -qX '" + database + "' -c ";
    const auto sql = shell + "\"update audit_log set action='x' where number=2\"";
    REQUIRE(std::system(sql.c_str()) == 0);
    auto offline = run({"audit", "verify", "--store", store});
    CHECK(offline.code == 1);
    CHECK(offline.out.starts_with("not valid: row 2 "));
    node_process node{data};
    auto online = run({"audit", "verify", "--admin-url", admin_url(node)});
    CHECK(online.code == 1);
    CHECK(online.out.starts_with("not valid: row 2 "));
  }

  TEST_CASE_FIXTURE(fixture,
                    "an event is proven to us and to another program, and forgery is named") {
    const auto database = database_for(data);
    const auto store = database.empty() ? "sqlite://" + data : database;
    const std::vector<std::string> verify{"audit", "verify",     "--store",
                                          store,   "--key-file", data + "/node.key"};
    const auto proof = dir.path() + "/proof.json";
    const auto witness = dir.path() + "/witness";
    std::string key;
    {
      node_process node{data, {"--witness", witness}};
      REQUIRE_MESSAGE(node.ready(), node.log());
      for (const char* id : {"a", "b", "c"})
        node.data()->Post("/api/events", login(id), "application/json");
      const std::vector<std::string> prove{"audit", "prove", "2", "--admin-url", admin_url(node)};
      REQUIRE(eventually([&] { return run(prove).code == 0; }));
      write("proof.json", run(prove).out);
      key = parse(node.admin()->Get("/api/audit/checkpoint"))["keys"][0]["key"].GetString();
      CHECK(run({"audit", "prove", "4", "--admin-url", admin_url(node)}).code == 1);
      node.child().signal(SIGTERM);
      REQUIRE(node.child().wait() == 0);
    }
    const auto checked = run({"audit", "check-proof", proof, "--key", key});
    CHECK(checked.code == 0);
    CHECK(checked.out.starts_with("valid: event 2 is in the log carillon/"));
    CHECK(run({"audit", "check-proof", proof, "--key", write("log.pub", key + "\n")}).code == 0);
    CHECK(run({"audit", "check-proof", proof, "--key", "x" + key}).code == 2);
    auto forged = contents(proof);
    const auto at = forged.find("user.login");
    REQUIRE(at != std::string::npos);
    forged.replace(at, 10, "user.logic");
    const auto refused = run({"audit", "check-proof", write("forged.json", forged), "--key", key});
    CHECK(refused.code == 1);
    CHECK(refused.err.find("does not lead to the signed root") != std::string::npos);
    const auto another
      = std::string{"/usr/bin/python3 " CARILLON_SOURCE_DIR "/tests/peers/check_proof.py --flip '"}
        + proof + "' '" + key + "'";
    CHECK(std::system(another.c_str()) == 0);

    // The stop signed everything, and the witness has it.
    auto with = [&](std::vector<std::string> more) {
      more.insert(more.begin(), verify.begin(), verify.end());
      return run(more);
    };
    const auto witnessed = with({"--checkpoint", witness, "--public-key", key});
    CHECK_MESSAGE(witnessed.code == 0, witnessed.out, witnessed.err);
    const auto whole = with({});
    CHECK_MESSAGE(whole.out.find("\n3 events checked, 3 of them signed") != std::string::npos,
                  whole.out);
    CHECK(with({"--checkpoint", proof}).code == 2);
    const auto missing = dir.path() + "/no.key";
    CHECK(run({"audit", "verify", "--store", store, "--key-file", missing}).code == 1);
    CHECK_FALSE(std::filesystem::exists(missing));
    CHECK(run({"audit", "verify", "--checkpoint", witness}).code == 2);
    if (database.empty()) {
      rewrite_segments(data + "/log", [](auto& events) { events.at(1)->user_id = "u-2"; });
    } else {
      const auto sql
        = "psql -qX '" + database + "' -c \"update event_log set user_id='u-2' where seq=2\"";
      REQUIRE(std::system(sql.c_str()) == 0);
    }
    const auto changed = with({});
    CHECK(changed.code == 1);
    CHECK(changed.out.starts_with("not valid: event 2, "));
  }

  TEST_CASE_FIXTURE(fixture, "another tree than was signed before is not signed, until an operator "
                             "accepts it") {
    const auto database = database_for(data);
    const auto store = database.empty() ? "sqlite://" + data : database;
    {
      node_process node{data};
      REQUIRE_MESSAGE(node.ready(), node.log());
      for (const char* id : {"a", "b", "c"})
        node.data()->Post("/api/events", login(id), "application/json");
      REQUIRE(
        eventually([&] { return node.admin()->Get("/api/audit/checkpoint")->status == 200; }));
      node.child().signal(SIGTERM);
      REQUIRE(node.child().wait() == 0);
    }
    CHECK(std::filesystem::exists(data + "/evidence.head"));
    const auto shell
      = database.empty() ? "sqlite3 '" + data + "/state.db' " : "psql -qX '" + database + "' -c ";
    const auto forget = shell
                        + "\"delete from evidence_heads; delete from evidence_leaves; update "
                          "evidence_tree set size = 0, frontier = '' where one = 1; update "
                          "consumers set cursor = 0 where name = 'sealer'\"";
    REQUIRE(std::system(forget.c_str()) == 0);
    if (database.empty()) {
      rewrite_segments(data + "/log", [](auto& events) { events.at(1)->user_id = "u-2"; });
    } else {
      const auto sql
        = "psql -qX '" + database + "' -c \"update event_log set user_id='u-2' where seq=2\"";
      REQUIRE(std::system(sql.c_str()) == 0);
    }
    {
      node_process node{data};
      CHECK(eventually([&] {
        const auto answer = node.admin()->Get("/readyz");
        return answer && answer->status == 503
               && answer->body.find("evidence: ") != std::string::npos;
      }));
      // Its port answers before the line is there.
      CHECK_MESSAGE(eventually([&] {
                      return node.log().find("evidence.head tells 3 events") != std::string::npos;
                    }),
                    node.log());
      // Events are taken as before.
      CHECK(node.data()->Post("/api/events", login("d"), "application/json")->status == 201);
      CHECK(node.admin()->Get("/api/audit/checkpoint")->status == 404);
      node.child().signal(SIGTERM);
      CHECK(node.child().wait() == 0);
    }
    const auto found = run({"audit", "verify", "--store", store, "--key-file", data + "/node.key",
                            "--evidence-head-file", data + "/evidence.head"});
    CHECK(found.code == 1);
    CAPTURE(found.out);
    CHECK(found.out.find("not valid: event 2") != std::string::npos);
    const auto accepted
      = run({"audit", "reseal", "--store", store, "--data-dir", data, "--key-file",
             data + "/node.key", "--evidence-head-file", data + "/evidence.head"});
    CHECK(accepted.code == 0);
    CHECK(accepted.out.find("with a new tree over the log") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(data + "/evidence.head"));
    node_process node{data};
    REQUIRE_MESSAGE(node.ready(), node.log());
    CHECK(eventually([&] { return node.admin()->Get("/api/audit/checkpoint")->status == 200; }));
  }

  TEST_CASE_FIXTURE(fixture, "SIGHUP opens the log file again; JSON records are JSON") {
    auto log = dir.path() + "/carillon.log";
    node_process node{data, {"--log-file", log, "--log-format", "json"}};
    REQUIRE_MESSAGE(node.ready(), node.log());
    std::filesystem::rename(log, log + ".1");
    node.child().signal(SIGHUP);
    CHECK(eventually([&] { return contents(log).find("again") != std::string::npos; }));
    node.child().signal(SIGTERM);
    CHECK(node.child().wait() == 0);
    CHECK(node.log().empty());
    std::istringstream lines{contents(log + ".1") + contents(log)};
    size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      rapidjson::Document x;
      x.Parse(line.c_str());
      REQUIRE_FALSE(x.HasParseError());
      CHECK(x["message"].IsString());
    }
    CHECK(count >= 3);
  }

  TEST_CASE_FIXTURE(fixture, "migrate tells how far a store is and brings it up") {
    const auto database = database_for(data, database_content::nothing);
    auto migrate = [&](const std::string& action) {
      return database.empty() ? run({"migrate", action, "--data-dir", data})
                              : run({"migrate", action, "--store", database});
    };
    auto before = migrate("status");
    CHECK(before.code == 1);
    CHECK(before.out.find("not there") != std::string::npos);
    CHECK_MESSAGE(!std::filesystem::exists(data), "asking creates nothing");
    auto up = migrate("up");
    CHECK_MESSAGE(up.code == 0, up.err);
    auto after = migrate("status");
    CHECK(after.code == 0);
    CHECK(after.out == up.out);
    CHECK(after.out.find("not there") == std::string::npos);
  }

  TEST_CASE_FIXTURE(fixture, "a port in use is told in one line, with code 1") {
    node_process node{data};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto taken = "127.0.0.1:" + std::to_string(node.data_port());
    auto x = run({"serve", "--dev", "--data-dir", dir.path() + "/other", "--listen", taken,
                  "--admin-listen", "127.0.0.1:0", "--log-level", "off"});
    CHECK(x.code == 1);
    CHECK(x.out.empty());
    CHECK(x.err == "carillon: cannot start: the address " + taken + " is in use already\n");
  }
}

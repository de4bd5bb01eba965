#include "node/commands/support/output.hpp"

#include "tests/node/fake_node.hpp"
#include "tests/support/process.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <rapidjson/document.h>

#include <fstream>
#include <functional>
#include <set>
#include <streambuf>

using namespace carillon;
using test::command_outcome;
using test::fake_node;

TEST_SUITE("node/output") {
  namespace {

  /// A standard output that accepts nothing, like a full disk.
  class full_output : public std::streambuf {
  protected:
    int_type overflow(int_type) override {
      return traits_type::eof();
    }
    int sync() override {
      return -1;
    }
  };

  /// Runs a command line whose output gets nowhere.
  command_outcome run_unread(const std::vector<std::string>& arguments) {
    std::vector<const char*> line{"carillon"};
    for (const auto& x : arguments)
      line.push_back(x.c_str());
    full_output out;
    std::ostringstream err;
    auto* real_out = std::cout.rdbuf(&out);
    auto* real_err = std::cerr.rdbuf(err.rdbuf());
    auto code = commands::run(static_cast<int>(line.size()), line.data());
    std::cout.rdbuf(real_out);
    std::cerr.rdbuf(real_err);
    return {code, {}, err.str()};
  }

  /// Each command that has no commands of its own, and its path.
  void leaves(CLI::App& app, const std::string& path,
              const std::function<void(const CLI::App&, const std::string&)>& visit) {
    auto below = app.get_subcommands([](CLI::App*) { return true; });
    for (auto* x : below)
      leaves(*x, path.empty() ? x->get_name() : path + " " + x->get_name(), visit);
    if (below.empty())
      visit(app, path);
  }

  rapidjson::Document parsed(const std::string& text) {
    rapidjson::Document out;
    out.Parse(text.c_str());
    return out;
  }

  } // namespace

  TEST_CASE("every command but serve has --json") {
    CLI::App root;
    commands::action chosen;
    commands::add_commands(root, chosen);
    size_t n = 0;
    leaves(root, {}, [&](const CLI::App& x, const std::string& path) {
      ++n;
      CAPTURE(path);
      // `describe` prints nothing but JSON.
      CHECK((x.get_option_no_throw("--json") != nullptr)
            == (path != "serve" && path != "describe"));
    });
    CHECK(n > 30);
  }

  TEST_CASE("the hidden description has every command and every option of --help") {
    CLI::App root;
    commands::action chosen;
    commands::add_commands(root, chosen);
    auto help = test::run_command({"--help"});
    CHECK(help.out.find("describe") == std::string::npos);
    auto all = parsed(test::run_command({"describe"}).out);
    REQUIRE(all.IsObject());
    std::set<std::string> described;
    std::function<void(const rapidjson::Value&, const std::string&)> collect
      = [&](const rapidjson::Value& x, const std::string& path) {
          for (const auto& option : x["options"].GetArray())
            for (const auto& name : option["names"].GetArray())
              described.insert(path + " " + name.GetString());
          for (const auto& below : x["commands"].GetArray())
            collect(below, path + (path.empty() ? "" : " ") + below["name"].GetString());
        };
    collect(all, "");
    leaves(root, {}, [&](const CLI::App& x, const std::string& path) {
      for (const auto* option : x.get_options())
        for (const auto& name : option->get_lnames())
          if (path != "describe")
            CHECK_MESSAGE(described.contains(path + " --" + name), path, " --", name);
    });
    CHECK(described.contains("serve --data-dir"));
    CHECK(described.contains("keys create -q"));
  }

  TEST_CASE("output that cannot be written is code 1 and a line, for every kind of command") {
    fake_node node;
    test::temporary_directory dir;
    auto input = dir.path() + "/in";
    std::ofstream{input} << "";
    const fake_node::answer page{200, R"({"events":[{"seq":1}],"keys":[{"id":1}],"sessions":[{}],
      "consumers":[],"order.created":3,"valid":true,"checked":1,"nextCursor":null})"};
    for (std::vector<std::string> line : {std::vector<std::string>{"query"},
                                          {"query", "1"},
                                          {"tail", "--once", "--since", "0"},
                                          {"stats"},
                                          {"stats", "--json"},
                                          {"replay", "1", "--dry-run"},
                                          {"keys", "list"},
                                          {"keys", "delete", "1"},
                                          {"audit", "verify"},
                                          {"sessions", "list"},
                                          {"sessions", "stats"}}) {
      node.answers({page, page, page});
      line.insert(line.end(), {"--admin-url", node.url()});
      CAPTURE(line.front());
      auto result = run_unread(line);
      CHECK(result.code == 1);
      CHECK(result.err.starts_with("carillon: cannot write to standard output: "));
    }
    for (const auto& line : std::vector<std::vector<std::string>>{
           {"--help"},
           {"--version"},
           {"version"},
           {"serve", "--help"},
           {"check-config"},
           {"migrate", "status", "--data-dir", dir.path() + "/none"},
           {"publish", "--url", node.url(), input}}) {
      CAPTURE(line.front());
      auto result = run_unread(line);
      CHECK(result.code == 1);
      CHECK(result.err.find("carillon: cannot write to standard output: ") != std::string::npos);
    }
    // Wrong usage stays wrong usage.
    CHECK(run_unread({"nonsense"}).code == 2);
  }

  TEST_CASE("pages are not fetched for nobody") {
    fake_node node;
    const fake_node::answer page{
      200, R"({"events":[{"seq":1}],"keys":[{"id":1}],"sessions":[{"id":1}],"nextCursor":"more"})"};
    for (std::vector<std::string> line :
         {std::vector<std::string>{"query", "--all"}, {"sessions", "list", "--all"}}) {
      node.answers({page, page, page, page});
      line.insert(line.end(), {"--admin-url", node.url()});
      CHECK(run_unread(line).code == 1);
      CHECK(node.requests().size() == 1);
    }
  }

  TEST_CASE("a key that was made but not shown is said") {
    fake_node node;
    node.answers({{201, R"({"id":7,"name":"x","role":"reader","key":"ck_secret"})"}});
    auto result = run_unread({"keys", "create", "--name", "x", "--admin-url", node.url()});
    CHECK(result.code == 1);
    CHECK(result.err.find("key 7 was made, but not shown") != std::string::npos);
    CHECK(result.err.find("carillon keys delete 7") != std::string::npos);
    CHECK(result.err.find("ck_secret") == std::string::npos);
  }

  TEST_CASE("keys in all forms") {
    fake_node node;
    const fake_node::answer made{201, R"({"id":7,"name":"x","role":"reader","key":"ck_secret"})"};
    node.answers({made, made, made});
    CHECK(
      node.run({"keys", "create", "--name", "x\n\"y\"", "--role", "reader", "--company", "c"}).code
      == 2);
    CHECK(node.run({"keys", "create", "--name", "x \"y\"", "--company", "c"}).out
          == "key 7 ck_secret (shown once)\n");
    CHECK(node.requests().front().body
          == R"({"name":"x \"y\"","role":"publisher","companyId":"c"})");
    CHECK(node.run({"keys", "create", "--name", "x", "--quiet"}).out == "ck_secret\n");
    auto json = parsed(node.run({"keys", "create", "--name", "x", "--json"}).out);
    REQUIRE(json.IsObject());
    CHECK(json["key"] == "ck_secret");
    CHECK(node.run({"keys", "create", "--name", "x", "--json", "--quiet"}).code == 2);
    const fake_node::answer none{204, {}};
    node.answers({none, none});
    CHECK(node.run({"keys", "delete", "7"}).out == "key 7 deleted\n");
    CHECK(node.run({"keys", "delete", "7", "--json"}).out == "{\"deleted\":true}\n");
    node.answers({{200, R"({"keys":[{"id":7,"role":"reader"}],"nextCursor":null})"}});
    CHECK(node.run({"keys", "list", "--json"}).out == "{\"id\":7,\"role\":\"reader\"}\n");
  }

  TEST_CASE("the one value, and JSON, of the other commands") {
    fake_node node;
    CHECK(test::run_command({"version", "--quiet"}).out == CARILLON_VERSION "\n");
    CHECK(parsed(test::run_command({"version", "--json"}).out)["version"] == CARILLON_VERSION);
    CHECK(parsed(test::run_command({"check-config", "--json", "--readers", "7"}).out)["readers"]
            .GetInt()
          == 7);
    const fake_node::answer valid{200, R"({"valid":true,"checked":3,"firstBad":null})"};
    const fake_node::answer bad{200, R"({"valid":false,"checked":3,"firstBad":2})"};
    node.answers({valid, valid, bad, bad});
    CHECK(node.run({"audit", "verify", "--quiet"}).out == "valid\n");
    CHECK(node.run({"audit", "verify", "--json"}).out
          == "{\"valid\":true,\"checked\":3,\"firstBad\":null}\n");
    CHECK(node.run({"audit", "verify", "--quiet"}).out == "not valid\n");
    CHECK(node.run({"audit", "verify", "--json"}).out
          == "{\"valid\":false,\"checked\":3,\"firstBad\":2}\n");
    const fake_node::answer begun{202, R"({"replayId":5,"matched":9})"};
    const fake_node::answer done{200, R"({"replayId":5,"matched":9,"delivered":9,"phase":"done"})"};
    node.answers({begun, begun, begun, begun, done});
    CHECK(node.run({"replay", "1", "--quiet"}).out == "5\n");
    CHECK(node.run({"replay", "1", "--quiet", "--dry-run"}).out == "9\n");
    CHECK(node.run({"replay", "1", "--json"}).out == "{\"replayId\":5,\"matched\":9}\n");
    CHECK(node.run({"replay", "1", "--quiet", "--wait"}).out == "done\n");
  }

  TEST_CASE("publish in all forms, and input that is UTF-16 is named") {
    fake_node node;
    test::temporary_directory dir;
    auto file = dir.path() + "/in";
    std::ofstream{file} << "\xef\xbb\xbf{\"type\":\"a.b\"}\n";
    const fake_node::answer answer{
      200, R"({"results":[{"seq":4,"id":"x","duplicate":false}],"published":1})"};
    node.answers({answer, answer});
    CHECK(test::run_command({"publish", "--url", node.url(), "--quiet", file}).out == "4\n");
    CHECK(test::run_command({"publish", "--url", node.url(), "--json", file}).out
          == "{\"published\":1,\"duplicates\":0,\"refused\":0,\"lastSeq\":4}\n");
    CHECK(node.requests().front().body.find("\xef\xbb\xbf") == std::string::npos);
    for (const auto* mark : {"\xff\xfe", "\xfe\xff"}) {
      std::ofstream{file} << mark << "x";
      auto refused = test::run_command({"publish", "--url", node.url(), file});
      CHECK(refused.code == 2);
      CHECK(refused.err.find("UTF-16") != std::string::npos);
    }
  }
}

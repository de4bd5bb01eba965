// The examples of the documents, run as they are printed: each ```sh block after `<!-- run
// -->` runs against a node, and prints each line of the block after `<!-- prints
// -->`; there `…` stands for anything. Blocks for one store have `<!-- run: sqlite -->` or `<!--
// run: postgres -->`.

#include "tests/e2e/node_process.hpp"
#include "tests/support/free_port.hpp"

#include <doctest/doctest.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace carillon::test;

TEST_SUITE("e2e/docs") {
  namespace {

  struct example {
    size_t line = 0;
    /// Empty: any.
    std::string store;
    std::string script;
    std::vector<std::string> prints;
  };

  bool is_run(const std::string& mark) {
    return mark.starts_with("<!-- run");
  }

  /// `sqlite` of `<!-- run: sqlite -->`.
  std::string store_of(const std::string& mark) {
    auto colon = mark.find(": ");
    return colon == std::string::npos
             ? ""
             : mark.substr(colon + 2, mark.find(' ', colon + 2) - colon - 2);
  }

  std::vector<example> examples_of(const std::string& document) {
    std::ifstream in{std::string{CARILLON_SOURCE_DIR} + "/" + document};
    REQUIRE(in.good());
    std::vector<example> out;
    std::string mark;
    bool inside = false;
    size_t number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      auto fence = line.starts_with("```");
      if (line.starts_with("<!-- ")) {
        mark = line;
      } else if (fence && inside) {
        inside = false;
        mark.clear();
      } else if (fence) {
        inside = true;
        if (is_run(mark))
          out.push_back({number, store_of(mark), {}, {}});
      } else if (inside && is_run(mark)) {
        out.back().script += line + "\n";
      } else if (inside && mark == "<!-- prints -->") {
        out.back().prints.push_back(line);
      }
    }
    return out;
  }

  void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
  }

  /// True if the line matches the pattern, in which each `…` matches anything.
  bool fits(std::string_view line, std::string_view pattern) {
    constexpr std::string_view gap = "…";
    auto at = pattern.find(gap);
    if (at == std::string_view::npos)
      return line == pattern;
    if (!line.starts_with(pattern.substr(0, at)))
      return false;
    pattern.remove_prefix(at + gap.size());
    for (line.remove_prefix(at); !fits(line, pattern); line.remove_prefix(1))
      if (line.empty())
        return false;
    return true;
  }

  /// True if one of the lines of `text` fits.
  bool prints_line(const std::string& text, std::string_view pattern) {
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) {
      if (line.ends_with('\r'))
        line.pop_back();
      if (fits(line, pattern))
        return true;
    }
    return false;
  }

  std::string run(const std::string& dir, const std::string& script, int& status) {
    std::ofstream{dir + "/example.sh"} << script;
    auto command = "cd '" + dir + "' && bash -euo pipefail example.sh 2>&1";
    auto* pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string out;
    std::array<char, 4096> chunk{};
    while (auto n = std::fread(chunk.data(), 1, chunk.size(), pipe))
      out.append(chunk.data(), n);
    status = ::pclose(pipe);
    return out;
  }

  /// The names of metrics in the tables of a document.
  std::set<std::string> metrics_in(const std::string& document) {
    std::ifstream in{std::string{CARILLON_SOURCE_DIR} + "/" + document};
    REQUIRE(in.good());
    const std::string begin = "`carillon_";
    std::set<std::string> out;
    for (std::string line; std::getline(in, line);)
      for (auto at = line.find(begin); line.starts_with('|') && at != std::string::npos;
           at = line.find(begin, at + 1)) {
        auto end = line.find_first_of("`{", at + 1);
        out.insert(line.substr(at + 1, end - at - 1));
      }
    return out;
  }

  void run_document(const std::string& document) {
    auto examples = examples_of(document);
    REQUIRE_FALSE(examples.empty());
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    auto data = "http://127.0.0.1:" + std::to_string(node.data_port());
    auto admin = "http://127.0.0.1:" + std::to_string(node.admin_port());
    auto receiver = std::to_string(free_port());
    const auto database = database_for(dir.path() + "/data");
    const std::string store = database.empty() ? "sqlite" : "postgres";
    for (auto& x : examples) {
      if (!x.store.empty() && x.store != store)
        continue;
      auto script = "export CARILLON_URL=" + data + " CARILLON_ADMIN_URL=" + admin
                    + " CARILLON_STORE='" + database + "'\n" + x.script;
      replace_all(script, "http://127.0.0.1:7070", data);
      replace_all(script, "http://127.0.0.1:7071", admin);
      replace_all(script, "8080", receiver);
      replace_all(script, "build/release/node/carillon", CARILLON_BINARY);
      int status = 0;
      auto out = run(dir.path(), script, status);
      CAPTURE(document);
      CAPTURE(x.line);
      CAPTURE(out);
      CHECK(status == 0);
      for (auto& line : x.prints) {
        replace_all(line, "8080", receiver);
        CHECK_MESSAGE(prints_line(out, line), "not printed: ", line);
      }
    }
  }

  } // namespace

  TEST_CASE("a printed line is found with its gaps") {
    CHECK(prints_line("a\nbcd\r\ne", "bcd"));
    CHECK(prints_line("abcd", "a…d"));
    CHECK(prints_line("abcd", "…cd"));
    CHECK(prints_line("abcd", "ab…"));
    CHECK(prints_line("abcabc", "ab…bc"));
    CHECK_FALSE(prints_line("abcd", "bcd"));
    CHECK_FALSE(prints_line("abcd", "abc"));
    CHECK_FALSE(prints_line("abcd", "b…d"));
    CHECK_FALSE(prints_line("abcd", "a…c"));
    CHECK_FALSE(prints_line("abc", "ab…bc"));
  }

  TEST_CASE("every metric is in a table of the documents, and no other") {
    temporary_directory dir;
    node_process node{dir.path() + "/data"};
    REQUIRE_MESSAGE(node.ready(), node.log());
    // So that every family has a series.
    auto made = node.admin()->Post(
      "/api/events/webhooks", R"({"url":"http://127.0.0.1:9","types":[]})", "application/json");
    REQUIRE(made);
    CHECK(made->status == 201);
    std::set<std::string> real;
    std::istringstream metrics{node.admin()->Get("/metrics")->body};
    const std::string begin = "# TYPE ";
    for (std::string line; std::getline(metrics, line);)
      if (line.starts_with(begin))
        real.insert(line.substr(begin.size(), line.find(' ', begin.size()) - begin.size()));
    CHECK(real.size() > 40);
    std::set<std::string> documented;
    for (const auto* document : {"operations.md", "outbox.md", "sessions.md", "webhooks.md"})
      for (const auto& name : metrics_in(std::string{"docs/"} + document))
        documented.insert(name);
    for (const auto& x : real)
      CHECK_MESSAGE(documented.contains(x), "not documented: ", x);
    // A node without PostgreSQL has no other nodes and no outbox.
    const auto is_of_postgres = [](const std::string& x) {
      return x == "carillon_nodes" || x.starts_with("carillon_outbox_");
    };
    for (const auto& x : documented)
      if (has_postgres() || !is_of_postgres(x))
        CHECK_MESSAGE(real.contains(x), "only in a document: ", x);
  }

  TEST_CASE("README.md") {
    run_document("README.md");
  }

  TEST_CASE("docs/metrics.md") {
    run_document("docs/metrics.md");
  }

  TEST_CASE("docs/protocol.md") {
    run_document("docs/protocol.md");
  }

  TEST_CASE("docs/operations.md") {
    run_document("docs/operations.md");
  }

  TEST_CASE("docs/handlers.md") {
    run_document("docs/handlers.md");
  }

  TEST_CASE("docs/webhooks.md") {
    run_document("docs/webhooks.md");
  }

  TEST_CASE("docs/sessions.md") {
    run_document("docs/sessions.md");
  }

  TEST_CASE("docs/tls.md") {
    run_document("docs/tls.md");
  }

  TEST_CASE("docs/inbound.md") {
    run_document("docs/inbound.md");
  }

  TEST_CASE("docs/sso.md") {
    run_document("docs/sso.md");
  }

  TEST_CASE("docs/workers.md") {
    run_document("docs/workers.md");
  }

  TEST_CASE("docs/console.md") {
    run_document("docs/console.md");
  }

  TEST_CASE("docs/portal.md") {
    run_document("docs/portal.md");
  }

  TEST_CASE("docs/evidence.md") {
    run_document("docs/evidence.md");
  }

  TEST_CASE("docs/mcp.md") {
    run_document("docs/mcp.md");
  }

  TEST_CASE("docs/alerts.md") {
    run_document("docs/alerts.md");
  }

  TEST_CASE("docs/exactly-once.md") {
    run_document("docs/exactly-once.md");
  }

  TEST_CASE("docs/backup.md") {
    run_document("docs/backup.md");
  }

  TEST_CASE("docs/jobs.md") {
    run_document("docs/jobs.md");
  }

  TEST_CASE("docs/outbox.md") {
    run_document("docs/outbox.md");
  }

  TEST_CASE("docs/cluster.md") {
    run_document("docs/cluster.md");
  }

  TEST_CASE("docs/schedules.md") {
    run_document("docs/schedules.md");
  }

  TEST_CASE("docs/filters.md") {
    run_document("docs/filters.md");
  }

  TEST_CASE("docs/which-way.md") {
    run_document("docs/which-way.md");
  }
}

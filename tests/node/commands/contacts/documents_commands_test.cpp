#include "base/crypto/sha256.hpp"
#include "tests/node/fake_node.hpp"
#include "tests/support/process.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

using namespace carillon;
using carillon::test::fake_node;

TEST_SUITE("node/documents_commands") {
  namespace {

  /// Bytes that text would not survive.
  const std::string content{"%PDF-1.3\r\n\0\xff\x1b[2J", 16};

  std::string document(uint64_t id, const std::string& sha256) {
    return R"({"id":)" + std::to_string(id)
           + R"(,"kind":"order_sheet","companyId":"c-1","userId":null,"eventSeq":3,)"
             R"("fileName":"order-\u001B[2J.pdf","contentType":"application/pdf","size":16,)"
             R"("sha256":")"
           + sha256 + R"(","createdAt":"2026-01-02T03:04:05.000000Z"})";
  }

  const std::string one = document(7, sha256_hex(content));

  bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  std::string contents(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
  }

  struct fixture {
    fake_node node;
    test::temporary_directory dir;
    std::string file = dir.path() + "/sheet.pdf";
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "wrong usage is code 2, and asks the node nothing") {
    node.refuses({{"documents"},
                  {"documents", "put", "7"},
                  {"documents", "list", "7"},
                  {"documents", "list", "--limit", "many"},
                  {"documents", "get"},
                  {"documents", "delete"},
                  {"documents", "delete", "x"},
                  {"documents", "delete", "7", "--before", "2026-01-01"},
                  {"documents", "delete", "7", "--company", "c-1"},
                  {"documents", "get", "0"},
                  {"documents", "get", "x"},
                  {"documents", "get", "7", "8"},
                  {"documents", "get", "7", "--output", ""},
                  {"documents", "get", "7", "--output", "there/"}});
  }

  TEST_CASE("each has a help") {
    for (const auto* name : {"list", "get"}) {
      auto result = test::run_command({"documents", name, "--help"});
      CHECK(result.code == 0);
      CHECK(holds(result.out, "--json"));
      CHECK(holds(result.out, "--admin-url"));
    }
  }

  TEST_CASE_FIXTURE(fixture, "list is a table, or JSON line by line, page by page") {
    const auto other = document(6, std::string(64, '0'));
    const std::string first = R"({"documents":[)" + one + R"(],"nextCursor":"abc"})";
    const std::string last = R"({"documents":[)" + other + R"(],"nextCursor":null})";
    node.answers({{200, first}, {200, last}, {200, first}, {200, last}});
    auto result = node.run({"documents", "list", "--all"});
    CAPTURE(result.out);
    CHECK(result.code == 0);
    CHECK(result.out.starts_with("id "));
    CHECK(holds(result.out, "\n7          2026-01-02T03:04:05.000000Z  c-1                  "
                            "order_sheet             16  order-\\x1b[2J.pdf\n"));
    CHECK(holds(result.out, "\n6          2026"));
    CHECK(holds(node.requests()[1].line, "cursor=abc"));
    auto json = node.run({"documents", "list", "--json", "--all", "--company", "c/1"});
    CHECK(json.out == one + "\n" + other + "\n");
    CHECK(holds(node.requests()[2].line, "companyId=c%2F1"));
  }

  TEST_CASE_FIXTURE(fixture, "get prints what is known of a document") {
    node.answers({{200, one}, {200, one}});
    auto result = node.run({"documents", "get", "7"});
    CAPTURE(result.out);
    CHECK(result.code == 0);
    for (const auto* line :
         {"document     7\n", "kind         order_sheet\n", "company      c-1\n",
          "user         -\n", "file         order-\\x1b[2J.pdf\n", "event        3\n",
          "bytes        16\n", "created      2026-01-02T03:04:05.000000Z\n"})
      CHECK(holds(result.out, line));
    CHECK(node.run({"documents", "get", "7", "--json"}).out == one + "\n");
    CHECK(node.requests()[0].line == "GET /api/documents/7?metadata=true");
    CHECK(node.requests().size() == 2);
  }

  TEST_CASE_FIXTURE(fixture, "get writes the file byte by byte, over an old one") {
    std::ofstream{file} << "something longer than the document is";
    node.answers({{200, one}, {200, content}, {200, one}, {200, content}});
    auto result = node.run({"documents", "get", "7", "--output", file});
    CHECK(result.code == 0);
    CHECK(result.out == "document 7 written to " + file + ", 16 bytes\n");
    CHECK(contents(file) == content);
    CHECK(node.requests()[1].line == "GET /api/documents/7");
    CHECK(node.run({"documents", "get", "7", "-o", file, "--json"}).out == one + "\n");
  }

  TEST_CASE_FIXTURE(fixture, "what is not the document is not written") {
    std::ofstream{file} << "old";
    node.answers({{200, one}, {200, "something else"}});
    auto result = node.run({"documents", "get", "7", "--output", file});
    CHECK(result.code == 1);
    CHECK(result.out.empty());
    CHECK(holds(result.err, "[store_corrupt]"));
    CHECK(contents(file) == "old");
  }

  TEST_CASE_FIXTURE(fixture, "a file that cannot be written is code 1") {
    for (const auto& path : {dir.path() + "/missing/sheet.pdf", dir.path() + "/."}) {
      node.answers({{200, one}, {200, content}});
      auto result = node.run({"documents", "get", "7", "--output", path});
      CHECK(result.code == 1);
      CHECK(result.out.empty());
      CHECK(holds(result.err, "cannot write " + path));
    }
  }

  TEST_CASE_FIXTURE(fixture, "delete takes one away, or all that are older") {
    node.answers({{204, ""}, {200, R"({"deleted":2})"}});
    CHECK(node.run({"documents", "delete", "7"}).out == "document 7 deleted\n");
    CHECK(node.requests()[0].line == "DELETE /api/documents/7");
    auto result = node.run({"documents", "delete", "--before", "2026-01-01", "--company", "c/1"});
    CHECK(result.out == "2 documents deleted\n");
    CHECK(node.requests()[1].line == "DELETE /api/documents?before=2026-01-01&companyId=c%2F1");
  }

  TEST_CASE_FIXTURE(fixture, "what the node refuses is code 1, with its reason") {
    const std::string problem
      = R"({"type":"x","title":"t","status":404,"detail":"there is no such document",)"
        R"("code":"not_found","field":"id"})";
    for (const auto& line :
         std::vector<std::vector<std::string>>{{"documents", "list"},
                                               {"documents", "get", "7"},
                                               {"documents", "get", "7", "-o", file}}) {
      node.answers({{404, problem}});
      auto result = node.run(line);
      CHECK(result.code == 1);
      CHECK(result.out.empty());
      CHECK(result.err == "carillon: there is no such document (id) [not_found]\n");
    }
    node.answers({{200, one}, {404, problem}});
    CHECK(node.run({"documents", "get", "7", "-o", file}).code == 1);
    CHECK_FALSE(std::filesystem::exists(file));
  }
}

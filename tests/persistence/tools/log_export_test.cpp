#include "persistence/tools/log_export.hpp"

#include "messages/codec/codec.hpp"
#include "persistence/sqlite/connection.hpp"
#include "tests/persistence/sqlite/sqlite_test_store.hpp"

#include <fstream>
#include <sstream>

// `carillon export`.

namespace carillon::test {

TEST_SUITE("persistence/log_export") {
  namespace {

  struct exported {
    sqlite_test_store store;
    /// Of the node, which goes on.
    std::unique_ptr<storage> open = store.open();
    std::unique_ptr<event_log> log = must(open->open_log_writer());

    std::string path(const std::string& name) const {
      return store.file(name).string();
    }

    expected<uint64_t> run(const std::string& name, position after = 0,
                           const event_filter& filter = {}) const {
      return export_log({.from = {.url = "sqlite://" + store.file("").parent_path().string()},
                         .to = path(name),
                         .after = after,
                         .filter = filter},
                        [](uint64_t done, uint64_t total) { CHECK(done <= total); });
    }

    std::string content(const std::string& name) const {
      std::ifstream in{path(name), std::ios::binary};
      std::stringstream out;
      out << in.rdbuf();
      return out.str();
    }
  };

  } // namespace

  TEST_CASE("lines of JSON are events as the API shows them") {
    exported x;
    must(x.log->append(make_drafts("a", 20'000), epoch));
    CHECK(must(x.run("all.ndjson")) == 20'000);
    std::istringstream lines{x.content("all.ndjson")};
    std::string line;
    position seq = 0;
    while (std::getline(lines, line))
      REQUIRE(line == json_of(*must(x.log->find({.seq = ++seq}))));
    CHECK(seq == 20'000);
    CHECK(std::filesystem::status(x.path("all.ndjson")).permissions()
          == std::filesystem::perms{0600});
    CHECK_FALSE(std::filesystem::exists(x.path("all.ndjson.part")));
    CHECK(must(x.run("rest.ndjson", 19'990)) == 10);
    CHECK(must(x.run("none.ndjson", 99'999)) == 0);
  }

  TEST_CASE("a filter says which events, in every format") {
    exported x;
    must(x.log->append(make_drafts("a", 10'000), epoch));
    event_filter filter;
    filter.payload
      = *payload_filter::parse(R"({"id":{"$in":["a7","a9999"]},"data.orderId":"o-1"})");
    CHECK(must(x.run("some.ndjson", 0, filter)) == 2);
    std::istringstream lines{x.content("some.ndjson")};
    std::string line;
    std::getline(lines, line);
    CHECK(line == json_of(*must(x.log->find({.seq = 8}))));
    std::getline(lines, line);
    CHECK(line == json_of(*must(x.log->find({.seq = 10'000}))));
    CHECK(must(x.run("rest.csv", 8, filter)) == 1);
    CHECK(must(x.run("some.sqlite", 0, filter)) == 2);
    filter.payload = *payload_filter::parse(R"({"data.orderId":"none"})");
    CHECK(must(x.run("none.ndjson", 0, filter)) == 0);
    filter.payload = {};
    filter.types = *parse_patterns("user.*");
    CHECK(must(x.run("users.ndjson", 0, filter)) == 0);
  }

  TEST_CASE("fields of CSV are quoted where they have to be") {
    exported x;
    auto draft = make_draft("id,with \"both\"");
    draft->user_id = "";
    must(x.log->append({{draft}}, epoch));
    CHECK(must(x.run("all.csv")) == 1);
    CHECK(
      x.content("all.csv")
      == "seq,type,time,company_id,user_id,correlation_id,id,source,recorded_at,causation_id,"
         "traceparent,audience,metadata,data,hops\r\n"
         "1,order.created,2027-01-15T08:00:00.000000Z,acme,,corr-1,\"id,with \"\"both\"\"\",/"
         "shop,2027-01-15T08:00:00.000000Z,cause-1,00-0af7651916cd43dd8448eb211c80319c-"
         "b7ad6b7169203331-01,company,\"{\"\"ip\"\":\"\"10.0.0.1\"\"}\",\"{\"\"orderId\"\":\"\"o-"
         "1\"\",\"\"note\"\":\"\"ünïcode\"\"}\",0\r\n");
  }

  TEST_CASE("an SQLite database has a row of every event") {
    exported x;
    must(x.log->append(make_drafts("a", 500), epoch));
    CHECK(must(x.run("all.sqlite")) == 500);
    sqlite::connection db{{.file = x.path("all.sqlite")}};
    const auto ask
      = [&](const std::string& sql) { return db.database().execAndGet(sql).getString(); };
    CHECK(ask("SELECT count(*) FROM event_log") == "500");
    CHECK(ask("SELECT id FROM event_log WHERE seq = 7") == "a6");
    CHECK(ask("SELECT json_extract(data, '$.orderId') FROM event_log WHERE seq = 7") == "o-1");
    CHECK(ask("PRAGMA integrity_check") == "ok");
  }

  TEST_CASE("nothing is written over, and a failed export leaves nothing") {
    exported x;
    must(x.log->append(make_drafts("a", 5), epoch));
    must(x.run("all.csv"));
    const auto before = x.content("all.csv");
    CHECK(code_of(x.run("all.csv")) == ec::conflict);
    CHECK(x.content("all.csv") == before);
    CHECK(code_of(x.run("all.txt")) == ec::invalid_argument);
    CHECK(code_of(x.run("no/such/directory.csv")) == ec::store_unavailable);
    const auto nowhere = export_log(
      {.from = {.url = "sqlite://" + x.path("nothing")}, .to = x.path("other.csv"), .after = 0},
      [](uint64_t, uint64_t) {});
    CHECK(code_of(nowhere) == ec::store_unavailable);
    CHECK_FALSE(std::filesystem::exists(x.path("other.csv")));
    CHECK_FALSE(std::filesystem::exists(x.path("other.csv.part")));
    // What a killed export left is no hindrance.
    std::ofstream{x.path("again.sqlite.part")} << "half";
    CHECK(must(x.run("again.sqlite")) == 5);
  }
}

} // namespace carillon::test

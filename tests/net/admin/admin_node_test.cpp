#include "net/admin/operations.hpp"
#include "tests/net/admin/admin_fixture.hpp"

#include <set>
#include <sstream>

using namespace carillon;
using carillon::test::admin_fixture;

TEST_SUITE("net/admin_node") {

  namespace {

  struct described {
    /// `GET /api/events` and so on.
    std::set<std::string> calls;
    /// Query parameters by call.
    std::map<std::string, std::set<std::string>> query;
  };

  size_t indent_of(const std::string& line) {
    return std::min(line.find_first_not_of(' '), line.size());
  }

  std::string upper(std::string x) {
    for (auto& c : x)
      c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return x;
  }

  /// The text between a mark and what ends it.
  std::string between(const std::string& line, const std::string& mark, char end) {
    auto at = line.find(mark);
    if (at == std::string::npos)
      return {};
    at += mark.size();
    return line.substr(at, line.find(end, at) - at);
  }

  /// Just enough YAML for this one file: paths at two columns, methods at four.
  described parse(const std::string& yaml) {
    static const std::set<std::string> methods{"get", "post", "put", "patch", "delete"};
    static const std::set<std::string> in_path{"id", "name", "deliveryId", "outbox", "rowNumber"};
    described out;
    std::istringstream in{yaml};
    std::string path;
    std::string call;
    bool in_paths = false;
    for (std::string line; std::getline(in, line);) {
      if (line.empty())
        continue;
      auto indent = indent_of(line);
      auto word = line.substr(indent, line.find(':') - indent);
      if (indent == 0)
        in_paths = word == "paths";
      if (!in_paths)
        continue;
      if (indent == 2) {
        path = word;
        call.clear();
      }
      if (indent == 4 && methods.contains(word)) {
        call = upper(word) + ' ' + path;
        out.calls.insert(call);
      }
      if (auto name = between(line, "- { name: ", ','); line.find("in: query") != std::string::npos)
        out.query[call].insert(name);
      if (auto name = between(line, "'#/components/parameters/", '\'');
          !name.empty() && !in_path.contains(name))
        out.query[call].insert(name);
    }
    return out;
  }

  } // namespace

  TEST_CASE("the description names exactly the calls that are served, with their parameters") {
    admin_fixture f;
    auto answer = f.send("GET", "/openapi.yaml", "");
    CHECK(answer.status == 200);
    CHECK(answer.field("Content-Type") == "application/yaml");
    CHECK(answer.body.starts_with("openapi: 3"));
    CHECK(answer.body.ends_with("\n"));
    auto found = parse(answer.body);
    // Of the data port; GET /healthz is a call of both.
    std::set<std::string> served{"POST /api/events",
                                 "GET /ws",
                                 "GET /api/events/stream",
                                 "GET /healthz",
                                 "GET /portal/{file}",
                                 "POST /in/{source}",
                                 "GET /in/{source}",
                                 "PUT /api/consumers/{name}",
                                 "DELETE /api/consumers/{name}",
                                 "GET /api/consumers/{name}/workers",
                                 "POST /api/consumers/{name}/pull",
                                 "POST /api/consumers/{name}/ack",
                                 "POST /api/consumers/{name}/nack",
                                 "POST /api/consumers/{name}/extend",
                                 "POST /api/consumers/{name}/release",
                                 "POST /api/jobs",
                                 "POST /api/jobs/queues/{queue}/pull",
                                 "POST /api/jobs/queues/{queue}/ack",
                                 "POST /api/jobs/queues/{queue}/nack",
                                 "POST /api/jobs/queues/{queue}/extend",
                                 "POST /api/jobs/queues/{queue}/release",
                                 "POST /api/jobs/queues/{queue}/progress"};
    for (const auto& x : admin::operations()) {
      auto call = std::string{x.method} + ' ' + std::string{x.pattern};
      served.insert(call);
      CAPTURE(call);
      std::set<std::string> names{x.query.begin(), x.query.end()};
      CHECK(names == found.query[call]);
    }
    CHECK(found.calls == served);
  }

  TEST_CASE("the node is alive whatever happens, and ready when nothing is missing") {
    admin_fixture f;
    CHECK(f.send("GET", "/healthz", "").body == R"({"status":"ok"})");
    CHECK(f.readiness().body == R"({"status":"ready","waitingFor":null})");
    f.waits_for = "index 40 %";
    auto waiting = f.readiness("index 40 %");
    CHECK(waiting.status == 503);
    CHECK(waiting.body == R"({"status":"waiting","waitingFor":"index 40 %"})");
    CHECK(waiting.field("Retry-After") == "1");
    CHECK(f.send("GET", "/healthz", "").status == 200);
  }

  TEST_CASE("counters, gauges and histograms are shown to Prometheus") {
    admin_fixture f;
    f.stats->published_events = 12;
    f.stats->head = 99;
    f.stats->log_damaged_events = 20;
    f.stats->commit_latency.record(std::chrono::microseconds{60});
    f.stats->commit_latency.record(std::chrono::seconds{60});
    consumer_status x;
    x.name = "audit";
    x.lag = 5;
    f.data.consumers = {x};
    auto shown = f.send("GET", "/metrics", f.reader);
    CHECK(shown.status == 200);
    CHECK(shown.field("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
    for (const auto* line :
         {"# TYPE carillon_published_events_total counter\n",
          "carillon_published_events_total 12\n", "carillon_log_head 99\n",
          "carillon_log_damaged_events 20\n", "carillon_commit_seconds_bucket{le=\"5e-05\"} 0\n",
          "carillon_commit_seconds_bucket{le=\"0.0001\"} 1\n",
          "carillon_commit_seconds_bucket{le=\"+Inf\"} 2\n", "carillon_commit_seconds_count 2\n",
          "carillon_consumer_lag_events{consumer=\"audit\"} 5\n", "carillon_consumers_up 1\n"}) {
      CAPTURE(line);
      CHECK(shown.body.find(line) != std::string::npos);
    }
  }

  TEST_CASE("what webhooks are doing is shown to Prometheus") {
    admin_fixture f;
    f.stats->webhook_attempts[0] = 5;
    f.stats->webhook_attempts[9] = 2;
    f.stats->webhook_attempt_latency.record(std::chrono::milliseconds{2});
    f.stats->webhook_delivery_latency.record(std::chrono::milliseconds{7});
    f.stats->webhook_in_flight = 3;
    f.stats->webhooks_disabled = 4;
    f.data.overview = {.registered = 100, .disabled = 7, .running = 20, .waiting = 6};
    f.data.overview.furthest_behind.resize(2);
    f.data.overview.furthest_behind[0].id = 42;
    f.data.overview.furthest_behind[0].consumer.lag = 900;
    f.data.overview.furthest_behind[1].id = 7;
    auto shown = f.send("GET", "/metrics", f.reader);
    for (const auto* line :
         {"# TYPE carillon_webhook_attempts_total counter\n",
          "carillon_webhook_attempts_total{outcome=\"delivered\"} 5\n",
          "carillon_webhook_attempts_total{outcome=\"timeout\"} 2\n",
          "carillon_webhook_attempts_total{outcome=\"not_sent\"} 0\n",
          "carillon_webhook_attempt_seconds_bucket{le=\"0.0025\"} 1\n",
          "carillon_webhook_delivery_seconds_bucket{le=\"0.005\"} 0\n",
          "carillon_webhook_delivery_seconds_bucket{le=\"0.01\"} 1\n",
          "carillon_webhook_in_flight 3\n", "carillon_webhooks_disabled_total 4\n",
          "# TYPE carillon_webhooks gauge\n", "carillon_webhooks{state=\"registered\"} 100\n",
          "carillon_webhooks{state=\"disabled\"} 7\n", "carillon_webhooks{state=\"running\"} 20\n",
          "carillon_webhooks{state=\"waiting\"} 6\n",
          "carillon_webhook_lag_events{webhook=\"42\"} 900\n",
          "carillon_webhook_lag_events{webhook=\"7\"} 0\n"}) {
      CAPTURE(line);
      CHECK(shown.body.find(line) != std::string::npos);
    }
  }

  TEST_CASE("what sessions are doing is shown to Prometheus, with a bounded set of series") {
    admin_fixture f;
    f.stats->sessions = 3;
    f.stats->sessions_opened = 10;
    f.stats->sessions_closed.at(session_close_slot(0)) = 4;
    f.stats->sessions_closed.at(session_close_slot(4008)) = 2;
    f.stats->sessions_closed.at(session_close_slot(1001)) = 1;
    f.stats->sessions_refused = 6;
    f.stats->session_resumes = 5;
    f.stats->session_catch_ups = 7;
    f.stats->session_events = 100;
    f.stats->session_frames = 120;
    f.stats->session_bytes_out = 9'000;
    auto body = f.send("GET", "/metrics", f.reader).body;
    for (const auto* line :
         {"# TYPE carillon_sessions gauge\n", "carillon_sessions 3\n",
          "# TYPE carillon_sessions_opened_total counter\n", "carillon_sessions_opened_total 10\n",
          "# TYPE carillon_sessions_closed_total counter\n",
          "carillon_sessions_closed_total{code=\"none\"} 4\n",
          "carillon_sessions_closed_total{code=\"4008\"} 2\n",
          "carillon_sessions_closed_total{code=\"1001\"} 1\n",
          "carillon_sessions_closed_total{code=\"4001\"} 0\n",
          "carillon_sessions_refused_total 6\n", "carillon_session_resumes_total 5\n",
          "carillon_session_catch_ups_total 7\n", "carillon_session_events_total 100\n",
          "carillon_session_frames_total 120\n", "carillon_session_sent_bytes_total 9000\n"}) {
      CAPTURE(line);
      CHECK(body.find(line) != std::string::npos);
    }
    size_t series = 0;
    for (auto at = body.find("\ncarillon_session"); at != std::string::npos;
         at = body.find("\ncarillon_session", at + 1))
      ++series;
    CHECK(series == 8 + session_close_codes.size());
  }

  TEST_CASE("a close code that nobody knows makes no series of its own") {
    for (size_t i = 0; i < session_close_codes.size(); ++i)
      CHECK(session_close_slot(session_close_codes.at(i)) == i);
    for (auto code : std::initializer_list<uint16_t>{1, 999, 1005, 3000, 4000, 65'535})
      CHECK(session_close_slot(code) == 0);
  }

  TEST_CASE("a node without webhooks is scraped as well") {
    admin_fixture f{admin_fixture::defaults(), false};
    auto shown = f.get("/metrics");
    CHECK(shown.status == 200);
    CHECK(shown.body.find("carillon_webhook_in_flight 0\n") != std::string::npos);
    CHECK(shown.body.find("carillon_webhooks{") == std::string::npos);
  }

  TEST_CASE("a scrape has series for a hundred consumers at most") {
    admin_fixture f;
    for (int i = 0; i < 150; ++i)
      f.data.consumers.push_back({.name = "c" + std::to_string(i)});
    auto body = f.get("/metrics").body;
    CHECK(body.find("carillon_consumer_cursor{consumer=\"c99\"}") != std::string::npos);
    CHECK(body.find("c100") == std::string::npos);
  }
}

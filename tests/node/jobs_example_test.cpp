// The example of docs/handlers.md, run as printed there: the lines between `docs: begin` and
// `docs: end` are a code block there.

#include "node/engine/engine.hpp"
#include "tests/support/printing.hpp"
#include "tests/support/process.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

TEST_SUITE("node/jobs_example") {
  namespace {

  std::atomic<int> reports{0};

  void write_report(const std::string& payload, std::chrono::steady_clock::time_point) {
    if (++reports == 1)
      throw std::runtime_error("the disk is full, and " + payload + " is not written");
  }

  // docs: begin
  /// Does jobs of the queue `report`. Each worker has one, and a thread: it may block.
  class report_runner final : public carillon::job_runner {
  public:
    carillon::job_outcome run(const carillon::job& x,
                              std::chrono::steady_clock::time_point deadline) override {
      if (x.kind != "report.daily")
        return carillon::job_outcome::hopeless("there is no such report"); // not tried again
      write_report(x.payload, deadline);                                   // throws: tried again
      return carillon::job_outcome::done();
    }
  };
  // docs: end

  /// The ranges between the marks, without the indentation of their first lines.
  std::vector<std::string> marked(const std::string& path) {
    std::ifstream in{path};
    REQUIRE(in.good());
    std::vector<std::string> out;
    bool inside = false;
    size_t indent = 0;
    for (std::string line; std::getline(in, line);) {
      auto at = std::min(line.find_first_not_of(' '), line.size());
      if (line.substr(at) == "// docs: begin") {
        inside = true;
        indent = at;
        out.emplace_back();
      } else if (line.substr(at) == "// docs: end") {
        inside = false;
      } else if (inside) {
        out.back() += line.substr(std::min(indent, line.size())) + "\n";
      }
    }
    return out;
  }

  std::string text_of(const std::string& path) {
    std::ifstream in{path};
    REQUIRE(in.good());
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  } // namespace

  TEST_CASE("the example of the job queue is in the document, and works") {
    auto examples = marked(CARILLON_DOCS "/../tests/node/jobs_example_test.cpp");
    REQUIRE(examples.size() == 2);
    auto document = text_of(CARILLON_DOCS "/handlers.md");
    for (const auto& x : examples)
      CHECK_MESSAGE(document.find("```cpp\n" + x + "```\n") != std::string::npos,
                    "not in the document as it is here:\n", x);

    carillon::test::temporary_directory dir;
    caf::actor_system_config config;
    carillon::engine::configure(config);
    caf::actor_system system{config};
    auto engine
      = carillon::engine::start(system, {.storage = {.url = "sqlite://" + dir.path() + "/data"}});
    REQUIRE(engine);
    // docs: begin
    carillon::job_queue queue;
    queue.name = "report";
    queue.workers = 2;
    queue.retry_schedule = {50ms, 10min};
    queue.make = [] { return std::make_unique<report_runner>(); };
    auto added = engine->add_job_queue(std::move(queue));

    carillon::job_draft draft;
    draft.kind = "report.daily";
    draft.key = "report/2026-11-23";
    draft.payload = R"({"day":"2026-11-23"})";
    auto job = engine->enqueue(draft);   // durable
    auto again = engine->enqueue(draft); // again->duplicate: the key is known
    // docs: end
    REQUIRE(added);
    REQUIRE(job);
    REQUIRE(again);
    CHECK_FALSE(job->duplicate);
    CHECK(again->duplicate);
    CHECK(again->id == job->id);
    caf::scoped_actor self{system, true};
    auto deadline = std::chrono::steady_clock::now() + 20s;
    carillon::job now;
    while (now.state != carillon::job_state::done && std::chrono::steady_clock::now() < deadline) {
      self->request(engine->handles().state_reader.jobs, 5s, carillon::get_job{job->id, {}})
        .receive([&](const carillon::job& x) { now = x; }, [](const caf::error&) {});
      std::this_thread::yield();
    }
    CHECK(now.state == carillon::job_state::done);
    CHECK(now.attempts == 2);
    CHECK(reports == 2);
    CHECK(engine->stop());
  }
}

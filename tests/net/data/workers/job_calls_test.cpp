#include "tests/support/json.hpp"

#include "messages/caf_error.hpp"
#include "net/data/workers/worker_call.hpp"
#include "tests/support/deterministic.hpp"

#include <caf/actor_cast.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <boost/beast/http/verb.hpp>

#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace carillon;
using namespace carillon::data;
using namespace carillon::test;
using namespace std::chrono_literals;

// Calls about jobs, with the actors that they ask replaced.
TEST_SUITE("net/job_calls") {
  namespace {

  using call = worker_route::call;
  using boost::beast::http::verb;

  struct world : deterministic {
    /// Queues of the application.
    std::set<std::string> own{"report"};
    std::vector<job_draft> drafts;
    /// How many were added by each call.
    std::vector<size_t> calls_to_store;
    std::optional<failure> broken;
    /// Whose jobs the store does not take.
    std::optional<std::string> broken_company;
    enqueued_job enqueued{17, false, false};
    std::map<uint64_t, job> jobs;
    /// Queues with jobs in the store, and how often they were asked for.
    job_queue_records with_jobs;
    size_t looks = 0;
    std::vector<std::string> asked;
    std::vector<settle_deliveries> settled;
    std::vector<pull_deliveries> pulled;
    /// Answers later than anybody waits.
    bool is_slow = false;
    std::vector<caf::typed_response_promise<handed_deliveries_ptr>> late;
    std::vector<uint64_t> closed;
    bounds shared;

    handed_deliveries_ptr one_job() {
      auto work = std::make_shared<job>();
      work->id = 7;
      work->kind = "thumbs";
      work->payload = R"({"n": 1.50})";
      auto out = std::make_shared<handed_deliveries>();
      out->push_back({.id = "7", .fence = "1.4", .what = {}, .deadline = now(), .work = work});
      return out;
    }

    caf::actor state = sys.spawn(
      [this](caf::event_based_actor*, int /*CAF wants one*/) -> caf::behavior {
        return {
          [this](const enqueue_jobs& x) -> caf::result<enqueued_jobs> {
            if (broken)
              return to_error(*broken);
            if (broken_company && x.drafts.front().company_id == *broken_company)
              return to_error({ec::store_unavailable, "away", {}});
            drafts.insert(drafts.end(), x.drafts.begin(), x.drafts.end());
            calls_to_store.push_back(x.drafts.size());
            enqueued_jobs out;
            for (const auto& draft : x.drafts) {
              out.push_back(enqueued);
              out.back().differs = enqueued.differs || draft.key == "other";
              out.back().id += out.size() - 1;
            }
            return out;
          },
          [this](const list_job_queues&) {
            ++looks;
            return with_jobs;
          },
          [this](const get_job& x) -> caf::result<job> {
            auto found = jobs.find(x.id);
            if (found == jobs.end() || (x.company_id && found->second.company_id != *x.company_id))
              return to_error({ec::not_found, "there is no job " + std::to_string(x.id), "id"});
            return found->second;
          },
        };
      },
      0);
    caf::actor dispatcher = sys.spawn(
      [this](caf::event_based_actor*, int /*CAF wants one*/) -> caf::behavior {
        return {[this](atom::find, const std::string& queue) { return own.contains(queue); }};
      },
      0);
    caf::actor desk = sys.spawn(
      [this](caf::event_based_actor* at, int /*CAF wants one*/) -> caf::behavior {
        return {
          [this, at](const pull_deliveries& x) -> caf::result<handed_deliveries_ptr> {
            pulled.push_back(x);
            if (is_slow) {
              late.push_back(at->make_response_promise<handed_deliveries_ptr>());
              return late.back();
            }
            return one_job();
          },
          [this](atom::closed, uint64_t ticket) {
            closed.push_back(ticket);
            // It was about to answer.
            for (auto& x : std::exchange(late, {}))
              x.deliver(one_job());
          },
          [this](const settle_deliveries& x) {
            settled.push_back(x);
            return settled_deliveries{};
          },
        };
      },
      0);
    caf::actor hub = sys.spawn(
      [this](caf::event_based_actor*, int /*CAF wants one*/) -> caf::behavior {
        return {[this](atom::find, const std::string& queue,
                       const std::string& company) -> caf::result<worker_desk_actor> {
          asked.push_back(queue + '/' + company);
          if (own.contains(queue))
            return to_error({ec::conflict, "the node does these itself", "queue"});
          return caf::actor_cast<worker_desk_actor>(desk);
        }};
      },
      0);
    engine_handles actors;
    std::shared_ptr<worker_calls> calls;

    world() {
      actors.state_reader = state_handles_of(state);
      actors.state_writer = state_handles_of(state);
      actors.jobs = caf::actor_cast<job_dispatcher_actor>(dispatcher);
      actors.queue_workers = caf::actor_cast<queue_hub_actor>(hub);
      worker_options options;
      options.max_queue_names = 10;
      options.queues["exports"].ack_timeout = 600s;
      calls = std::make_shared<worker_calls>(sys, actors, shared, options);
    }

    ~world() {
      late.clear();
      calls.reset();
      pass(10s);
      for (auto* x : {&state, &dispatcher, &desk, &hub})
        stop(*x);
    }

    struct answered {
      int status = 0;
      std::string body;
      std::string fields;
      rapidjson::Document json;
    };

    answered serve(const std::string& path, const std::string& body, principal who) {
      auto at = worker_route_of(path);
      REQUIRE(at);
      std::optional<whole_answer> got;
      worker_call{calls, *at, verb::post, std::move(who)}.serve(
        body, "127.0.0.1", std::chrono::steady_clock::now() + 30s,
        [&](whole_answer x) { got = std::move(x); });
      deliver();
      REQUIRE(got);
      answered out{got->status, got->body, got->fields, {}};
      out.json.Parse(got->body.data(), got->body.size());
      return out;
    }
  };

  /// Of 800 kB.
  std::string long_array(const std::string& last) {
    std::string out = "[";
    for (int i = 0; i < 4; ++i)
      out += R"({"queue":"q","payload":{"a":")" + std::string(200'000, 'x') + R"("}},)";
    return out + last + ']';
  }

  principal key(role what, std::string company = {}, std::string consumers = {}) {
    return {.key_id = 3,
            .role = what,
            .company_id = std::move(company),
            .key_name = {},
            .consumers = std::move(consumers)};
  }

  } // namespace

  TEST_CASE_FIXTURE(world, "a job is enqueued for the company of the key") {
    auto made = serve("/api/jobs", R"({"queue":"thumbs","key":"k","payload":{"n": 1.50}})",
                      key(role::publisher, "c-1"));
    CHECK(made.status == 201);
    CHECK(made.json["id"].GetInt() == 17);
    CHECK(made.json["key"] == "k");
    CHECK(!made.json["duplicate"].GetBool());
    CHECK(made.fields == "Location: /api/jobs/17\r\n");
    REQUIRE(drafts.size() == 1);
    CHECK(drafts[0].company_id == "c-1");
    CHECK(drafts[0].payload == R"({"n": 1.50})");
    enqueued.duplicate = true;
    auto again = serve("/api/jobs", R"({"queue":"thumbs","key":"k","companyId":"c-9"})",
                       key(role::publisher));
    CHECK(again.status == 200);
    CHECK(again.json["duplicate"].GetBool());
    CHECK(drafts.back().company_id == "c-9");
    enqueued.differs = true;
    auto other = serve("/api/jobs", R"({"queue":"thumbs","key":"k"})", key(role::publisher));
    CHECK(other.status == 409);
    CHECK(other.json["field"] == "key");
  }

  TEST_CASE_FIXTURE(world, "what may not be enqueued is not") {
    CHECK(serve("/api/jobs", R"({"queue":"thumbs","companyId":"c-2"})", key(role::publisher, "c-1"))
            .status
          == 403);
    for (const auto* queue : {"email", "document", "report"}) {
      auto refused
        = serve("/api/jobs", R"({"queue":")" + std::string{queue} + R"("})", key(role::admin));
      CHECK(refused.status == 409);
      CHECK(refused.json["field"] == "queue");
    }
    CHECK(serve("/api/jobs", "[]", key(role::admin)).status == 400);
    CHECK(drafts.empty());
    broken = failure{ec::store_unavailable, "away", {}};
    auto away = serve("/api/jobs", R"({"queue":"thumbs"})", key(role::admin));
    CHECK(away.status == 503);
  }

  TEST_CASE_FIXTURE(world, "an array is added as one, and each of its jobs has its own answer") {
    auto made
      = serve("/api/jobs",
              R"( [{"queue":"thumbs","key":"a","payload":{"n": 1.50}}, {"queue":"Thumbs"},)"
              R"({"queue":"email"},{"queue":"report"},{"queue":"thumbs","companyId":"c-2"},)"
              R"(7,{"queue":"thumbs","key":"other"},{"queue":"thumbs.a"},)"
              R"({"queue":"exports","key":"b","priority":3}] )",
              key(role::publisher, "c-1"));
    CHECK(made.status == 200);
    CHECK(made.fields.empty());
    const auto& results = made.json["results"];
    REQUIRE(results.Size() == 9);
    CHECK(results[0]["id"].GetInt() == 17);
    CHECK(results[0]["key"] == "a");
    CHECK(!results[0]["duplicate"].GetBool());
    CHECK(results[8]["queue"] == "exports");
    CHECK(results[8]["id"].GetInt() == 19);
    struct refused {
      rapidjson::SizeType index;
      int status;
      std::string field;
    };
    for (const auto& x : {refused{1, 400, "queue"}, refused{2, 409, "queue"},
                          refused{3, 409, "queue"}, refused{4, 403, "companyId"},
                          refused{5, 400, {}}, refused{6, 409, "key"}, refused{7, 400, "queue"}}) {
      CAPTURE(x.index);
      REQUIRE(results[x.index].HasMember("error"));
      CHECK(results[x.index]["index"].GetUint() == x.index);
      CHECK(results[x.index]["error"]["status"].GetInt() == x.status);
      CHECK(results[x.index]["error"].HasMember("field") == !x.field.empty());
      if (!x.field.empty())
        CHECK(results[x.index]["error"]["field"] == x.field.c_str());
    }
    CHECK(calls_to_store == std::vector<size_t>{3});
    REQUIRE(drafts.size() == 3);
    CHECK(drafts[0].payload == R"({"n": 1.50})");
    CHECK(drafts[2].priority == 3);
    for (const auto& x : drafts)
      CHECK(x.company_id == "c-1");
  }

  TEST_CASE_FIXTURE(world, "half of a surrogate pair, or a huge number, spoils its own job only") {
    auto made
      = serve("/api/jobs",
              R"([{"queue":"q","payload":{"a":"\ud83d"}},{"queue":"q","payload":{"a":1e999}},)"
              R"({"queue":"q","payload":{"a":"\ude00"}},{"queue":"q"}])",
              key(role::publisher));
    REQUIRE(made.status == 200);
    const auto& results = made.json["results"];
    REQUIRE(results.Size() == 4);
    for (rapidjson::SizeType i = 0; i < 3; ++i) {
      CAPTURE(i);
      REQUIRE(results[i].HasMember("error"));
      CHECK(results[i]["error"]["status"].GetInt() == 400);
    }
    CHECK(results[3]["id"].GetInt() == 17);
    CHECK(calls_to_store == std::vector<size_t>{1});
  }

  TEST_CASE_FIXTURE(world, "jobs of an array that companies own are added by company") {
    const std::string text
      = R"([{"queue":"q","companyId":"c-1"},{"queue":"q","companyId":"c-2"},{"queue":"q"},)"
        R"({"queue":"q","companyId":"c-1"}])";
    CHECK(serve("/api/jobs", text, key(role::publisher)).status == 200);
    CHECK(calls_to_store == std::vector<size_t>{1, 2, 1});
    broken_company = "c-2";
    auto some = serve("/api/jobs", text, key(role::publisher));
    CHECK(some.status == 200);
    CHECK(some.json["results"][1]["error"]["code"] == "store_unavailable");
    CHECK(some.json["results"][3]["id"].GetInt() == 18);
    broken = failure{ec::store_unavailable, "away", {}};
    CHECK(serve("/api/jobs", text, key(role::publisher)).status == 503);
  }

  TEST_CASE_FIXTURE(world, "an array that cannot be trusted, or has too many jobs, adds nothing") {
    auto broken_text
      = serve("/api/jobs", R"([{"queue":"q"},{"queue" "q"},{"queue":"q"}])", key(role::publisher));
    CHECK(broken_text.status == 400);
    CHECK(broken_text.json["code"] == "malformed_json");
    CHECK(broken_text.body.find("in item 1 of the array") != std::string::npos);
    for (const auto* text : {"[", R"([{"queue":"q"}] 7)", R"([{"queue":"q"},])", "[]", "[}"})
      CHECK(serve("/api/jobs", text, key(role::publisher)).status == 400);
    auto of = [](size_t count) {
      std::string out = "[";
      for (size_t i = 0; i < count; ++i)
        out += i == 0 ? R"({"queue":"q"})" : R"(,{"queue":"q"})";
      return out + "]";
    };
    CHECK(serve("/api/jobs", of(1'001), key(role::publisher)).status == 413);
    CHECK(drafts.empty());
    CHECK(serve("/api/jobs", of(1'000), key(role::publisher)).status == 200);
    CHECK(calls_to_store == std::vector<size_t>{1'000});
  }

  TEST_CASE_FIXTURE(world, "a long array is parsed on another thread") {
    std::promise<std::pair<whole_answer, std::thread::id>> answer;
    auto got = answer.get_future();
    worker_call{calls, *worker_route_of("/api/jobs"), verb::post, key(role::publisher)}.serve(
      long_array(R"({"queue" "q"})"), "127.0.0.1", std::chrono::steady_clock::now() + 30s,
      [&](whole_answer x) {
        answer.set_value({std::move(x), std::this_thread::get_id()});
      });
    REQUIRE(got.wait_for(20s) == std::future_status::ready);
    auto [refused, by] = got.get();
    CHECK(refused.status == 400);
    CHECK(by != std::this_thread::get_id());
    CHECK(drafts.empty());
  }

  TEST_CASE_FIXTURE(world, "a long array counts as a call for each 256 KiB") {
    bounds few;
    few.add("worker calls", "requests in progress", 3);
    calls = std::make_shared<worker_calls>(sys, actors, few);
    auto refused = serve("/api/jobs", long_array(R"({"queue":"q"})"), key(role::publisher));
    CHECK(refused.status == 503);
    CHECK(refused.json["code"] == "overloaded");
    CHECK(serve("/api/jobs", R"([{"queue":"q"}])", key(role::publisher)).status == 200);
    CHECK(few.list({}).front().used == 0);
  }

  TEST_CASE_FIXTURE(world, "a job is shown to those who may see it") {
    for (const auto& [id, kind, company] :
         std::vector<std::tuple<uint64_t, std::string, std::string>>{
           {1, "thumbs.small", "c-1"}, {2, "email.welcome", "c-1"}, {3, "report.daily", ""}}) {
      jobs[id].id = id;
      jobs[id].kind = kind;
      jobs[id].company_id = company;
    }
    jobs[1].state = job_state::done;
    jobs[1].result = R"({"width": 64})";
    jobs[1].progress = job_progress{.note = "half", .percent = 50, .at = now()};
    auto shown = serve("/api/jobs/1", "", key(role::publisher, "c-1"));
    CHECK(shown.status == 200);
    CHECK(shown.json["state"] == "done");
    CHECK(shown.body.find(R"("result":{"width": 64})") != std::string::npos);
    CHECK(shown.json["progress"]["percent"].GetInt() == 50);
    struct row {
      principal who;
      int status;
    };
    for (const auto& x : {row{key(role::admin), 200}, row{key(role::reader), 200},
                          row{key(role::publisher, "c-2"), 404}, row{key(role::worker), 200},
                          row{key(role::worker, "c-1", "queue/thumbs"), 200},
                          row{key(role::worker, {}, "queue/other,thumbs"), 404}})
      CHECK(serve("/api/jobs/1", "", x.who).status == x.status);
    // The node's own ones, and none.
    for (const auto* id : {"2", "3", "4", "0", "x", "18446744073709551616"})
      CHECK(serve("/api/jobs/" + std::string{id}, "", key(role::admin)).status == 404);
  }

  TEST_CASE_FIXTURE(world, "a worker pulls and settles at the desk of its queue and company") {
    auto got = serve("/api/jobs/queues/thumbs/pull", R"({"max":3,"waitMs":100})",
                     key(role::worker, "c-1"));
    CHECK(got.status == 200);
    CHECK(asked == std::vector<std::string>{"thumbs/c-1"});
    CHECK(pulled.at(0).most == 3);
    CHECK(pulled.at(0).wait == 100ms);
    CHECK(got.body.find(R"("payload":{"n": 1.50})") != std::string::npos);
    CHECK(got.json["ackTimeoutMs"].GetInt() == 30'000);
    CHECK(
      serve("/api/jobs/queues/exports/pull", "{}", key(role::worker)).json["ackTimeoutMs"].GetInt()
      == 600'000);
    CHECK(serve("/api/jobs/queues/thumbs/ack", R"({"id":"7","fence":"1.4","result": {"w": 1.50}})",
                key(role::worker))
            .json["settled"]
            .GetInt()
          == 1);
    CHECK(asked.back() == "thumbs/");
    CHECK(settled.back().items.at(0).result == R"({"w": 1.50})");
    CHECK(serve("/api/jobs/queues/thumbs/progress", R"({"id":"7","fence":"1.4","percent":5})",
                key(role::worker))
            .status
          == 200);
    CHECK(settled.back().items.at(0).progress.percent == 5u);
    const auto before = settled.size();
    for (const auto* body : {R"({"id":"7"})", R"({"id":"7","fence":"1.4","result":1,"more":1})",
                             "[]", "", R"({"ids":["7"]})"})
      CHECK(serve("/api/jobs/queues/thumbs/ack", body, key(role::worker)).status == 400);
    CHECK(settled.size() == before);
    CHECK(serve("/api/jobs/queues/report/pull", "{}", key(role::worker)).status == 409);
    // A consumer's delivery has no result.
    CHECK(worker_route_of("/api/consumers/a/ack")->of == work_kind::deliveries);
  }

  TEST_CASE_FIXTURE(world, "what a desk hands over after the deadline of a pull comes back") {
    is_slow = true;
    auto at = worker_route_of("/api/jobs/queues/thumbs/pull");
    REQUIRE(at);
    std::optional<whole_answer> got;
    worker_call{calls, *at, verb::post, key(role::worker)}.serve(
      R"({"waitMs":1000})", "127.0.0.1", std::chrono::steady_clock::now() + 5s,
      [&](whole_answer x) { got = std::move(x); });
    deliver();
    pass(1s);
    REQUIRE(late.size() == 1);
    CHECK(closed.empty());
    pass(5s);
    // The desk hears that nobody waits.
    REQUIRE(closed.size() == 1);
    CHECK(closed[0] == pulled[0].ticket);
    REQUIRE(got);
    // The port answered by itself meanwhile, and says that this was not sent.
    REQUIRE(got->unsent);
    got->unsent();
    deliver();
    REQUIRE(settled.size() == 1);
    CHECK(settled[0].items.at(0).what == settlement::kind::release);
    CHECK(settled[0].items.at(0).fence == "1.4");
  }

  TEST_CASE_FIXTURE(world, "the names of queues are bounded, and companies share them") {
    with_jobs.push_back({.queue = "old"});
    auto add = [&](const std::string& queue, const std::string& company) {
      return serve("/api/jobs", R"({"queue":")" + queue + R"("})", key(role::publisher, company));
    };
    CHECK(add("q0", "c-1").status == 201);
    CHECK(looks == 1);
    int made = 1;
    while (made < 20 && add("q" + std::to_string(made), "c-1").status == 201)
      ++made;
    CHECK(made == 8);
    auto refused = add("another", "c-1");
    CHECK(refused.status == 429);
    CHECK(refused.json["code"] == "quota_exceeded");
    CHECK(refused.json["field"] == "queue");
    // Names that are there cost nothing, and another company has room.
    CHECK(add("q0", "c-1").status == 201);
    CHECK(add("old", "c-1").status == 201);
    CHECK(add("another", "c-2").status == 201);
    // Of no company: the bound alone.
    CHECK(add("one-more", {}).status == 503);
    CHECK(looks == 1);
    CHECK(drafts.size() == 11);
  }
}

#include "net/data/workers/worker_route.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;
using namespace carillon::data;

TEST_SUITE("net/worker_route") {
  TEST_CASE("a path is a call about a consumer, a queue or a job") {
    using call = worker_route::call;
    struct row {
      const char* path;
      call what;
      const char* name;
      const char* pattern;
      work_kind of;
    };
    constexpr auto jobs = work_kind::jobs;
    constexpr auto deliveries = work_kind::deliveries;
    for (const auto& x :
         {row{"/consume/loyalty", call::connect, "loyalty", "/consume/{name}", deliveries},
          row{"/consume/queue/thumbs", call::connect, "thumbs", "/consume/queue/{queue}", jobs},
          // A consumer may be called so.
          row{"/consume/queue", call::connect, "queue", "/consume/{name}", deliveries},
          row{"/api/consumers/a", call::settings, "a", "/api/consumers/{name}", deliveries},
          row{"/api/consumers/a/pull", call::pull, "a", "/api/consumers/{name}/pull", deliveries},
          row{"/api/consumers/a/release", call::release, "a", "/api/consumers/{name}/release",
              deliveries},
          row{"/api/jobs", call::enqueue, "", "/api/jobs", jobs},
          row{"/api/jobs/17", call::show_job, "17", "/api/jobs/{id}", jobs},
          row{"/api/jobs/queues/a/pull", call::pull, "a", "/api/jobs/queues/{queue}/pull", jobs},
          row{"/api/jobs/queues/a/ack", call::ack, "a", "/api/jobs/queues/{queue}/ack", jobs},
          row{"/api/jobs/queues/a/nack", call::nack, "a", "/api/jobs/queues/{queue}/nack", jobs},
          row{"/api/jobs/queues/a/extend", call::extend, "a", "/api/jobs/queues/{queue}/extend",
              jobs},
          row{"/api/jobs/queues/a/release", call::release, "a", "/api/jobs/queues/{queue}/release",
              jobs},
          row{"/api/jobs/queues/a/progress", call::progress, "a",
              "/api/jobs/queues/{queue}/progress", jobs}}) {
      CAPTURE(x.path);
      auto found = worker_route_of(x.path);
      REQUIRE(found);
      CHECK(found->what == x.what);
      CHECK(found->name == x.name);
      CHECK(found->pattern == x.pattern);
      CHECK(found->of == x.of);
    }
  }

  TEST_CASE("other paths are not") {
    for (const auto* path :
         {"/consume/", "/consume/queue/", "/consume/queue/a/b", "/consume/a/b", "/api/consumers",
          "/api/consumers/", "/api/consumers/a/progress", "/api/jobsx", "/api/jobs/",
          "/api/jobs/1/", "/api/jobs/1/retry", "/api/jobs/queues", "/api/jobs/queues/",
          "/api/jobs/queues/a", "/api/jobs/queues/a/pause", "/api/jobs/queues/a/pull/x",
          "/api/events", ""}) {
      CAPTURE(path);
      CHECK(!worker_route_of(path));
    }
  }
}

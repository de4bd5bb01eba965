#include "net/data/workers/queue_names.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace carillon;
using namespace carillon::data;
using namespace std::chrono_literals;

TEST_SUITE("net/queue_names") {
  namespace {

  struct named {
    bound_ptr places = std::make_shared<bound>("job queue names", "queues with jobs", 4, 4.0);
    queue_names names{places};
    queue_names::time_point now{1h};

    bool use(const std::string& queue, const std::string& company = {}) {
      return names.use(queue, company, now).has_value();
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(named, "a name counts once, however often it is used") {
    for (int i = 0; i < 100; ++i)
      CHECK(use("thumbs", "c-1"));
    CHECK(places->status({}).used == 1);
  }

  TEST_CASE_FIXTURE(named, "one name too many is refused, with the field") {
    for (const auto* queue : {"a", "b", "c", "d"})
      CHECK(use(queue));
    auto refused = names.use("e", {}, now);
    REQUIRE(!refused);
    CHECK(refused.error().code == ec::overloaded);
    CHECK(refused.error().field == "queue");
    CHECK(use("d"));
  }

  TEST_CASE_FIXTURE(named, "a name without jobs is free again, after a time") {
    for (const auto* queue : {"a", "b", "c", "d"})
      use(queue);
    names.refresh({"a", "b"}, now);
    CHECK(!use("e"));
    now += queue_names::unused;
    use("c");
    names.refresh({"a", "b"}, now);
    CHECK(use("e"));
    CHECK(!use("f"));
  }

  TEST_CASE_FIXTURE(named, "names that the store has count, even beyond the bound") {
    names.refresh({"a", "b", "c", "d", "e"}, now);
    CHECK(places->status({}).used == 4);
    CHECK(use("e", "c-1"));
    CHECK(!use("f", "c-1"));
    names.refresh({"a", "b", "c"}, now + queue_names::unused);
    now += queue_names::unused;
    CHECK(use("f", "c-1"));
  }

  TEST_CASE_FIXTURE(named,
                    "the store is looked at first, and now and then while names are refused") {
    CHECK(names.claim_look(false, now));
    CHECK(!names.claim_look(false, now));
    CHECK(!names.claim_look(true, now));
    now += queue_names::between_looks;
    CHECK(!names.claim_look(false, now));
    CHECK(names.claim_look(true, now));
    CHECK(!names.claim_look(true, now));
  }
}

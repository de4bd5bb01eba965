#include "tests/support/fake_store.hpp"

#include "tests/support/deterministic.hpp"

#include <doctest/doctest.h>

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

namespace carillon::test {

TEST_SUITE("support/fake_store") {
  namespace {

  caf::behavior knows_a_job(caf::event_based_actor*, int /*CAF wants one*/) {
    return fake_store([](const get_job& x) -> caf::result<job> { return job{.id = x.id}; },
                      [](const consumer_commit_ptr&) { return atom::done_v; });
  }

  struct world : deterministic {
    caf::actor actor = sys.spawn(knows_a_job, 0);
    state_handles handles = state_handles_of(actor);

    ~world() {
      stop(actor);
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(world, "an override answers its request") {
    CHECK(ask<job>(handles.jobs, get_job{.id = 7})->id == 7);
    CHECK(ask<atom::done>(handles.consumers, consumer_commit_ptr{}));
  }

  TEST_CASE_FIXTURE(world, "any other request fails the test" * doctest::should_fail()) {
    CHECK(ask<contact>(handles.contacts, get_contact{}).error() == ec::internal);
  }

  TEST_CASE("the failure names the request") {
    CHECK(name_of_type<get_job>() == "carillon::get_job");
  }
}

} // namespace carillon::test

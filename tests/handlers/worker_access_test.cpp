#include "handlers/worker_access.hpp"

#include "tests/support/fake_store.hpp"

#include <doctest/doctest.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <string>

using namespace std::chrono_literals;

namespace carillon::test {

TEST_SUITE("handlers/worker_access") {
  namespace {

  template <class T>
  caf::result<T> refused() {
    return to_error({ec::internal, "not asked for here", {}});
  }

  /// Knows the event 7; never answers about the event 8.
  log_reader_actor::behavior_type reader(log_reader_actor::pointer self, int /*CAF wants one*/) {
    return {
      [](const read_request&) { return refused<event_page_ptr>(); },
      [](const query_request&) { return refused<query_page_ptr>(); },
      [self](const find_request& x) -> caf::result<event_ptr> {
        if (x.seq == 8)
          return self->make_response_promise<event_ptr>();
        if (x.seq != 7)
          return to_error({ec::not_found, "no such event", {}});
        auto out = std::make_shared<event>();
        out->seq = 7;
        return event_ptr{out};
      },
      [](const count_request&) { return refused<uint64_t>(); },
      [](const stats_request&) { return refused<stats_result_ptr>(); },
      [](const counters_request&) { return refused<counter_rows_ptr>(); },
    };
  }

  /// Answers requests of worker_access by echoing them.
  caf::behavior state(caf::event_based_actor*, int /*CAF wants one*/) {
    return fake_store(
      [](const enqueue_jobs& x) {
        enqueued_jobs out(x.drafts.size());
        return out;
      },
      [](const get_contact& x) -> caf::result<contact> {
        if (x.user_id != "u-1")
          return to_error({ec::not_found, "no such contact", {}});
        return contact{.user_id = x.user_id, .name = "Ada"};
      },
      [](const list_contacts& x) {
        contact_list out;
        out.next = x.after;
        return out;
      },
      [](const add_document& x) {
        auto out = x.what;
        out.id = 3;
        return out;
      },
      [](const get_document&) -> caf::result<document> {
        return to_error({ec::not_found, "no such document", {}});
      },
      [](const find_old_documents& x) {
        old_documents out(1);
        out.front().what.id = x.id;
        return out;
      },
      [](const remove_documents& x) { return static_cast<uint64_t>(x.ids.size()); });
  }

  } // namespace

  TEST_CASE("answers and errors of the actors come back, within the deadline") {
    caf::actor_system_config config;
    caf::actor_system sys{config};
    auto log = sys.spawn(reader, 0);
    auto store = sys.spawn(state, 0);
    {
      auto access = make_worker_access(sys, log, state_handles_of(store), 300ms);
      CHECK(access.find_event(7).value()->seq == 7);
      CHECK(access.find_event(1).error().code == ec::not_found);
      auto begun = std::chrono::steady_clock::now();
      CHECK(access.find_event(8).error().code == ec::timeout);
      CHECK(std::chrono::steady_clock::now() - begun < 10s);
      CHECK(access.find_contact({.user_id = "u-1"}).value().name == "Ada");
      CHECK(access.find_contact({.user_id = "u-2"}).error().code == ec::not_found);
      CHECK(access.contacts({.after = "x"}).value().next == "x");
      CHECK(access.find_document({.key = "k"}).error().code == ec::not_found);
      auto made = access.add_document({.key = "k"}).value();
      CHECK(made.id == 3);
      CHECK(made.key == "k");
      CHECK(access.enqueue({{{}, {}}}).value().size() == 2);
      caf::scoped_actor self{sys, true};
      self->send_exit(store, caf::exit_reason::user_shutdown);
      self->wait_for(store);
      CHECK(access.find_contact({.user_id = "u-1"}).error().code == ec::shutting_down);
    }
    caf::anon_send_exit(log, caf::exit_reason::user_shutdown);
  }

} // TEST_SUITE

} // namespace carillon::test

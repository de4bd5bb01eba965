#include "actors/workers/worker_hub.hpp"

#include "messages/workers/own_name.hpp"
#include "tests/support/deterministic.hpp"

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace carillon;

TEST_SUITE("actors/worker_hub") {
  namespace {

  /// Remembers why it was refused.
  class refused_link final : public session_link {
  public:
    void bind(std::shared_ptr<session_peer>) override {
      bound = true;
    }
    session_wire wire() const noexcept override {
      return session_wire::websocket;
    }
    bool send(const live_segment_ptr&, size_t, size_t) override {
      return true;
    }
    void say(std::string_view, std::string_view) override {
    }
    void report(position, std::string_view) override {
    }
    void took() override {
    }
    void refuse(const failure& x, session_close close, position) override {
      why = x.code;
      code = close;
    }
    void close(session_close, position) override {
    }

    bool bound = false;
    ec why = ec::none;
    session_close code = session_close::normal;
  };

  /// A hub, and one actor that answers whatever it asks.
  struct fixture : test::deterministic {
    remote_consumers stored;
    caf::actor world = sys.spawn(
      [this](caf::event_based_actor*, int) -> caf::behavior {
        return {
          [](const list_consumers&) {
            consumer_status audit;
            audit.name = "audit";
            return consumer_statuses{audit};
          },
          [](const consumer_settings_ptr&) { return atom::done_v; },
          [](atom::detach, const std::string&) { return atom::done_v; },
          [](atom::head) { return position{9}; },
          [](const open_consumer&) {
            return opened_consumer_ptr{std::make_shared<opened_consumer>()};
          },
          [this](const list_remote_consumers&) { return stored; },
          [](const put_remote_consumer&) { return atom::done_v; },
          [](const remove_remote_consumer&) { return atom::done_v; },
        };
      },
      0);
    bounds shared;
    bound_ptr places = shared.add("remote consumers", "remote consumers", 10);
    worker_hub_actor hub = sys.spawn(
      worker_hub, worker_hub_env{.supervisor = caf::actor_cast<supervisor_actor>(world),
                                 .cursors = caf::actor_cast<consumer_store_actor>(world),
                                 .store = caf::actor_cast<remote_consumer_store_actor>(world),
                                 .router = caf::actor_cast<router_actor>(world),
                                 .reader = caf::actor_cast<log_reader_actor>(world),
                                 .places = places,
                                 .now = [this] { return now(); }});

    ~fixture() {
      stop(hub);
      stop(world);
    }

    /// @param own_to the company of the key
    /// @param company of the consumer
    caf::expected<put_result> put(const std::string& own_to, const std::string& name,
                                  const std::string& company = {},
                                  delivery_order order = delivery_order::none) {
      put_remote_consumer request{.own_to = own_to};
      request.consumer.name = name;
      request.consumer.order = order;
      if (!company.empty() || !own_to.empty())
        request.consumer.company_id = company.empty() ? own_to : company;
      return ask<put_result>(hub, request);
    }

    /// The name by which the node calls it; empty if there is none.
    std::string found(const std::string& company, const std::string& name) {
      auto x = ask<remote_consumer_desk>(hub, atom::find_v, name, company);
      if (!x)
        CHECK(x.error() == ec::not_found);
      return x ? x->consumer.name : std::string{};
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(fixture, "companies have names of their own") {
    REQUIRE(put("c-1", "loyalty"));
    auto other = put("c-2", "loyalty", {}, delivery_order::total);
    REQUIRE(other);
    CHECK(other->created);
    CHECK(other->consumer.name == own_name("loyalty", "c-2"));
    CHECK(found("c-1", "loyalty") == own_name("loyalty", "c-1"));
    CHECK(found("c-2", "loyalty") == own_name("loyalty", "c-2"));
    CHECK(found("c-3", "loyalty").empty());
    // Who is bound to no company uses the whole names; a company may.
    CHECK(found("", "loyalty").empty());
    CHECK(found("", own_name("loyalty", "c-2")) == own_name("loyalty", "c-2"));
    CHECK(found("c-2", own_name("loyalty", "c-2")) == own_name("loyalty", "c-2"));
    CHECK(found("c-1", own_name("loyalty", "c-2")).empty());
    auto again = put("c-1", "loyalty");
    REQUIRE(again);
    CHECK(!again->created);
    auto changed = put("c-1", "loyalty", {}, delivery_order::total);
    REQUIRE(!changed);
    CHECK(changed.error() == ec::conflict);
  }

  TEST_CASE_FIXTURE(fixture, "a company learns nothing of the node's names, and has those for it") {
    REQUIRE(put("", "billing"));
    REQUIRE(put("", "loyalty", "c-1"));
    CHECK(found("c-1", "loyalty") == "loyalty");
    auto same = put("c-1", "loyalty");
    REQUIRE(same);
    CHECK(!same->created);
    CHECK(same->consumer.name == "loyalty");
    for (const char* name : {"loyalty", "billing", "free", "audit"}) {
      CAPTURE(name);
      CHECK(found("c-2", name).empty());
      auto made = put("c-2", name, {}, delivery_order::total);
      REQUIRE(made);
      CHECK(made->created);
    }
    auto taken = put("", "audit");
    REQUIRE(!taken);
    CHECK(taken.error() == ec::conflict);
  }

  TEST_CASE_FIXTURE(fixture, "a company has no two consumers of a name") {
    REQUIRE(put("c-1", "loyalty"));
    auto second = put("", "loyalty", "c-1");
    REQUIRE(!second);
    CHECK(second.error() == ec::conflict);
    CHECK(put("", "loyalty", "c-2"));
    CHECK(found("c-1", "loyalty") == own_name("loyalty", "c-1"));
    CHECK(found("c-2", "loyalty") == "loyalty");
  }

  TEST_CASE_FIXTURE(fixture, "companies share the places, and a removed consumer's is free") {
    std::vector<std::string> made;
    caf::error full;
    while (made.size() < 20) {
      auto name = "x" + std::to_string(made.size());
      auto done = put("c-1", name);
      if (!done) {
        full = done.error();
        break;
      }
      made.push_back(name);
    }
    CHECK(made.size() == 8);
    CHECK(full == ec::quota_exceeded);
    // What is there may be changed, and others have room.
    CHECK(put("c-1", "x0"));
    CHECK(put("c-2", "x0"));
    CHECK(put("", "one-more", "c-1").error() == ec::quota_exceeded);
    REQUIRE(put("", "of-nobody"));
    CHECK(put("", "another").error() == ec::overloaded);
    CHECK(places->status("c-1").own == 8);
    CHECK(ask<atom::done>(hub, remove_remote_consumer{own_name("x0", "c-1"), {}}));
    CHECK(places->status("c-1").own == 7);
    // A refusal leaves nothing behind.
    CHECK(put("", "audit").error() == ec::conflict);
    CHECK(places->status({}).used == 9);
    CHECK(put("", "another"));
    CHECK(places->status({}).used == 10);
  }

  TEST_CASE_FIXTURE(fixture, "consumers that are loaded have their places, however many") {
    for (int i = 0; i < 12; ++i) {
      stored.emplace_back();
      stored.back().name = "x" + std::to_string(i);
      stored.back().company_id = "c-1";
    }
    REQUIRE(ask<not_loaded>(hub, atom::status_v));
    CHECK(places->status("c-1").own == 12);
    CHECK(put("c-2", "y").error() == ec::overloaded);
    CHECK(found("c-1", "x11") == "x11");
  }

  TEST_CASE_FIXTURE(fixture, "a connection that is not for companies' consumers gets none") {
    REQUIRE(put("c-1", "mail"));
    REQUIRE(put("", "mail.orders", "c-1"));
    auto open = [&](const std::string& name) {
      auto link = std::make_shared<refused_link>();
      caf::anon_send(hub, open_worker{name, {}, link, false, false});
      deliver();
      return link;
    };
    for (const auto& name : {own_name("mail", "c-1"), std::string{"mail.orders"}}) {
      auto refused = open(name);
      CHECK(refused->why == ec::forbidden);
      CHECK(refused->code == session_close::forbidden);
      CHECK(!refused->bound);
    }
    CHECK(open("mail.none")->why == ec::not_found);
  }

  TEST_CASE_FIXTURE(fixture, "a name of a company that would be too long, or taken, is refused") {
    CHECK(put("c-1", std::string(most_own_name_bytes, 'a')));
    for (const auto& name : {std::string(most_own_name_bytes + 1, 'b'), std::string(65, 'b'),
                             std::string{"webhook"}}) {
      CAPTURE(name);
      auto refused = put("c-1", name);
      REQUIRE(!refused);
      CHECK(refused.error() == ec::invalid_argument);
    }
    // One that the node gave may be longer.
    auto long_name = std::string(most_own_name_bytes + 1, 'c');
    REQUIRE(put("", long_name, "c-1"));
    CHECK(put("c-1", long_name));
  }

  TEST_CASE_FIXTURE(fixture,
                    "what was removed is there for nobody, and what is stored comes back") {
    remote_consumer kept;
    kept.name = own_name("loyalty", "c-1");
    kept.company_id = "c-1";
    stored = {kept};
    REQUIRE(ask<not_loaded>(hub, atom::status_v)->reasons.empty());
    CHECK(found("c-1", "loyalty") == kept.name);
    CHECK(ask<atom::done>(hub, remove_remote_consumer{.name = kept.name}));
    CHECK(found("c-1", "loyalty").empty());
  }
}

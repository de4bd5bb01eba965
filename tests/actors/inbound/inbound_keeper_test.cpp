#include "actors/inbound/inbound_keeper.hpp"

#include "tests/support/deterministic.hpp"
#include "tests/support/fake_store.hpp"
#include "tests/support/process.hpp"

#include <caf/event_based_actor.hpp>

#include <algorithm>
#include <string>

namespace carillon::test {

TEST_SUITE("actors/inbound_keeper") {
  namespace {

  using namespace std::chrono_literals;

  /// Sources in memory, by the rules of the store.
  struct inbound_in_memory {
    inbound_records all;
    size_t lists = 0;
    bool broken = false;
    /// The change is made, and its answer is lost.
    bool unanswered = false;

    inbound_record* find(const std::string& name) {
      const auto found = std::find_if(all.begin(), all.end(),
                                      [&](const auto& x) { return x.source.name == name; });
      return found == all.end() ? nullptr : &*found;
    }
  };

  template <class T>
  caf::result<T> store_away() {
    return to_error({ec::store_unavailable, "away", {}});
  }

  caf::behavior inbound_state(caf::event_based_actor*, inbound_in_memory* data) {
    return fake_store(
      [=](const list_inbound&) -> caf::result<inbound_records_ptr> {
        ++data->lists;
        return inbound_records_ptr{std::make_shared<const inbound_records>(data->all)};
      },
      [=](const store_inbound& x) -> caf::result<inbound_record> {
        if (data->broken)
          return store_away<inbound_record>();
        auto* found = data->find(x.source.name);
        if (found != nullptr && found->source.company_id != x.source.company_id)
          return to_error({ec::conflict, "another company's", "name"});
        if (found == nullptr)
          found = &data->all.emplace_back();
        found->source = x.source;
        if (!x.sealed.empty())
          found->sealed = x.sealed;
        if (data->unanswered)
          return store_away<inbound_record>();
        return *found;
      },
      [=](const rotate_inbound& x) -> caf::result<inbound_record> {
        auto* found = data->find(x.name);
        if (data->broken || found == nullptr)
          return store_away<inbound_record>();
        found->old_sealed = found->sealed;
        found->old_expires_at = x.old_expires_at;
        found->sealed = x.sealed;
        return *found;
      },
      [=](const delete_inbound& x) -> caf::result<atom::done> {
        if (data->broken)
          return store_away<atom::done>();
        std::erase_if(data->all, [&](const auto& y) { return y.source.name == x.name; });
        return atom::done_v;
      });
  }

  struct inbound_fixture : deterministic {
    temporary_directory dir;
    inbound_in_memory data;
    std::shared_ptr<const secret_box> box
      = std::make_shared<const secret_box>(*secret_box::open(dir.path() + "/node.key"));
    std::shared_ptr<inbound_book> book = std::make_shared<inbound_book>();
    caf::actor state = sys.spawn(inbound_state, &data);
    inbound_keeper_actor aut = spawn();

    ~inbound_fixture() {
      stop(aut);
      stop(state);
    }

    inbound_keeper_actor spawn() {
      inbound_keeper_env env;
      env.store = state_handles_of(state).inbound;
      env.secrets = box;
      env.book = book;
      env.records = std::make_shared<const inbound_records>(data.all);
      auto out = sys.spawn(inbound_keeper, std::move(env));
      deliver();
      return out;
    }

    static inbound_source provider(const char* name, inbound_preset preset,
                                   const char* company = "acme") {
      auto out = preset_source(preset);
      out.name = name;
      out.company_id = company;
      return out;
    }

    caf::expected<changed_inbound> put(inbound_source x, std::string secret = {}) {
      return ask<changed_inbound>(aut, put_inbound{std::move(x), std::move(secret), {}});
    }

    std::string served_secret(const char* name) const {
      const auto found = book->find(name);
      return found == nullptr || found->secrets.empty() ? "none" : found->secrets.front().text;
    }
  };

  } // namespace

  TEST_CASE_FIXTURE(inbound_fixture, "a source is served before its change is answered") {
    const auto made = put(provider("stripe", inbound_preset::stripe), "whsec_of_stripe");
    REQUIRE(made);
    CHECK(made->created);
    CHECK(made->made_secret.empty());
    CHECK(served_secret("stripe") == "whsec_of_stripe");
    // What is stored says nothing.
    CHECK(data.all.front().sealed.find("whsec") == std::string::npos);
    CHECK(put(provider("stripe", inbound_preset::stripe), "whsec_another")->created == false);
    CHECK(served_secret("stripe") == "whsec_another");
    CHECK(ask<atom::done>(aut, delete_inbound{"stripe", "acme", {}}));
    CHECK(book->find("stripe") == nullptr);
  }

  TEST_CASE_FIXTURE(inbound_fixture, "a secret is made where the provider takes ours, and once") {
    const auto made = put(provider("github", inbound_preset::github));
    REQUIRE(made);
    CHECK(made->made_secret.size() > 30);
    CHECK(served_secret("github") == made->made_secret);
    const auto again = put(provider("github", inbound_preset::github));
    REQUIRE(again);
    CHECK(again->made_secret.empty());
    CHECK(served_secret("github") == made->made_secret);
    for (const auto preset :
         {inbound_preset::stripe, inbound_preset::slack, inbound_preset::shopify})
      CHECK(put(provider("other", preset)).error() == ec::invalid_argument);
    CHECK(put(provider("short", inbound_preset::github), "short").error() == ec::invalid_argument);
    CHECK(put(provider("std", inbound_preset::standard), "no-whsec").error()
          == ec::invalid_argument);
    // The present secret has not the form of Standard Webhooks.
    CHECK(put(provider("github", inbound_preset::standard)).error() == ec::invalid_argument);
    CHECK(book->find("github")->source.preset == inbound_preset::github);
  }

  TEST_CASE_FIXTURE(inbound_fixture, "a rotation leaves both secrets valid for the grace") {
    REQUIRE(put(provider("stripe", inbound_preset::stripe), "whsec_first"));
    rotate_inbound_secret request;
    request.name = "stripe";
    request.secret = "whsec_second";
    request.grace = 1h;
    REQUIRE(ask<changed_inbound>(aut, request));
    auto served = book->find("stripe");
    REQUIRE(served->secrets.size() == 2);
    CHECK(served->secrets[0].text == "whsec_second");
    CHECK(served->secrets[1].text == "whsec_first");
    CHECK(served->secrets[1].expires_at > wall_clock_now());
    CHECK(served->secrets[1].expires_at < wall_clock_now() + 2h);
    request.company_id = "other";
    CHECK(ask<changed_inbound>(aut, request).error() == ec::not_found);
    request.company_id = "acme";
    request.secret.clear();
    CHECK(ask<changed_inbound>(aut, request).error() == ec::invalid_argument);
  }

  TEST_CASE_FIXTURE(inbound_fixture, "a failure of the store changes nothing that is served") {
    REQUIRE(put(provider("stripe", inbound_preset::stripe), "whsec_first"));
    data.broken = true;
    CHECK(put(provider("stripe", inbound_preset::stripe), "whsec_second").error()
          == ec::store_unavailable);
    CHECK(served_secret("stripe") == "whsec_first");
    CHECK(ask<atom::done>(aut, delete_inbound{"stripe", "acme", {}}).error()
          == ec::store_unavailable);
    CHECK(served_secret("stripe") == "whsec_first");
    // One whose answer was lost is found.
    data.broken = false;
    data.unanswered = true;
    CHECK_FALSE(put(provider("stripe", inbound_preset::stripe), "whsec_third"));
    CHECK(served_secret("stripe") == "whsec_third");
  }

  TEST_CASE_FIXTURE(inbound_fixture, "another company's source is not changed") {
    REQUIRE(put(provider("stripe", inbound_preset::stripe), "whsec_first"));
    CHECK(put(provider("stripe", inbound_preset::stripe, "other"), "whsec_second").error()
          == ec::conflict);
    CHECK(put(provider("stripe", inbound_preset::stripe, "other")).error() == ec::conflict);
    CHECK(served_secret("stripe") == "whsec_first");
    CHECK(book->find("stripe")->source.company_id == "acme");
  }

  TEST_CASE_FIXTURE(inbound_fixture,
                    "another key opens no secret, nor one moved to another source") {
    REQUIRE(put(provider("stripe", inbound_preset::stripe), "whsec_first"));
    REQUIRE(put(provider("other", inbound_preset::stripe), "whsec_other"));
    auto records = data.all;
    std::swap(records[0].sealed, records[1].sealed);
    for (const auto& [name, x] : live_sources_of(records, *box))
      CHECK(x->secrets.empty());
    const auto other = *secret_box::open(dir.path() + "/other.key");
    for (const auto& [name, x] : live_sources_of(data.all, other))
      CHECK(x->secrets.empty());
    CHECK(live_sources_of(data.all, *box).at("stripe")->secrets.size() == 1);
  }
}

} // namespace carillon::test

#include "tests/persistence/state/state_fixture.hpp"

#include <functional>

// The contract of every state_store about its lists: audit, dead letters, replays, keys, types.

namespace carillon::test {

TEST_SUITE("persistence/state_lists") {
  namespace {

  /// Follows a list to its end; the numbers as they came.
  template <class Ask>
  std::vector<uint64_t> follow(list_request page, Ask&& ask) {
    std::vector<uint64_t> all;
    do {
      const auto part = ask(page);
      CHECK(part.items.size() <= page.limit);
      for (const auto& x : part.items) {
        if constexpr (requires { x.number; })
          all.push_back(x.number);
        else
          all.push_back(x.id);
      }
      page.beyond = part.next;
    } while (page.beyond);
    return all;
  }

  using numbers = std::vector<uint64_t>;

  } // namespace

  TEST_CASE("the audit log is listed by company and action, in pages, both ways") {
    state_fixture f;
    for (int i = 0; i < 7; ++i) {
      auto x = make_entry(i % 2 == 0 ? "key.created" : "key.deleted");
      x.company_id = i < 4 ? "acme" : "beta";
      must(f.state->audit().append({x}));
    }
    const auto list = [&](const list_request& p) { return must(f.state->audit().list({p})); };
    CHECK(follow({.limit = 3}, list) == numbers{7, 6, 5, 4, 3, 2, 1});
    CHECK(follow({.limit = 3, .ascending = true}, list) == numbers{1, 2, 3, 4, 5, 6, 7});
    CHECK(follow({.limit = 1, .company_id = "acme"}, list) == numbers{4, 3, 2, 1});
    CHECK(follow({.limit = 2, .name = "key.created"}, list) == numbers{7, 5, 3, 1});
    CHECK(follow({.limit = 1, .company_id = "beta", .name = "key.created", .ascending = true}, list)
          == numbers{5, 7});
    CHECK(follow({.company_id = "none"}, list).empty());
    CHECK(follow({.beyond = 3, .limit = 2}, list) == numbers{2, 1});
    const auto row = list({.limit = 1}).items.at(0);
    CHECK(row.hash.size() == 64);
    CHECK(row.entry.detail == R"({"n":1})");
    CHECK(row.entry.time == epoch);
  }

  TEST_CASE("the audit log is filtered by time, actor, person, subject and origin") {
    state_fixture f;
    for (int i = 0; i < 6; ++i) {
      auto x = make_entry("key.created");
      x.time = epoch + std::chrono::hours{i};
      x.actor = i % 2 == 0 ? "key:1" : "key:2";
      x.person = i == 3 ? "alice" : "";
      x.subject = "key:" + std::to_string(i / 2);
      x.origin = i < 2 ? "10.0.0.9 (shop)" : "10.0.0.10 (back office)";
      must(f.state->audit().append({x}));
    }
    const auto list = [&](list_audit x) {
      return follow({.limit = 2, .ascending = true}, [&](const list_request& p) {
        x.page = p;
        return must(f.state->audit().list(x));
      });
    };
    CHECK(list({.actor = "key:1"}) == numbers{1, 3, 5});
    CHECK(list({.actor = "alice"}) == numbers{4});
    CHECK(list({.actor = "key:"}).empty());
    CHECK(list({.subject = "key:2"}) == numbers{5, 6});
    CHECK(list({.origin = "shop"}) == numbers{1, 2});
    CHECK(list({.origin = "10.0.0."}) == numbers{1, 2, 3, 4, 5, 6});
    CHECK(list({.from = epoch + std::chrono::hours{4}}) == numbers{5, 6});
    CHECK(list({.to = epoch + std::chrono::hours{1}}) == numbers{1});
    CHECK(list({.actor = "key:2", .subject = "key:1", .from = epoch}) == numbers{4});
    CHECK(
      must(f.state->audit().list({.page = {.limit = 9}, .actor = "alice"})).items.at(0).entry.person
      == "alice");
  }

  TEST_CASE("a page that ends with the list has no next") {
    state_fixture f;
    for (int i = 0; i < 4; ++i)
      must(f.state->audit().append({make_entry("a.b")}));
    CHECK_FALSE(must(f.state->audit().list({{.limit = 4}})).next);
    CHECK(must(f.state->audit().list({{.limit = 3}})).next == 2);
  }

  TEST_CASE("dead letters are listed by company and consumer") {
    state_fixture f;
    for (const auto* name : {"a", "b"}) {
      f.begin(name);
      must(f.commit({.consumer = name,
                     .cursor = 3,
                     .dead_letters = {make_letter(1), make_letter(2, "beta"), make_letter(3)},
                     .now = epoch}));
    }
    const auto list
      = [&](const list_request& p) { return must(f.state->dead_letters().list({p})); };
    CHECK(follow({.limit = 4}, list).size() == 6);
    CHECK(follow({.limit = 1, .name = "b", .ascending = true}, list) == numbers{4, 5, 6});
    CHECK(follow({.limit = 1, .company_id = "beta"}, list) == numbers{5, 2});
    CHECK(follow({.company_id = "acme", .name = "a"}, list) == numbers{3, 1});
    const auto x = list({.limit = 1}).items.at(0);
    CHECK(x.consumer == "b");
    CHECK(x.attempts == 5);
    CHECK(x.last_error == "boom");
    CHECK(x.event_type == "order.created");
    CHECK(x.created_at == epoch);
    CHECK(f.record("a").dead_letters == 3);
  }

  TEST_CASE("a replay keeps what it was asked for and how far it is") {
    state_fixture f;
    replay_record x;
    x.target = replay_target::handler("audit");
    x.filter.types.push_back(*type_pattern::parse("order.*"));
    x.filter.company_id = "acme";
    x.filter.from = epoch;
    x.positions = {3, 17, 4'000'000'000'000};
    x.rate = 50;
    x.up_to = 99;
    x.matched = 3;
    x.by = {"key:7", "10.0.0.7", "shop"};
    const auto made = must(f.state->replays().create(create_replay{x}, epoch));
    CHECK(made.id > 0);
    CHECK(made.created_at == epoch);
    const auto later = epoch + std::chrono::seconds{5};
    must(f.state->replays().update({.id = made.id, .cursor = 17, .delivered = 2}, later));
    f.restart();
    const auto read = must(f.state->replays().get({made.id}));
    CHECK(read.phase == replay_phase::running);
    CHECK(read.target == x.target);
    CHECK(read.filter == x.filter);
    CHECK(read.positions == x.positions);
    CHECK(read.rate == 50);
    CHECK(read.up_to == 99);
    CHECK(read.cursor == 17);
    CHECK(read.delivered == 2);
    CHECK(read.matched == 3);
    CHECK(read.updated_at == later);
    CHECK(read.by.who == "key:7");
    CHECK(read.by.from == "10.0.0.7");
    REQUIRE(must(f.state->replays().running()).size() == 1);
    must(f.state->replays().update(
      {.id = made.id, .phase = replay_phase::failed, .error = "no target"}, later));
    CHECK(must(f.state->replays().running()).empty());
    CHECK(must(f.state->replays().get({made.id})).error == "no target");
    const auto row = must(f.state->audit().list({})).items.at(0).entry;
    CHECK(row.action == "replay.created");
    CHECK(row.actor == "key:7");
    CHECK(row.origin == "10.0.0.7 (shop)");
    CHECK(row.company_id == "acme");
    CHECK(row.detail
          == R"({"target":"handler/audit","matched":3,"upTo":99,"first":3,"last":4000000000000})");
    x.positions.clear();
    must(f.state->replays().create(create_replay{x}, epoch));
    CHECK(must(f.state->audit().list({})).items.at(0).entry.detail
          == R"({"target":"handler/audit","matched":3,"upTo":99,"filter":)" + to_json(x.filter)
               + "}");
    CHECK(code_of(f.state->replays().get({12345})) == ec::not_found);
    CHECK(code_of(f.state->replays().update(update_replay{.id = 12345}, later)) == ec::not_found);
  }

  TEST_CASE("replays are listed newest first, and by company") {
    state_fixture f;
    for (int i = 0; i < 5; ++i) {
      replay_record x;
      x.target = replay_target::all();
      if (i % 2 == 0)
        x.filter.company_id = "acme";
      must(f.state->replays().create(create_replay{x}, epoch));
    }
    const auto list = [&](const list_request& p) { return must(f.state->replays().list({p})); };
    CHECK(follow({.limit = 2}, list) == numbers{5, 4, 3, 2, 1});
    CHECK(follow({.limit = 2, .company_id = "acme"}, list) == numbers{5, 3, 1});
    CHECK(follow({.limit = 2, .company_id = "acme", .ascending = true}, list) == numbers{1, 3, 5});
  }

  TEST_CASE("a key may be bound to a certificate, which stands for one key") {
    state_fixture f;
    auto made = [&](char hash, const std::string& certificate) {
      const api_key key{.name = "shop", .hash = std::string(64, hash), .certificate = certificate};
      return f.state->access().create(create_api_key{key, {"cli", ""}}, epoch);
    };
    const std::string digest(64, 'e');
    must(made('a', digest));
    must(made('b', {}));
    must(made('c', {}));
    CHECK(code_of(made('d', digest)) == ec::conflict);
    f.restart();
    const auto keys = must(f.state->access().keys());
    REQUIRE(keys.size() == 3);
    CHECK(keys[0].certificate == digest);
    CHECK(keys[1].certificate.empty());
    must(f.state->access().remove(delete_api_key{.id = keys[0].id}, epoch));
    CHECK(made('d', digest).has_value());
  }

  TEST_CASE("a key keeps its end, when it was used, and that it is for emergencies") {
    state_fixture f;
    const auto end = epoch + std::chrono::hours{1};
    const api_key ends{.name = "ends", .hash = std::string(64, 'a'), .expires_at = end};
    const api_key envelope{
      .name = "envelope", .role = role::admin, .hash = std::string(64, 'b'), .break_glass = true};
    const auto first = must(f.state->access().create(create_api_key{ends, {"cli", ""}}, epoch));
    must(f.state->access().create(create_api_key{envelope, {"cli", ""}}, epoch));
    auto keys = must(f.state->access().keys());
    REQUIRE(keys.size() == 2);
    CHECK(keys[0].expires_at == end);
    CHECK(!keys[0].last_used_at);
    CHECK(!keys[0].break_glass);
    CHECK(!keys[1].expires_at);
    CHECK(keys[1].break_glass);
    const auto later = epoch + std::chrono::minutes{2};
    must(f.state->access().note({{{first.id, later}, {4'711, later}}}));
    // Another node that is behind.
    must(f.state->access().note({{{first.id, epoch + std::chrono::minutes{1}}}}));
    f.restart();
    keys = must(f.state->access().keys());
    CHECK(keys[0].last_used_at == later);
    CHECK(!keys[1].last_used_at);
  }

  TEST_CASE("a key is stored by its hash, once, and can be deleted") {
    state_fixture f;
    const api_key key{
      .name = "shop", .role = role::publisher, .company_id = "acme", .hash = std::string(64, 'a')};
    const auto made = must(f.state->access().create(create_api_key{key, {"cli", ""}}, epoch));
    CHECK(made.id > 0);
    CHECK(code_of(f.state->access().create(create_api_key{key, {}}, epoch)) == ec::conflict);
    f.restart();
    const auto keys = must(f.state->access().keys());
    REQUIRE(keys.size() == 1);
    CHECK(keys[0].name == "shop");
    CHECK(keys[0].role == role::publisher);
    CHECK(keys[0].company_id == "acme");
    CHECK(keys[0].hash == key.hash);
    CHECK(keys[0].created_at == epoch);
    must(f.state->access().remove(delete_api_key{.id = made.id, .by = {"key:1", "::1"}}, epoch));
    CHECK(must(f.state->access().keys()).empty());
    CHECK(code_of(f.state->access().remove(delete_api_key{.id = made.id}, epoch)) == ec::not_found);
    const auto audit = must(f.state->audit().list({{.ascending = true}})).items;
    REQUIRE(audit.size() == 2);
    CHECK(audit[0].entry.action == "key.created");
    CHECK(audit[0].entry.detail == R"({"name":"shop","role":"publisher"})");
    CHECK(audit[0].entry.detail.find(key.hash) == std::string::npos);
    CHECK(audit[1].entry.action == "key.deleted");
    CHECK(audit[1].entry.origin == "::1");
  }

  TEST_CASE("an event type is inserted and then replaced") {
    state_fixture f;
    must(f.state->access().put({{.type = "a.b", .audience = audience::user, .schema = "{}"}, {}},
                               epoch));
    must(f.state->access().put(
      {{.type = "a.b", .audience = audience::all, .schema = R"({"x":1})"}, {}}, epoch));
    must(f.state->access().put({{.type = "a.a", .schema = "{}"}, {}}, epoch));
    f.restart();
    const auto types = must(f.state->access().event_types());
    REQUIRE(types.size() == 2);
    CHECK(types[0].type == "a.a");
    CHECK(types[1].audience == audience::all);
    CHECK(types[1].schema == R"({"x":1})");
    CHECK(must(f.state->audit().list({})).items.at(0).entry.action == "type.registered");
  }

  TEST_CASE("an event type without a schema is deleted") {
    state_fixture f;
    must(f.state->access().put({{.type = "a.b", .audience = audience::user, .schema = "{}"}, {}},
                               epoch));
    must(f.state->access().put({{.type = "a.c", .schema = "{}"}, {}}, epoch));
    must(f.state->access().put({{.type = "a.b"}, {.from = "::1"}}, epoch));
    must(f.state->access().put({{.type = "a.never"}, {}}, epoch));
    f.restart();
    const auto types = must(f.state->access().event_types());
    REQUIRE(types.size() == 1);
    CHECK(types[0].type == "a.c");
    const auto entry = must(f.state->audit().list({})).items.at(1).entry;
    CHECK(entry.action == "type.deleted");
    CHECK(entry.subject == "type:a.b");
    CHECK(entry.origin == "::1");
  }
}

} // namespace carillon::test

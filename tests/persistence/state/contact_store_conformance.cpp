#include "tests/persistence/state/state_fixture.hpp"

#include <algorithm>

// The contract of every state_store about contacts, notifications and documents.

namespace carillon::test {

TEST_SUITE("persistence/contact_store") {
  namespace {

  using namespace std::chrono_literals;

  const operator_stamp by_key{"key:1", "10.0.0.9"};

  contact person(std::string id, std::string company = "acme", std::string role = "admin") {
    return {.user_id = std::move(id),
            .company_id = std::move(company),
            .email = "x@example.com",
            .name = "Ada Lovelace",
            .role = std::move(role)};
  }

  void put(state_fixture& f, contact x) {
    must(f.state->contacts().put(put_contact{std::move(x), by_key}, epoch));
  }

  notification_draft note_for(std::string key, std::string user, std::string company = "acme",
                              std::string role = {}) {
    return {.key = std::move(key),
            .kind = "order.created",
            .event_seq = 3,
            .user_id = std::move(user),
            .company_id = std::move(company),
            .role = std::move(role),
            .title = "An order",
            .body = "It is there.",
            .link = "/orders/1"};
  }

  void notify(state_fixture& f, std::vector<notification_draft> xs, timestamp now = epoch) {
    effects x;
    x.rows<notification_draft>() = std::move(xs);
    f.commit_effects(std::move(x), now);
  }

  notification_list of_user(state_fixture& f, const std::string& id, bool unread = false) {
    return must(f.state->notifications().list({.user_id = id, .unread_only = unread}));
  }

  } // namespace

  TEST_CASE("contacts are put, replaced, listed and deleted, and the audit log tells") {
    state_fixture f;
    auto x = person("u-1");
    x.muted = {{contact_channel::notification, "order.created"}, {contact_channel::email, "*"}};
    put(f, x);
    CHECK(f.last_audit().action == "contact.changed");
    CHECK(f.last_audit().detail == R"({"role":"admin","fields":["email","name","role","muted"]})");
    auto found = must(f.state->contacts().get(get_contact{.user_id = "u-1"}));
    CHECK(found.name == "Ada Lovelace");
    REQUIRE(found.muted.size() == 2);
    CHECK(found.muted[0].first == contact_channel::email);
    put(f, person("u-1", "acme", "buyer"));
    found = must(f.state->contacts().get(get_contact{.user_id = "u-1"}));
    CHECK(found.role == "buyer");
    CHECK(found.muted.empty());
    CHECK(f.last_audit().detail == R"({"role":"buyer","fields":["role","muted"]})");
    put(f, person("u-1", "acme", "buyer"));
    CHECK(f.last_audit().detail == R"({"role":"buyer","fields":[]})");
    put(f, person("u-2", "other"));
    put(f, person("u-3"));
    CHECK(!f.state->contacts().get(get_contact{.user_id = "u-2", .company_id = "acme"}));
    CHECK(must(f.state->contacts().list({})).items.size() == 3);
    CHECK(must(f.state->contacts().list({.company_id = "acme"})).items.size() == 2);
    CHECK(must(f.state->contacts().list({.company_id = "acme", .role = "admin"})).items.size()
          == 1);
    auto page = must(f.state->contacts().list({.limit = 2}));
    CHECK(page.items.back().user_id == "u-2");
    page = must(f.state->contacts().list({.after = page.next, .limit = 2}));
    REQUIRE(page.items.size() == 1);
    CHECK(page.items[0].user_id == "u-3");
    CHECK(page.next.empty());
    CHECK(!f.state->contacts().remove(
      delete_contact{.user_id = "u-2", .company_id = "acme", .by = by_key}, epoch));
    must(f.state->contacts().remove(delete_contact{.user_id = "u-2", .by = by_key}, epoch));
    CHECK(f.last_audit().action == "contact.deleted");
    CHECK(!f.state->contacts().get(get_contact{.user_id = "u-2"}));
  }

  TEST_CASE("the same user at two companies is two contacts, in nobody's way") {
    state_fixture f;
    auto mine = person("carol", "acme");
    mine.muted = {{contact_channel::email, "*"}};
    put(f, mine);
    auto foreign = person("carol", "bad", "buyer");
    foreign.email = "spy@bad.example";
    foreign.muted = {{contact_channel::notification, "*"}};
    put(f, foreign);
    put(f, person("carol", ""));
    auto of = [&](const std::string& company) {
      return must(f.state->contacts().get(get_contact{.user_id = "carol", .company_id = company}));
    };
    CHECK(of("acme").email == "x@example.com");
    REQUIRE(of("acme").muted.size() == 1);
    CHECK(of("acme").muted[0].first == contact_channel::email);
    CHECK(of("bad").email == "spy@bad.example");
    CHECK(of("").muted.empty());
    // With several contacts the company must be named; with one it need not be.
    CHECK(code_of(f.state->contacts().get(get_contact{.user_id = "carol"})) == ec::conflict);
    CHECK(
      code_of(f.state->contacts().remove(delete_contact{.user_id = "carol", .by = by_key}, epoch))
      == ec::conflict);
    // Each page continues at the contact, not at the user.
    std::vector<std::string> seen;
    std::string after;
    do {
      auto page = must(f.state->contacts().list({.after = after, .limit = 1}));
      for (const auto& x : page.items)
        seen.push_back(x.user_id + " of " + x.company_id);
      after = page.next;
    } while (!after.empty());
    CHECK(seen == std::vector<std::string>{"carol of ", "carol of acme", "carol of bad"});
    // Mutes, changes and deletions of one company do not affect another.
    notify(f, {note_for("a", "carol", "acme"), note_for("b", "carol", "bad")});
    REQUIRE(of_user(f, "carol").items.size() == 1);
    CHECK(of_user(f, "carol").items[0].company_id == "acme");
    notify(f, {note_for("c", "", "", "")});
    CHECK(of_user(f, "carol").items.size() == 3);
    must(f.state->contacts().remove(
      delete_contact{.user_id = "carol", .company_id = "bad", .by = by_key}, epoch));
    CHECK(f.last_audit().company_id == "bad");
    CHECK(of("acme").muted.size() == 1);
    CHECK(code_of(f.state->contacts().get(get_contact{.user_id = "carol", .company_id = "bad"}))
          == ec::not_found);
  }

  TEST_CASE("a user whom the company does not know is asked as a contact of no company") {
    state_fixture f;
    auto x = person("dave", "");
    x.muted = {{contact_channel::notification, "order.created"}};
    put(f, x);
    notify(f, {note_for("a", "dave")});
    CHECK(of_user(f, "dave").items.empty());
    put(f, person("dave", "acme"));
    notify(f, {note_for("b", "dave")});
    CHECK(of_user(f, "dave").items.size() == 1);
  }

  TEST_CASE("a notification is made for whom it is for, unless muted, and once") {
    state_fixture f;
    put(f, person("u-1"));
    put(f, person("u-2"));
    put(f, person("u-3", "acme", "buyer"));
    put(f, person("u-4", "other"));
    auto mute = person("u-5");
    mute.muted = {{contact_channel::notification, "order.created"}};
    put(f, mute);
    mute.user_id = "u-6";
    mute.muted = {{contact_channel::email, "*"}};
    put(f, mute);
    mute.user_id = "u-7";
    mute.muted = {{contact_channel::notification, "*"}};
    put(f, mute);
    notify(f, {note_for("a", "", "acme", "admin"), note_for("b", "stranger"), note_for("c", "u-5"),
               note_for("d", "", "acme")});
    auto count = [&](const std::string& id) { return of_user(f, id).items.size(); };
    CHECK(count("u-1") == 2);
    CHECK(count("u-2") == 2);
    CHECK(count("u-3") == 1);
    CHECK(count("u-4") == 0);
    CHECK(count("u-5") == 0);
    CHECK(count("u-6") == 2);
    CHECK(count("u-7") == 0);
    CHECK(count("stranger") == 1);
    notify(f, {note_for("a", "", "acme", "admin"), note_for("b", "stranger")});
    CHECK(count("u-1") == 2);
    CHECK(count("stranger") == 1);
    // Without user, company and role: everybody, each as of their own company.
    notify(f, {note_for("e", "", "")});
    CHECK(count("u-3") == 2);
    CHECK(count("u-4") == 1);
    CHECK(of_user(f, "u-4").items.at(0).company_id == "other");
    CHECK(count("u-5") == 0);
    notify(f, {note_for("f", "", "", "admin")});
    CHECK(count("u-4") == 1);
    // Another company's contact with this user id changes nothing.
    put(f, person("u-8", ""));
    notify(f, {note_for("g", "u-4"), note_for("h", "u-8")});
    CHECK(count("u-4") == 2);
    CHECK(of_user(f, "u-4").items.at(0).company_id == "acme");
    CHECK(count("u-8") == 1);
    notify(f, {note_for("i", "u-4", "other"), note_for("j", "u-4", "")});
    CHECK(count("u-4") == 4);
    auto x = of_user(f, "u-1").items.at(0);
    CHECK(x.kind == "order.created");
    CHECK(x.title == "An order");
    CHECK(x.link == "/orders/1");
    CHECK(x.company_id == "acme");
    CHECK(!x.read_at);
  }

  TEST_CASE("they are read one by one or all at once, by whom they are for") {
    state_fixture f;
    notify(
      f, {note_for("a", "u-1"), note_for("b", "u-1"), note_for("c", "u-1"), note_for("d", "u-2")});
    auto all = of_user(f, "u-1");
    REQUIRE(all.items.size() == 3);
    CHECK(all.unread == 3);
    auto id = all.items[1].id;
    CHECK(!f.state->notifications().read({.id = id, .user_id = "u-2"}, epoch + 1s));
    CHECK(!f.state->notifications().read({.id = id, .company_id = "other"}, epoch + 1s));
    CHECK(must(f.state->notifications().get(get_notification{.id = id})).user_id == "u-1");
    CHECK(must(f.state->notifications().get(get_notification{id, "u-1", "acme"})).read_at
          == std::nullopt);
    CHECK(code_of(f.state->notifications().get(get_notification{id, "u-2", {}})) == ec::not_found);
    CHECK(code_of(f.state->notifications().get(get_notification{id, "", "other"}))
          == ec::not_found);
    CHECK(code_of(f.state->notifications().get(get_notification{.id = id + 99})) == ec::not_found);
    CHECK(must(f.state->notifications().read({.id = id, .user_id = "u-1"}, epoch + 1s)) == 1);
    CHECK(must(f.state->notifications().read({.id = id, .user_id = "u-1"}, epoch + 2s)) == 0);
    CHECK(of_user(f, "u-1", true).items.size() == 2);
    CHECK(of_user(f, "u-1").items[1].read_at == epoch + 1s);
    CHECK(must(f.state->notifications().read({.user_id = "u-1"}, epoch + 3s)) == 2);
    CHECK(of_user(f, "u-1").unread == 0);
    CHECK(of_user(f, "u-2").unread == 1);
  }

  TEST_CASE("a company's user has those of the company, and on request those of no company") {
    state_fixture f;
    notify(f, {note_for("a", "u-1", "acme"), note_for("b", "u-1", "other"),
               note_for("c", "u-1", ""), note_for("d", "u-2", "")});
    auto titles = [&](std::optional<std::string> company, bool or_none, bool unread) {
      list_notifications x{.user_id = "u-1", .unread_only = unread};
      x.company_id = std::move(company);
      x.or_none = or_none;
      auto found = must(f.state->notifications().list(x));
      CHECK(found.items.size() == found.unread);
      std::vector<std::string> out;
      for (const auto& y : found.items)
        out.push_back(y.company_id);
      return out;
    };
    using names = std::vector<std::string>;
    for (auto unread : {false, true}) {
      CHECK(titles({}, false, unread) == names{"", "other", "acme"});
      CHECK(titles("acme", false, unread) == names{"acme"});
      CHECK(titles("acme", true, unread) == names{"", "acme"});
      CHECK(titles("", true, unread) == names{""});
      CHECK(titles("none.such", true, unread) == names{""});
    }
    auto of_none = of_user(f, "u-1").items[0].id;
    auto of_other = of_user(f, "u-1").items[1].id;
    CHECK(code_of(f.state->notifications().get(get_notification{of_none, "u-1", "acme"}))
          == ec::not_found);
    CHECK(must(f.state->notifications().get(get_notification{of_none, "u-1", "acme", true}))
            .company_id.empty());
    CHECK(code_of(f.state->notifications().get(get_notification{of_none, "u-2", "acme", true}))
          == ec::not_found);
    CHECK(code_of(f.state->notifications().get(get_notification{of_other, "u-1", "acme", true}))
          == ec::not_found);
    CHECK(!f.state->notifications().read({of_other, "u-1", "acme", true}, epoch + 1s));
    CHECK(must(f.state->notifications().read({of_none, "u-1", "acme", true}, epoch + 1s)) == 1);
    CHECK(must(f.state->notifications().read({0, "u-1", "acme", true}, epoch + 2s)) == 1);
    auto rest = of_user(f, "u-1");
    CHECK(rest.unread == 1);
    CHECK(!rest.items[1].read_at);
    notify(f, {note_for("e", "u-1", "")});
    CHECK(must(f.state->notifications().read({0, "u-1", "acme", false}, epoch + 3s)) == 0);
    CHECK(must(f.state->notifications().read({0, "u-1", "acme", true}, epoch + 3s)) == 1);
  }

  TEST_CASE("what is announced is noted, and only that is trimmed") {
    state_fixture f;
    notify(f, {note_for("a", "u-1"), note_for("b", "u-1"), note_for("c", "u-1")});
    auto fresh = must(f.state->notifications().unannounced({.limit = 2}));
    REQUIRE(fresh.size() == 2);
    must(f.state->notifications().note(note_announced{fresh.back().id}));
    must(f.state->notifications().note(note_announced{fresh.front().id}));
    CHECK(must(f.state->notifications().unannounced({})).size() == 1);
    CHECK(must(f.state->notifications().trim(trim_notifications{.before = epoch, .limit = 9}))
          == 0);
    CHECK(must(f.state->notifications().trim(trim_notifications{.before = epoch + 1s, .limit = 9}))
          == 2);
    CHECK(of_user(f, "u-1").items.size() == 1);
  }

  TEST_CASE("a document is added once per key") {
    state_fixture f;
    document x{.key = "order_sheet/3",
               .kind = "order_sheet",
               .company_id = "acme",
               .user_id = "u-1",
               .event_seq = 3,
               .file_name = "order-1.pdf",
               .content_type = "application/pdf",
               .size = 1'234,
               .sha256 = std::string(64, 'a')};
    auto first = must(f.state->documents().add(add_document{x}, epoch));
    x.size = 9;
    auto again = must(f.state->documents().add(add_document{x}, epoch + 1s));
    CHECK(again.id == first.id);
    CHECK(again.size == 1'234);
    CHECK(must(f.state->documents().get(get_document{.key = "order_sheet/3"})).sha256 == x.sha256);
    CHECK(must(f.state->documents().get(get_document{.id = first.id})).file_name == "order-1.pdf");
    CHECK(!f.state->documents().get(get_document{.id = first.id, .company_id = "other"}));
    CHECK(must(f.state->documents().list({{.company_id = "acme"}})).items.size() == 1);
    CHECK(must(f.state->documents().list({{.company_id = "other"}})).items.empty());
  }

  TEST_CASE("old documents are found, the oldest first, with who else has their file, and go") {
    state_fixture f;
    auto add = [&](const std::string& key, const std::string& company, char hash, timestamp at) {
      document x{.key = key,
                 .kind = "order_sheet",
                 .company_id = company,
                 .user_id = "u-1",
                 .event_seq = 3,
                 .file_name = "order-1.pdf",
                 .content_type = "application/pdf",
                 .size = 1,
                 .sha256 = std::string(64, hash)};
      return must(f.state->documents().add(add_document{x}, at)).id;
    };
    auto young = add("1", "acme", 'a', epoch + 3s);
    auto old = add("2", "acme", 'b', epoch + 1s);
    auto twin = add("3", "other", 'b', epoch + 2s);
    auto found = must(f.state->documents().find(find_old_documents{.before = epoch + 3s}));
    REQUIRE(found.size() == 2);
    CHECK(found[0].what.id == old);
    CHECK(found[0].others == 1);
    CHECK(found[1].what.id == twin);
    CHECK(
      must(f.state->documents().find(find_old_documents{.before = epoch + 3s, .limit = 1})).size()
      == 1);
    found = must(
      f.state->documents().find(find_old_documents{.before = epoch + 9s, .company_id = "acme"}));
    REQUIRE(found.size() == 2);
    CHECK(found[1].what.id == young);
    CHECK(found[1].others == 0);
    CHECK(must(f.state->documents().find(find_old_documents{.id = young, .before = {}})).size()
          == 1);
    CHECK(must(f.state->documents().find(
                 find_old_documents{.id = young, .before = {}, .company_id = "x"}))
            .empty());
    auto rows = f.audit_rows();
    CHECK(must(f.state->documents().remove(
            remove_documents{.ids = {old, old, 99}, .by = {.who = "", .from = ""}}, epoch))
          == 1);
    // The retention is not an operator's action.
    CHECK(f.audit_rows() == rows);
    CHECK(must(f.state->documents().remove(remove_documents{.ids = {twin}, .by = by_key}, epoch))
          == 1);
    CHECK(f.last_audit().action == "document.deleted");
    CHECK(f.last_audit().company_id == "other");
    CHECK(must(f.state->documents().list({})).items.size() == 1);
    // Numbers are not reused.
    CHECK(add("4", "acme", 'd', epoch) > twin);
  }
}

} // namespace carillon::test

#include "net/auth/portal_tokens.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

using namespace carillon;

TEST_SUITE("net/portal_tokens") {
  namespace {

  using std::chrono::seconds;

  struct portal_world {
    key_ring keys;
    timestamp now = from_micros(1'790'000'000'000'000);
    portal_tokens tokens{
      std::string(32, 'k'), keys, {.of_company = 3, .all = 5}, [this] { return now; }};

    portal_world() {
      set_keys({key(7, role::admin, ""), key(8, role::admin, "acme"), key(9, role::reader, "")});
    }

    static api_key key(uint64_t id, role r, std::string company) {
      auto number = std::to_string(id);
      return {.id = id,
              .name = "key " + number,
              .role = r,
              .company_id = std::move(company),
              .hash = key_ring::hash_of("ck_" + number),
              .created_at = {}};
    }

    void set_keys(const std::vector<api_key>& xs) {
      keys.replace(xs);
    }

    portal_pass pass(uint64_t key_id = 7, std::string company = "acme") const {
      portal_pass out;
      out.company_id = std::move(company);
      out.key_id = key_id;
      out.person = "Ada \"L\"";
      out.may.add(portal_right::test);
      return out;
    }

    std::string token(uint64_t key_id = 7, seconds lifetime = seconds{60}) {
      return tokens.make(pass(key_id), lifetime).value().token;
    }

    ec refusal(const std::string& token) const {
      auto got = tokens.verify("Bearer " + token);
      return got ? ec::none : got.error().code;
    }
  };

  } // namespace

  TEST_CASE("a token says what it was made for") {
    portal_world w;
    auto made = w.tokens.make(w.pass(), seconds{60}).value();
    CHECK(made.token.starts_with("pt_"));
    for (const auto* scheme : {"Bearer ", "bearer  "}) {
      auto got = w.tokens.verify(scheme + made.token).value();
      CHECK(got.id == made.pass.id);
      CHECK(got.id.size() == 16);
      CHECK(got.company_id == "acme");
      CHECK(got.key_id == 7);
      CHECK(got.person == "Ada \"L\"");
      CHECK(got.may == w.pass().may);
      CHECK_FALSE(got.may.has(portal_right::endpoints));
      CHECK(got.expires_at == w.now + seconds{60});
    }
    CHECK(w.tokens.make(w.pass(), seconds{60}).value().token != made.token);
  }

  TEST_CASE("the longest names fit") {
    portal_world w;
    auto x = w.pass();
    x.company_id = std::string(128, '"');
    x.person = std::string(128, '\\');
    for (const auto& [right, name] : portal_right_names)
      x.may.add(right);
    auto made = w.tokens.make(x, seconds{60}).value();
    auto got = w.tokens.verify("Bearer " + made.token).value();
    CHECK(got.company_id == x.company_id);
    CHECK(got.person == x.person);
    CHECK(got.may == x.may);
  }

  TEST_CASE("a token ends when it says, and lives an hour at most") {
    portal_world w;
    auto token = w.token(7, seconds{60});
    w.now += seconds{60} - std::chrono::microseconds{1};
    CHECK(w.refusal(token) == ec::none);
    w.now += std::chrono::microseconds{1};
    CHECK(w.refusal(token) == ec::unauthenticated);
    auto longest = w.tokens.make(w.pass(), seconds{1'000'000}).value().pass;
    CHECK(longest.expires_at == w.now + seconds{3'600});
  }

  TEST_CASE("no character of a token can be changed, left out or added") {
    portal_world w;
    auto token = w.token();
    for (size_t i = 0; i < token.size(); ++i) {
      CAPTURE(i);
      for (char c : {'A', 'B', '.', '=', '-'}) {
        auto other = token;
        other[i] = c;
        if (other != token)
          CHECK(w.refusal(other) == ec::unauthenticated);
      }
      auto shorter = token;
      shorter.erase(i, 1);
      CHECK(w.refusal(shorter) == ec::unauthenticated);
    }
    const std::vector<std::string> others{token + "A",
                                          token + ".",
                                          token + " ",
                                          token + token,
                                          "pt_",
                                          "pt_.",
                                          "pt",
                                          "",
                                          token.substr(3),
                                          "ck_" + token.substr(3),
                                          "pt_" + std::string(3'000, 'A')};
    for (const auto& other : others)
      CHECK(w.refusal(other) == ec::unauthenticated);
    CHECK(w.tokens.verify(token).has_error());
    CHECK(w.tokens.verify("Basic " + token).has_error());
  }

  TEST_CASE("the seal of one token is none for the text of another") {
    portal_world w;
    auto mine = w.token();
    auto theirs = w.tokens.make(w.pass(7, "beta"), seconds{60}).value().token;
    auto text = theirs.substr(0, theirs.find('.'));
    auto seal = mine.substr(mine.find('.'));
    CHECK(w.refusal(text + seal) == ec::unauthenticated);
  }

  TEST_CASE("the token of a node with another key is none here") {
    portal_world w;
    portal_tokens other{std::string(32, 'x'), w.keys, {}, [&] { return w.now; }};
    auto foreign = other.make(w.pass(), seconds{60}).value().token;
    CHECK(w.refusal(foreign) == ec::unauthenticated);
    portal_tokens same{std::string(32, 'k'), w.keys, {}, [&] { return w.now; }};
    CHECK(w.refusal(same.make(w.pass(), seconds{60}).value().token) == ec::none);
  }

  TEST_CASE("a token ends with the key that made it, and with what the key may") {
    portal_world w;
    auto of_all = w.token(7);
    auto of_acme = w.token(8);
    CHECK(w.refusal(of_all) == ec::none);
    CHECK(w.refusal(of_acme) == ec::none);
    // Of a reader, and of no key.
    for (uint64_t id : {9, 0})
      CHECK(w.tokens.make(w.pass(id), seconds{60}).error().code == ec::forbidden);
    w.set_keys({portal_world::key(8, role::admin, "acme")});
    CHECK(w.refusal(of_all) == ec::unauthenticated);
    CHECK(w.refusal(of_acme) == ec::none);
    w.set_keys({portal_world::key(8, role::admin, "beta")});
    CHECK(w.refusal(of_acme) == ec::unauthenticated);
  }

  TEST_CASE("under --dev tokens of no key are accepted, and only these") {
    portal_world w;
    auto before = w.token(7);
    w.keys.admit_everyone();
    auto of_none = w.tokens.make(w.pass(0), seconds{60}).value().token;
    CHECK(w.refusal(of_none) == ec::none);
    CHECK(w.refusal(before) == ec::unauthenticated);
  }

  TEST_CASE("a company and all together have so many tokens that have not ended") {
    portal_world w;
    auto make = [&](const char* company, seconds lifetime) {
      auto got = w.tokens.make(w.pass(7, company), lifetime);
      return got ? ec::none : got.error().code;
    };
    for (int i = 0; i < 3; ++i)
      CHECK(make("acme", seconds{60 + i}) == ec::none);
    CHECK(make("acme", seconds{60}) == ec::quota_exceeded);
    CHECK(make("beta", seconds{60}) == ec::none);
    CHECK(make("gamma", seconds{60}) == ec::none);
    CHECK(make("delta", seconds{60}) == ec::overloaded);
    w.now += seconds{60};
    CHECK(make("acme", seconds{60}) == ec::none);
    CHECK(make("acme", seconds{60}) == ec::quota_exceeded);
    auto kept = w.tokens.make(w.pass(7, "delta"), seconds{60}).value().pass;
    auto last = w.tokens.make(w.pass(7, "delta"), seconds{60}).value().pass;
    CHECK(make("delta", seconds{60}) == ec::overloaded);
    w.tokens.take_back(last);
    CHECK(make("delta", seconds{60}) == ec::none);
    CHECK(kept.id != last.id);
  }

  TEST_CASE("rights have names, and nothing else has") {
    std::set<std::string_view> names;
    for (const auto& [right, name] : portal_right_names) {
      CHECK(names.insert(name).second);
      CHECK(portal_right_from(name) == right);
      CHECK(name_of(right) == name);
    }
    for (const auto* other : {"", "any", "Endpoints", "endpoints ", "admin", "*"})
      CHECK_FALSE(portal_right_from(other));
  }
}

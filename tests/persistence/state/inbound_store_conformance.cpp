#include "tests/persistence/state/state_fixture.hpp"

#include "messages/inbound/requests.hpp"

#include <string>
#include <vector>

// The contract of every state_store about providers of webhooks.

namespace carillon::test {

TEST_SUITE("persistence/inbound") {
  namespace {

  using namespace std::chrono_literals;

  const operator_stamp operator_of_test{"key:7", "10.0.0.7", "shop"};

  inbound_source provider(std::string name, std::string company = "acme") {
    auto out = preset_source(inbound_preset::github);
    out.name = std::move(name);
    out.company_id = std::move(company);
    return out;
  }

  struct inbound_fixture : state_fixture {
    expected<inbound_record> put(const inbound_source& x, std::string sealed = {},
                                 timestamp now = epoch) {
      return state->inbound().put({x, std::move(sealed), operator_of_test}, now);
    }

    inbound_record only() {
      const auto all = must(state->inbound().list());
      REQUIRE(all.size() == 1);
      return all.front();
    }
  };

  ec code_of(const expected<inbound_record>& x) {
    return x ? ec::none : x.error().code;
  }

  /// Bytes that are no text.
  const std::string sealed_bytes{"\x01\x00\xff'sealed", 10};

  } // namespace

  TEST_CASE("a source is stored once, and the same again changes nothing") {
    inbound_fixture f;
    CHECK(must(f.state->inbound().list()).empty());
    must(f.put(provider("github"), sealed_bytes));
    const auto rows = f.audit_rows();
    must(f.put(provider("github"), {}, epoch + 1h));
    CHECK(f.audit_rows() == rows);
    f.restart();
    const auto x = f.only();
    CHECK(x.source == provider("github"));
    CHECK(x.sealed == sealed_bytes);
    CHECK(x.sealed_at == epoch);
    CHECK(x.created_at == epoch);
    CHECK(x.updated_at == epoch);
    CHECK(x.old_sealed.empty());
    CHECK_FALSE(x.old_expires_at);
  }

  TEST_CASE("a change keeps the secrets, unless one is given") {
    inbound_fixture f;
    must(f.put(provider("github"), "first"));
    must(f.state->inbound().rotate({"github", "acme", "second", epoch + 24h, operator_of_test},
                                   epoch + 1h));
    auto changed = provider("github");
    changed.tolerance = 60s;
    must(f.put(changed, {}, epoch + 2h));
    f.restart();
    auto x = f.only();
    CHECK(x.source == changed);
    CHECK(x.sealed == "second");
    CHECK(x.sealed_at == epoch + 1h);
    CHECK(x.old_sealed == "first");
    CHECK(x.old_expires_at == epoch + 24h);
    CHECK(x.updated_at == epoch + 2h);
    CHECK(x.created_at == epoch);
    must(f.put(changed, "third", epoch + 3h));
    x = f.only();
    CHECK(x.sealed == "third");
    CHECK(x.old_sealed.empty());
    CHECK_FALSE(x.old_expires_at);
  }

  TEST_CASE("at most two secrets are valid, and without grace one") {
    inbound_fixture f;
    must(f.put(provider("github"), "first"));
    const auto rotate = [&](const char* sealed, timestamp until) {
      return must(f.state->inbound().rotate(
        {"github", std::nullopt, sealed, until, operator_of_test}, epoch));
    };
    rotate("second", epoch + 1h);
    CHECK(rotate("third", epoch + 2h).old_sealed == "second");
    CHECK(rotate("fourth", epoch).old_sealed.empty());
    CHECK(f.only().sealed == "fourth");
    CHECK_FALSE(f.only().old_expires_at);
  }

  TEST_CASE("a name is one company's, and others neither change nor delete its source") {
    inbound_fixture f;
    must(f.put(provider("github"), "first"));
    CHECK(code_of(f.put(provider("github", "other"), "x")) == ec::conflict);
    CHECK(code_of(f.put(provider("github", ""), "x")) == ec::conflict);
    CHECK(
      code_of(f.state->inbound().rotate({"github", "other", "x", epoch, operator_of_test}, epoch))
      == ec::not_found);
    CHECK_FALSE(f.state->inbound().remove({"github", "other", operator_of_test}, epoch));
    CHECK_FALSE(f.state->inbound().remove({"none", std::nullopt, operator_of_test}, epoch));
    CHECK(f.only().sealed == "first");
    must(f.state->inbound().remove({"github", "acme", operator_of_test}, epoch));
    CHECK(must(f.state->inbound().list()).empty());
    must(f.put(provider("github", "other"), "x"));
    must(f.state->inbound().remove({"github", std::nullopt, operator_of_test}, epoch));
  }

  TEST_CASE("a new source needs a secret, and a company has a hundred at most") {
    inbound_fixture f;
    CHECK(code_of(f.put(provider("github"))) == ec::invalid_argument);
    for (size_t i = 0; i < inbound_limits::sources_of_company; ++i)
      must(f.put(provider("s" + std::to_string(i)), "x"));
    CHECK(code_of(f.put(provider("one-more"), "x")) == ec::quota_exceeded);
    must(f.put(provider("s7"), "y"));
    must(f.put(provider("one-more", "other"), "x"));
  }

  TEST_CASE("each change has its row in the audit log, without the secret") {
    inbound_fixture f;
    must(f.put(provider("github"), "top-secret"));
    must(f.state->inbound().rotate({"github", "acme", "top-secret-2", epoch + 1h, operator_of_test},
                                   epoch));
    must(f.state->inbound().remove({"github", "acme", operator_of_test}, epoch));
    std::vector<std::string> rows;
    for (const auto& x : must(f.state->audit().list({{.ascending = true}})).items) {
      rows.push_back(x.entry.action + ' ' + x.entry.subject + ' ' + x.entry.company_id + ' '
                     + x.entry.actor);
      CHECK(x.entry.detail.find("top-secret") == std::string::npos);
    }
    CHECK(rows
          == std::vector<std::string>{"inbound.changed inbound:github acme key:7",
                                      "inbound.secret_rotated inbound:github acme key:7",
                                      "inbound.deleted inbound:github acme key:7"});
  }
}

} // namespace carillon::test

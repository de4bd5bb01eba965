#include "messages/inbound/verification.hpp"

#include "tests/messages/inbound/signed_requests.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace carillon::test {

TEST_SUITE("messages/inbound_verification") {
  namespace {

  using namespace std::chrono_literals;

  timestamp at(int64_t seconds) {
    return timestamp{std::chrono::seconds{seconds}};
  }

  /// What a provider has published, or what its own library makes.
  struct vector {
    const char* what;
    live_source source;
    inbound_headers headers;
    std::string body;
    timestamp now;
  };

  std::vector<vector> vectors() {
    using enum inbound_preset;
    auto generic = source_of(hmac, "secret-of-a-provider");
    generic.source.signature = {.header = "x-sign", .algorithm = inbound_algorithm::sha512};
    auto sha1 = source_of(hmac, "It's a Secret to Everybody");
    sha1.source.signature
      = {.header = "x-hub-signature", .prefix = "sha1=", .algorithm = inbound_algorithm::sha1};
    return {
      {"GitHub: docs.github.com, Validating webhook deliveries, Testing",
       source_of(github, "It's a Secret to Everybody"),
       {{"x-hub-signature-256",
         "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}},
       "Hello, World!",
       at(1'700'000'000)},
      {"Slack: Verifying requests from Slack",
       source_of(slack, "8f742231b10e8888abcd99yyyzzz85a5"),
       {{"x-slack-signature",
         "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"},
        {"x-slack-request-timestamp", "1531420618"}},
       "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id="
       "G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-"
       "collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%"
       "2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121."
       "803a0bc887a14d10d2c447fce8b6703c",
       at(1'531'420'618)},
      {"Standard Webhooks: the vector of its libraries",
       source_of(standard, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
       {{"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
        {"webhook-timestamp", "1614265330"},
        {"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}},
       R"({"test": 2432232314})",
       at(1'614'265'330)},
      {"Stripe: by generateTestHeaderString of its npm package 23.1.0",
       source_of(stripe, "whsec_test_secret"),
       {{"stripe-signature",
         "t=1492774577,v1=4fa90ea93d505cfda32ad6e775a97a262366b5654175d90d291703e7ab9c614e"
         ",v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39"}},
       R"({"id": "evt_1", "object": "event", "type": "charge.succeeded"})",
       at(1'492'774'577)},
      // The following are by the module hmac of Python.
      {"Shopify",
       source_of(shopify, "hush-hush"),
       {{"x-shopify-hmac-sha256", "kEWHdVgS/Gfv8XS2alAyd8P2duBMaDF3pMd8Y+ptLI4="}},
       R"({"id":820982911946154508,"email":"jon@example.com"})",
       at(1'700'000'000)},
      {"SHA-512",
       generic,
       {{"x-sign", "59f53723ebbbdab8251dc5edf1ad4dc971cf58f1e512c384e036b69c716cc8b0"
                   "d283c755f6943aae8c29a900c2a55ae2b30278e0ff1879dffb4ec295ec97e7e5"}},
       R"({"a":1})",
       at(1'700'000'000)},
      {"SHA-1",
       sha1,
       {{"x-hub-signature", "sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59"}},
       "Hello, World!",
       at(1'700'000'000)},
    };
  }

  expected<void> verified(const vector& x) {
    return verify_inbound(x.source, x.headers, x.body, x.now);
  }

  ec code_of(const expected<void>& x) {
    return x ? ec::none : x.error().code;
  }

  /// The bytes of a header that the provider has signed or that are its signature.
  std::pair<size_t, size_t> proven_bytes(const std::string& name, const std::string& value) {
    // The part v0 of Stripe's header proves nothing.
    return {0, name == "stripe-signature" ? value.find(",v0=") : value.size()};
  }

  } // namespace

  TEST_CASE("what providers have published verifies") {
    for (const auto& x : vectors()) {
      CAPTURE(x.what);
      const auto done = verified(x);
      CHECK_MESSAGE(done.has_value(), (done ? std::string{} : done.error().detail));
    }
  }

  TEST_CASE("every changed bit fails") {
    for (auto x : vectors()) {
      CAPTURE(x.what);
      for (size_t i = 0; i < x.body.size() * 8; ++i) {
        const auto mask = static_cast<char>(1 << i % 8);
        x.body[i / 8] = static_cast<char>(x.body[i / 8] ^ mask);
        CHECK(code_of(verified(x)) == ec::unauthenticated);
        x.body[i / 8] = static_cast<char>(x.body[i / 8] ^ mask);
      }
      for (auto& [name, value] : x.headers) {
        const auto [begin, end] = proven_bytes(name, value);
        for (size_t i = begin * 8; i < end * 8; ++i) {
          const auto mask = static_cast<char>(1 << i % 8);
          value[i / 8] = static_cast<char>(value[i / 8] ^ mask);
          CAPTURE(value);
          CHECK(code_of(verified(x)) == ec::unauthenticated);
          value[i / 8] = static_cast<char>(value[i / 8] ^ mask);
        }
      }
      CHECK(verified(x));
      x.body += ' ';
      CHECK(code_of(verified(x)) == ec::unauthenticated);
      x.body.clear();
      CHECK(code_of(verified(x)) == ec::unauthenticated);
    }
  }

  TEST_CASE("a missing header, an empty one, and another secret fail") {
    for (const auto& x : vectors()) {
      CAPTURE(x.what);
      for (size_t i = 0; i < x.headers.size(); ++i) {
        auto less = x;
        less.headers.erase(less.headers.begin() + static_cast<ptrdiff_t>(i));
        CHECK(code_of(verified(less)) == ec::unauthenticated);
        less = x;
        less.headers[i].second.clear();
        CHECK(code_of(verified(less)) == ec::unauthenticated);
        less.headers[i].second = std::string(3'000, 'a');
        CHECK(code_of(verified(less)) == ec::unauthenticated);
      }
      auto other = x;
      other.source.secrets.front().text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx";
      CHECK(code_of(verified(other)) == ec::unauthenticated);
    }
  }

  TEST_CASE("a signed time holds within the tolerance, on both sides") {
    for (auto x : vectors()) {
      CAPTURE(x.what);
      using enum inbound_preset;
      const auto preset = x.source.source.preset;
      if (preset != standard && preset != stripe && preset != slack)
        continue;
      const auto sent = x.now;
      for (const auto off : {300s, -300s}) {
        x.now = sent + off;
        CHECK(verified(x));
        x.now = sent + off + (off > 0s ? 1s : -1s);
        CHECK(code_of(verified(x)) == ec::unauthenticated);
        // Before any of the body is read.
        CHECK(code_of(check_inbound_head(x.source, x.headers, x.now)) == ec::unauthenticated);
      }
      x.source.source.tolerance = 3'600s;
      x.now = sent + 3'600s;
      CHECK(verified(x));
    }
  }

  TEST_CASE("a time that is no number fails, however it is signed") {
    auto slack = source_of(inbound_preset::slack, "8f742231b10e8888abcd99yyyzzz85a5");
    for (const std::string stamp :
         {"-1531420618", "+1531420618", "1531420618.0", " 1531420618", "99999999999999999999", "",
          "1e9", "0x5b47A0CA", "123456789012345"}) {
      CAPTURE(stamp);
      const inbound_headers headers{
        {"x-slack-signature", "v0=" + hex_mac(slack.secrets.front().text, "v0:" + stamp + ":{}")},
        {"x-slack-request-timestamp", stamp}};
      CHECK(code_of(verify_inbound(slack, headers, "{}", at(1'531'420'618)))
            == ec::unauthenticated);
    }
  }

  TEST_CASE("two secrets are valid while they are rotated, and the old one ends") {
    for (auto x : vectors()) {
      CAPTURE(x.what);
      const auto own = x.source.secrets.front();
      x.source.secrets = {{"whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", std::nullopt}, own};
      x.source.secrets.back().expires_at = x.now + 1s;
      CHECK(verified(x));
      x.source.secrets.back().expires_at = x.now;
      CHECK(code_of(verified(x)) == ec::unauthenticated);
      // A node that cannot open them does not say that the provider is wrong.
      x.source.secrets.clear();
      CHECK(code_of(verified(x)) == ec::store_unavailable);
    }
  }

  TEST_CASE("Stripe's header may have several signatures, and one time") {
    auto stripe = source_of(inbound_preset::stripe, "whsec_test_secret");
    const std::string body = "{}";
    const auto mac = hex_mac("whsec_test_secret", "1492774577.{}");
    const auto check = [&](const std::string& header) {
      return code_of(
        verify_inbound(stripe, {{"stripe-signature", header}}, body, at(1'492'774'577)));
    };
    CHECK(check("t=1492774577,v1=" + std::string(64, '0') + ",v1=" + mac) == ec::none);
    CHECK(check("v1=" + mac + ",t=1492774577") == ec::none);
    CHECK(check("t=1492774577,t=1492774577,v1=" + mac) == ec::unauthenticated);
    CHECK(check("t=1492774577,v0=" + mac) == ec::unauthenticated);
    CHECK(check("t=1492774577, v1=" + mac) == ec::unauthenticated);
    CHECK(check("t=1492774577,v1=") == ec::unauthenticated);
    CHECK(check("v1=" + mac) == ec::unauthenticated);
    std::string many = "t=1492774577";
    for (int i = 0; i < 20; ++i)
      many += ",v1=" + mac;
    CHECK(check(many) == ec::unauthenticated);
  }

  TEST_CASE("hexadecimal digits may be large, not mixed") {
    auto github = source_of(inbound_preset::github, "It's a Secret to Everybody");
    auto text = hex_mac("It's a Secret to Everybody", "{}");
    const auto check = [&](const std::string& mac) {
      return code_of(
        verify_inbound(github, {{"x-hub-signature-256", "sha256=" + mac}}, "{}", at(1)));
    };
    CHECK(check(text) == ec::none);
    for (auto& c : text)
      c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    CHECK(check(text) == ec::none);
    const auto letter = text.find_first_of("ABCDEF");
    text[letter] = static_cast<char>(text[letter] - 'A' + 'a');
    CHECK(check(text) == ec::unauthenticated);
  }

  TEST_CASE("a password and a token are compared as a whole, before the body is read") {
    auto basic = source_of(inbound_preset::basic, "correct horse");
    basic.source.username = "shop";
    auto bearer = source_of(inbound_preset::bearer, "token-0123456789");
    auto gitlab = bearer;
    gitlab.source.header = "x-gitlab-token";
    const auto check = [](const live_source& of, const std::string& name, std::string value) {
      return code_of(check_inbound_head(of, {{name, std::move(value)}}, at(1)));
    };
    CHECK(check(basic, "authorization", "Basic " + to_base64("shop:correct horse")) == ec::none);
    CHECK(check(basic, "authorization", "basic " + to_base64("shop:correct horse")) == ec::none);
    for (const std::string wrong :
         {"shop:correct hors", "shop:correct horse ", "Shop:correct horse", ":correct horse",
          "shop:", "", "shopcorrect horse"})
      CHECK(check(basic, "authorization", "Basic " + to_base64(wrong)) == ec::unauthenticated);
    CHECK(check(basic, "authorization", "Basic !!") == ec::unauthenticated);
    CHECK(check(bearer, "authorization", "Bearer token-0123456789") == ec::none);
    for (const char* wrong : {"Bearer token-012345678", "Bearer token-01234567890",
                              "token-0123456789", "Basic token-0123456789", "Bearer ", "Bearer"})
      CHECK(check(bearer, "authorization", wrong) == ec::unauthenticated);
    CHECK(check(gitlab, "x-gitlab-token", "token-0123456789") == ec::none);
    CHECK(check(gitlab, "authorization", "Bearer token-0123456789") == ec::unauthenticated);
    CHECK(kept_headers(basic.source).empty());
    CHECK(kept_headers(gitlab.source).empty());
  }

  TEST_CASE("every changed bit of a password and of a token fails") {
    auto basic = source_of(inbound_preset::basic, "open sesame");
    basic.source.username = "Aladdin";
    const auto bearer = source_of(inbound_preset::bearer, "mF_9.B5f-4.1JqM");
    // RFC 7617 section 2, RFC 6750 section 2.1.
    for (const auto& [source, proof] :
         {std::pair{basic, std::string{"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}},
          std::pair{bearer, std::string{"Bearer mF_9.B5f-4.1JqM"}}}) {
      CAPTURE(proof);
      const auto is_genuine = [&](const std::string& value) {
        return check_inbound_head(source, {{"authorization", value}}, at(1)).has_value();
      };
      CHECK(is_genuine(proof));
      // The name of the scheme is in either case.
      for (size_t i = proof.find(' ') * 8; i < proof.size() * 8; ++i) {
        auto changed = proof;
        changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << i % 8));
        CAPTURE(changed);
        CHECK_FALSE(is_genuine(changed));
      }
    }
  }

  TEST_CASE("every changed bit of what Ed25519 signs fails") {
    const auto key = *make_webhook_secret(webhook_secret_kind::ed25519);
    const auto source = source_of(inbound_preset::standard, *public_text(key));
    const auto now = at(1'614'265'330);
    std::string body = R"({"n":1})";
    inbound_headers headers{{"webhook-id", "msg_1"},
                            {"webhook-timestamp", "1614265330"},
                            {"webhook-signature", *sign(key, "msg_1", 1'614'265'330, body)}};
    REQUIRE(verify_inbound(source, headers, body, now));
    const auto flip_all = [&](std::string& text) {
      for (size_t i = 0; i < text.size() * 8; ++i) {
        const auto mask = static_cast<char>(1 << i % 8);
        text[i / 8] = static_cast<char>(text[i / 8] ^ mask);
        CAPTURE(text);
        CHECK(code_of(verify_inbound(source, headers, body, now)) == ec::unauthenticated);
        text[i / 8] = static_cast<char>(text[i / 8] ^ mask);
      }
    };
    flip_all(body);
    for (auto& [name, value] : headers)
      flip_all(value);
    CHECK(verify_inbound(source, headers, body, now));
  }

  TEST_CASE("Ed25519 of Standard Webhooks verifies with the public key") {
    const auto key = *make_webhook_secret(webhook_secret_kind::ed25519);
    auto source = source_of(inbound_preset::standard, *public_text(key));
    const auto now = at(1'614'265'330);
    inbound_headers headers{{"webhook-id", "m"},
                            {"webhook-timestamp", "1614265330"},
                            {"webhook-signature", *sign(key, "m", 1'614'265'330, "{}")}};
    CHECK(verify_inbound(source, headers, "{}", now));
    CHECK_FALSE(verify_inbound(source, headers, "{ }", now));
  }
}

} // namespace carillon::test

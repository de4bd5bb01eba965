#include "messages/webhooks/signature.hpp"

#include "base/crypto/ed25519.hpp"
#include "base/text/base64.hpp"
#include "tests/support/printing.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

using rng_type = std::mt19937;

// The vector that Standard Webhooks and Svix publish.
const std::string vector_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string vector_id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const std::string vector_time = "1614265330";
const std::string vector_body = R"({"test": 2432232314})";
const std::string vector_signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
constexpr int64_t vector_seconds = 1'614'265'330;

// The key pair of their examples for v1a; the signature is by Python's cryptography 48.
const std::string pair_private
  = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
const std::string pair_public = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
const std::string pair_signature = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/"
                                   "enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";

timestamp at(int64_t seconds) {
  return timestamp{std::chrono::seconds{seconds}};
}

webhook_secret secret_of(const std::string& text) {
  auto x = parse_webhook_key(text);
  REQUIRE(x);
  return *x;
}

using secrets = std::vector<webhook_secret>;

/// The published message, with changes by a test.
struct message {
  std::string id = vector_id;
  std::string time = vector_time;
  std::string signature = vector_signature;
  std::string body = vector_body;

  expected<void> verify_with(const secrets& x, int64_t now = vector_seconds,
                             std::chrono::seconds tolerance = 300s) const {
    return verify({id, time, signature}, body, x, at(now), tolerance);
  }
};

/// The refusal; its field and a part of its text are checked.
void check_refused(const expected<void>& x, const std::string& field, const std::string& part) {
  REQUIRE_FALSE(x);
  CHECK(x.error().code == ec::invalid_argument);
  CHECK(x.error().field == field);
  CHECK_MESSAGE(x.error().detail.find(part) != std::string::npos, x.error().detail);
}

std::string random_bytes(rng_type& rng, size_t count) {
  std::string out(count, '\0');
  for (auto& c : out)
    c = static_cast<char>(rng() & 255);
  return out;
}

std::string from_hex(std::string_view hex) {
  std::string out;
  for (size_t i = 0; i < hex.size(); i += 2)
    out.push_back(static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16)));
  return out;
}

} // namespace

TEST_SUITE("messages/base64") {
  TEST_CASE("the vectors of RFC 4648") {
    for (const auto& [bytes, text] : {std::pair{"", ""},
                                      {"f", "Zg=="},
                                      {"fo", "Zm8="},
                                      {"foo", "Zm9v"},
                                      {"foob", "Zm9vYg=="},
                                      {"fooba", "Zm9vYmE="},
                                      {"foobar", "Zm9vYmFy"}}) {
      CHECK(to_base64(bytes) == text);
      CHECK(from_base64(text) == bytes);
    }
  }

  TEST_CASE("each value has one text") {
    for (const auto* text :
         {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zm8", "Zm9v=", "Zm9v====", "Zm9vYg==\n",
          " Zg==", "Zm-_", "Z===", "====", "==", "=", "Zg==Zg==", "Zm8=Zg=="}) {
      CAPTURE(text);
      CHECK_FALSE(from_base64(text));
    }
  }

  TEST_CASE("any bytes come back") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    rng_type rng{seed};
    for (int i = 0; i < 2000; ++i) {
      const auto bytes = random_bytes(rng, rng() % 100);
      CHECK(from_base64(to_base64(bytes)) == bytes);
    }
  }
}

TEST_SUITE("messages/ed25519") {
  TEST_CASE("the vectors of RFC 8032") {
    const auto seed = from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    const auto key = from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    const auto signature
      = from_hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                 "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    const auto text = from_hex("72");
    CHECK(ed25519_public_key(seed).value() == key);
    CHECK(ed25519_sign(seed, text).value() == signature);
    CHECK(ed25519_verify(key, text, signature));
    CHECK_FALSE(ed25519_verify(key, "s", signature));
    CHECK_FALSE(ed25519_verify(key, text, signature.substr(1)));
    CHECK_FALSE(ed25519_verify(key.substr(1), text, signature));
    CHECK_FALSE(ed25519_verify(key, text, {}));
  }
}

TEST_SUITE("messages/webhook_secret") {
  TEST_CASE("texts of both kinds come back") {
    const auto hmac = make_webhook_secret(webhook_secret_kind::hmac).value();
    CHECK(hmac.bytes.size() == 32);
    CHECK(to_text(hmac).value().starts_with("whsec_"));
    CHECK(parse_webhook_secret(to_text(hmac).value()).value() == hmac);
    CHECK(public_text(hmac).value().empty());

    const auto pair = make_webhook_secret(webhook_secret_kind::ed25519).value();
    CHECK(to_text(pair).value().starts_with("whsk_"));
    CHECK(parse_webhook_secret(to_text(pair).value()).value() == pair);
    const auto known = secret_of(public_text(pair).value());
    CHECK(known.kind == webhook_secret_kind::ed25519_public);
    CHECK(to_text(known).value() == public_text(pair).value());
    CHECK(public_text(known).value() == public_text(pair).value());

    CHECK_FALSE(make_webhook_secret(webhook_secret_kind::hmac).value() == hmac);
    CHECK_FALSE(make_webhook_secret(webhook_secret_kind::ed25519).value() == pair);
  }

  TEST_CASE("the published key pair is one, with or without its public half") {
    const auto pair = secret_of(pair_private);
    CHECK(public_text(pair).value() == pair_public);
    CHECK(to_text(pair).value() == pair_private);
    CHECK(secret_of("whsk_" + to_base64(pair.bytes)) == pair);
  }

  TEST_CASE("lengths from 24 to 64 bytes are secrets, others are not") {
    for (size_t n = 0; n <= 100; ++n) {
      CAPTURE(n);
      const auto x = parse_webhook_secret("whsec_" + to_base64(std::string(n, 'k')));
      CHECK(x.has_value() == (n >= 24 && n <= 64));
      const auto pair = parse_webhook_secret("whsk_" + to_base64(std::string(n, 'k')));
      CHECK(pair.has_value() == (n == 32)); // The second half of 64 is not the public key.
      const auto known = parse_webhook_key("whpk_" + to_base64(std::string(n, 'k')));
      CHECK(known.has_value() == (n == 32));
    }
  }

  TEST_CASE("a refusal names the field and keeps the secret") {
    for (const auto& text :
         {std::string{}, std::string{"whsec_"}, std::string{"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
          std::string{"WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
          std::string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS"},
          std::string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS-"},
          std::string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw "}, std::string{"whsk_MfKQ9r8G"},
          pair_public}) {
      CAPTURE(text);
      const auto x = parse_webhook_secret(text);
      REQUIRE_FALSE(x);
      CHECK(x.error().code == ec::invalid_argument);
      CHECK(x.error().field == "secret");
      CHECK_FALSE(x.error().detail.empty());
      CHECK(x.error().detail.find("MfKQ") == std::string::npos);
    }
  }
}

TEST_SUITE("messages/webhook_signature") {
  TEST_CASE("the published vectors") {
    CHECK(sign(secret_of(vector_secret), vector_id, vector_seconds, vector_body).value()
          == vector_signature);
    CHECK(message{}.verify_with({secret_of(vector_secret)}));
    CHECK(sign(secret_of(pair_private), vector_id, vector_seconds, vector_body).value()
          == pair_signature);
    const message pair{.signature = pair_signature};
    CHECK(pair.verify_with({secret_of(pair_private)}));
    CHECK(pair.verify_with({secret_of(pair_public)}));
  }

  TEST_CASE("a public key cannot sign") {
    CHECK(sign(secret_of(pair_public), "i", 1, "b").value().empty());
    const secrets both{secret_of(pair_public), secret_of(vector_secret)};
    CHECK(sign_all(both, vector_id, vector_seconds, vector_body).value() == vector_signature);
  }

  TEST_CASE("while secrets rotate, either is accepted, and a third is not") {
    const secrets old{make_webhook_secret(webhook_secret_kind::hmac).value()};
    const secrets fresh{make_webhook_secret(webhook_secret_kind::hmac).value()};
    const secrets pair{make_webhook_secret(webhook_secret_kind::ed25519).value()};
    const secrets all{old[0], fresh[0], pair[0]};
    message x;
    x.signature = sign_all(all, x.id, vector_seconds, x.body).value();
    CHECK(std::count(x.signature.begin(), x.signature.end(), ' ') == 2);
    for (const auto& known :
         {old, fresh, pair, all, secrets{secret_of(public_text(pair[0]).value())}})
      CHECK(x.verify_with(known));
    CHECK_FALSE(x.verify_with({secret_of(vector_secret)}));
    CHECK_FALSE(x.verify_with({secret_of(pair_public)}));
    // A receiver that rotates its own side.
    x.signature = sign_all(fresh, x.id, vector_seconds, x.body).value();
    CHECK(x.verify_with({old[0], fresh[0]}));
    CHECK_FALSE(x.verify_with(old));
    // Versions to come, and more spaces than one, do not matter.
    x.signature = "v9,AAAA  " + x.signature + " v2 ,";
    CHECK(x.verify_with(fresh));
  }

  TEST_CASE("the time may be off by the tolerance, on both sides, and no second more") {
    const secrets known{secret_of(vector_secret)};
    const message x;
    CHECK(x.verify_with(known, vector_seconds + 300));
    CHECK(x.verify_with(known, vector_seconds - 300));
    CHECK(verify({x.id, x.time, x.signature}, x.body, known, at(vector_seconds + 300) + 999ms));
    check_refused(x.verify_with(known, vector_seconds + 301), "webhook-timestamp",
                  "too old by 1 s: it is 301 s old");
    check_refused(x.verify_with(known, vector_seconds - 301), "webhook-timestamp",
                  "too new by 1 s: it is 301 s ahead");
    check_refused(x.verify_with(known, vector_seconds + 11, 10s), "webhook-timestamp", "10 s");
    check_refused(x.verify_with(known, 0), "webhook-timestamp", "too new");
    message far;
    far.time = "9223372036854775807";
    check_refused(far.verify_with(known, 0), "webhook-timestamp", "too new");
  }

  TEST_CASE("a refusal says which header, and why") {
    const secrets known{secret_of(vector_secret)};
    auto refused = [&](const message& x, const std::string& field, const std::string& part) {
      check_refused(x.verify_with(known), field, part);
    };
    refused({.id = ""}, "webhook-id", "missing");
    refused({.time = ""}, "webhook-timestamp", "missing");
    refused({.signature = ""}, "webhook-signature", "missing");
    for (const auto* time :
         {"now", "-1614265330", "+1614265330", " 1614265330", "1614265330 ", "1614265330.5", "0x10",
          "99999999999999999999", "2021-02-25T15:02:10Z"})
      refused({.time = time}, "webhook-timestamp", "not a number");
    // The text is signed, so another text for the same number does not match.
    refused({.time = "01614265330"}, "webhook-signature", "does not match");
    for (const auto* signature : {"v2,AAAA", "g0hM9SsE+OTPJTGt", " ", "V1,AAAA", ","})
      refused({.signature = signature}, "webhook-signature", "known version");
    for (const auto* signature : {"v1,", "v1", "v1,AAA", "v1,A A", "v1,!!!!"})
      CHECK_FALSE(message{.signature = signature}.verify_with(known));
    refused({.signature = "v1,!!!!"}, "webhook-signature", "not base64");
    refused({.signature = pair_signature}, "webhook-signature", "signed with Ed25519");
    refused({.body = vector_body + "\n"}, "webhook-signature", "does not match");
    refused({.id = "msg_1"}, "webhook-signature", "does not match");
    check_refused(message{}.verify_with({}), "secret", "no secret");
    check_refused(message{}.verify_with({secret_of(pair_public)}), "webhook-signature",
                  "signed with HMAC");
    std::string many;
    for (int i = 0; i < 33; ++i)
      many += "v1,AAAA ";
    refused({.signature = many + vector_signature}, "webhook-signature", "more than 32");
  }

  TEST_CASE("a flipped bit anywhere is found") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    rng_type rng{seed};
    for (const auto kind : {webhook_secret_kind::hmac, webhook_secret_kind::ed25519}) {
      for (int round = 0; round < 12; ++round) {
        const secrets known{make_webhook_secret(kind).value()};
        message x{.id = "msg_" + std::to_string(rng()), .body = random_bytes(rng, 1 + rng() % 60)};
        x.signature = sign_all(known, x.id, vector_seconds, x.body).value();
        REQUIRE(x.verify_with(known));
        for (auto* part : {&x.id, &x.time, &x.signature, &x.body}) {
          for (size_t bit = 0; bit < part->size() * 8; ++bit) {
            auto& byte = (*part)[bit / 8];
            const auto before = byte;
            byte = static_cast<char>(byte ^ 1 << bit % 8);
            // With every time allowed, so that the signature has to find it.
            const bool accepted = x.verify_with(known, vector_seconds, 4'000'000'000s).has_value();
            CHECK_MESSAGE(!accepted, "bit ", bit, " of ", *part);
            byte = before;
          }
        }
        CHECK(x.verify_with(known));
      }
    }
  }

  TEST_CASE("any length of body and secret is signed and verified") {
    const auto seed = std::random_device{}();
    CAPTURE(seed);
    rng_type rng{seed};
    for (int i = 0; i < 200; ++i) {
      const secrets known{{webhook_secret_kind::hmac, random_bytes(rng, 24 + rng() % 41)}};
      message x{.body = random_bytes(rng, i % 10 == 0 ? 0 : rng() % 5000)};
      x.signature = sign_all(known, x.id, vector_seconds, x.body).value();
      CHECK(x.verify_with(known));
    }
  }

  TEST_CASE("a hint tells the usual ways in which a body is changed") {
    const secrets known{secret_of(vector_secret)};
    auto hint = [&](const std::string& signed_body, const std::string& seen_body) {
      const auto signature = sign_all(known, vector_id, vector_seconds, signed_body).value();
      return mismatch_hint({vector_id, vector_time, signature}, seen_body, known);
    };
    auto says = [](const std::string& text, const char* part) {
      CHECK_MESSAGE(text.find(part) != std::string::npos, text);
    };
    says(hint("{}", "{}\n"), "without its last line break");
    says(hint("{}", "{}\r\n"), "without its last line break");
    says(hint("{}\n", "{}"), "with a line break at its end");
    says(hint("{\n}\n", "{\r\n}\r\n"), "other kind of line breaks");
    says(hint("{\r\n}", "{\n}"), "other kind of line breaks");
    says(hint("{}", "\xef\xbb\xbf{}"), "byte order mark");
    says(hint(R"({"a":"b \" c","d":[1]})", "{ \"a\": \"b \\\" c\",\n  \"d\": [1] }"),
         "white space between its JSON tokens");
    says(hint("", "{}"), "empty body");
    CHECK(hint("{}", "{\"a\":1}").empty());
    CHECK(mismatch_hint({vector_id, vector_time, ""}, "{}", known).empty());
  }
}

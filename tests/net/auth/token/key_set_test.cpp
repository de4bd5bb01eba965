#include "net/auth/token/key_set.hpp"

#include "net/auth/token/token_verifier.hpp"
#include "tests/net/auth/token/token_issuer.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace carillon::test {

TEST_SUITE("net/token_key_set") {
  namespace {

  constexpr std::string_view claims = R"({"sub":"u-1"})";

  std::unique_ptr<token_verifier> open(const scratch_file& file, std::string secret = {}) {
    auto out = token_verifier::open({.secret = std::move(secret), .jwks_file = file.path()});
    REQUIRE(out.has_value());
    return std::move(*out);
  }

  bool accepts(const token_verifier& verifier, std::string_view token) {
    return verifier.verify(token, token_time).has_value();
  }

  /// True if this key, alone in a set, is usable.
  bool is_usable(const std::string& jwk) {
    return parse_key_set(key_set_of({jwk})).has_value();
  }

  std::string oct_of(size_t bytes) {
    return token_issuer::hs256(std::string(bytes, 'k')).jwk();
  }

  std::string rsa_of(const std::string& modulus, const std::string& exponent) {
    return R"({"kty":"RSA","n":")" + base64url(modulus) + R"(","e":")" + base64url(exponent)
           + R"("})";
  }

  std::string ec_of(const std::string& x, const std::string& y) {
    return R"({"kty":"EC","crv":"P-256","x":")" + base64url(x) + R"(","y":")" + base64url(y)
           + R"("})";
  }

  /// Of the RSA tests: odd, and with its first bit set.
  std::string modulus_of(size_t bytes) {
    return '\x80' + std::string(bytes - 2, '\x5a') + '\x01';
  }

  struct row {
    std::string sentence;
    std::string text;
  };

  } // namespace

  TEST_CASE("a key is of use if it is strong enough and well formed") {
    CHECK(is_usable(oct_of(32)));
    CHECK(is_usable(oct_of(200)));
    CHECK(is_usable(rsa_of(modulus_of(256), "\x03")));
    CHECK(is_usable(rsa_of(modulus_of(1024), std::string("\x01\x00\x01", 3))));
    // Some write a leading zero, as for a signed number.
    CHECK(is_usable(rsa_of('\0' + modulus_of(256), "\x03")));
    CHECK(is_usable(es256_issuer().jwk()));
    CHECK(is_usable(
      R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"));
    const row rows[] = {
      {"oct needs 32 bytes", oct_of(31)},
      {"oct needs a k", R"({"kty":"oct"})"},
      {"k is base64url", R"({"kty":"oct","k":"++++++++++++++++++++++++++++++++++++++++++++"})"},
      {"k is a string", R"({"kty":"oct","k":1})"},
      {"oct is not a public key in disguise", token_issuer::hs256(rs256_issuer().pem()).jwk()},
      {"a modulus has 2048 bits", rsa_of('\x7f' + modulus_of(256).substr(1), "\x03")},
      {"a modulus has 2048 bits, not 1024", token_issuer::rs256(1024).jwk()},
      {"zeros before a modulus do not count",
       rsa_of(std::string(128, '\0') + modulus_of(128), "\x03")},
      {"a modulus has at most 8192 bits", rsa_of(modulus_of(1025), "\x03")},
      {"a modulus is odd", rsa_of(modulus_of(255) + '\x02', "\x03")},
      {"an exponent is not 1", rsa_of(modulus_of(256), "\x01")},
      {"an exponent is not 0", rsa_of(modulus_of(256), std::string(1, '\0'))},
      {"an exponent is not empty", rsa_of(modulus_of(256), "")},
      {"an exponent is odd", rsa_of(modulus_of(256), "\x04")},
      {"an exponent has at most 64 bits",
       rsa_of(modulus_of(256), "\x01\x01\x01\x01\x01\x01\x01\x01\x01")},
      {"RSA needs an e", R"({"kty":"RSA","n":")" + base64url(modulus_of(256)) + R"("})"},
      {"a point is on the curve", ec_of(std::string(32, '\x01'), std::string(32, '\x02'))},
      {"a point is not at infinity", ec_of(std::string(32, '\0'), std::string(32, '\0'))},
      {"coordinates are within the field", ec_of(std::string(32, '\xff'), std::string(32, '\xff'))},
      {"coordinates have 32 bytes", ec_of(std::string(31, '\x01'), std::string(33, '\x02'))},
      {"a curve is P-256", token_issuer::on_curve("secp256k1").jwk()},
      {"a curve says that it is P-256", R"({"kty":"EC","crv":"P-384","x":"","y":""})"},
      {"EC needs a curve", R"({"kty":"EC","x":"","y":""})"},
      {"a key of Ed25519 has 32 bytes", R"({"kty":"OKP","crv":"Ed25519","x":""})"},
      {"other curves of OKP are left out",
       R"({"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"},
      {"other kinds are left out",
       R"({"kty":"AKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"},
      {"kinds are as they are written",
       R"({"kty":"OCT","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})"},
      {"a key has a kind", R"({"k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})"},
      {"a kind is a string", R"({"kty":1})"},
    };
    for (const auto& x : rows) {
      CAPTURE(x.sentence);
      CHECK_FALSE(is_usable(x.text));
    }
  }

  TEST_CASE("a key is used for what it is meant for only") {
    for (const auto* x : {&hs256_issuer(), &rs256_issuer(), &es256_issuer()}) {
      CAPTURE(x->alg());
      const auto alg = R"("alg":")" + x->alg() + '"';
      for (const auto& more : {std::string{}, alg, std::string{R"("use":"sig")"},
                               std::string{R"("key_ops":["verify"])"},
                               R"("key_ops":["sign","verify"],"use":"sig","kid":"k",)" + alg,
                               std::string{R"("x5t":"abc","iat":1,"kid":"")"}}) {
        CAPTURE(more);
        CHECK(is_usable(x->jwk(more)));
      }
      for (const std::string more :
           {R"("use":"enc")", R"("use":"")", R"("use":null)", R"("use":["sig"])",
            R"("key_ops":["sign"])", R"("key_ops":[])", R"("key_ops":"verify")",
            R"("key_ops":null)", R"("key_ops":[1])", R"("alg":"none")", R"("alg":"PS256")",
            R"("alg":"HS512")", R"("alg":"A128KW")", R"("alg":1)", R"("kid":1)", R"("kid":null)",
            R"("use":"enc","key_ops":["verify"])"}) {
        CAPTURE(more);
        CHECK_FALSE(is_usable(x->jwk(more)));
      }
    }
    CHECK_FALSE(is_usable(rs256_issuer().jwk(R"("alg":"HS256")")));
    CHECK_FALSE(is_usable(hs256_issuer().jwk(R"("alg":"RS256")")));
  }

  TEST_CASE("a text that is no set of keys is refused, and not repeated") {
    const auto key = es256_issuer().jwk();
    const row rows[] = {
      {"a set is not empty", ""},
      {"a set is JSON", "secret-in-a-wrong-file"},
      {"a set is not PEM", rs256_issuer().pem()},
      {"a set is an object", "[" + key + "]"},
      {"a key alone is no set", key},
      {"a set has keys", R"({"secret-in-a-wrong-file":1})"},
      {"keys are an array", R"({"keys":)" + key + "}"},
      {"keys are objects", R"({"keys":["secret-in-a-wrong-file",)" + key + "]}"},
      {"a set has a key that is of use", R"({"keys":[]})"},
      {"a set has a key that is of use, not others only",
       R"({"keys":[{"kty":"secret-in-a-wrong-file"}]})"},
      {"names occur once", R"({"keys":[],"keys":[)" + key + "]}"},
      {"names occur once in keys", R"({"keys":[{"kty":"oct","kty":"oct"},)" + key + "]}"},
      {"a set is whole", key_set_of({key}).substr(0, 60)},
      {"nothing follows a set", key_set_of({key}) + "x"},
      {"a set is UTF-8", key_set_of({key, "{\"kid\":\"\xff\"}"})},
      {"a set is flat", key_set_of({key, R"({"x":[[[[[[]]]]]]})"})},
      {"a set has at most 100 keys", key_set_of(std::vector<std::string>(101, key))},
      {"a set has at most 1 MiB", key_set_of({key}) + std::string(1024 * 1024, ' ')},
    };
    for (const auto& x : rows) {
      CAPTURE(x.sentence);
      auto out = parse_key_set(x.text);
      REQUIRE(out.has_error());
      CHECK(out.error().code == ec::invalid_argument);
      CHECK(out.error().field == "jwks-file");
      CHECK(out.error().detail.find("secret-in") == std::string::npos);
      CHECK(out.error().detail.find("BEGIN") == std::string::npos);
      scratch_file file{x.text};
      auto made = token_verifier::open({.jwks_file = file.path()});
      REQUIRE(made.has_error());
      CHECK(made.error() == out.error());
    }
    CHECK(parse_key_set(key_set_of(std::vector<std::string>(100, key)))->size() == 100);
  }

  TEST_CASE("a file that can't be read is refused without its path") {
    scratch_file gone{""};
    gone.remove();
    for (const auto& path : {gone.path(), std::string{"/"}, std::string{"/dev/zero"}}) {
      auto made = token_verifier::open({.jwks_file = path});
      REQUIRE(made.has_error());
      CHECK(made.error().code == ec::invalid_argument);
      CHECK(made.error().field == "jwks-file");
      CHECK(made.error().detail.find('/') == std::string::npos);
    }
  }

  TEST_CASE("keys that are of no use do not spoil the others") {
    scratch_file file{key_set_of(
      {R"({"kty":"OKP"})", R"({})", rs256_issuer().jwk(R"("use":"enc")"), es256_issuer().jwk()})};
    auto verifier = open(file);
    CHECK(accepts(*verifier, es256_issuer().token(claims)));
    CHECK_FALSE(accepts(*verifier, rs256_issuer().token(claims)));
  }

  TEST_CASE("a token with a kid is for the keys of that kid alone") {
    const auto other = token_issuer::es256();
    scratch_file file{key_set_of({es256_issuer().jwk(R"("kid":"a")"), other.jwk(R"("kid":"b")"),
                                  rs256_issuer().jwk(R"("kid":"b")"), hs256_issuer().jwk()})};
    auto verifier = open(file);
    CHECK(accepts(*verifier, es256_issuer().token(claims, R"("kid":"a")")));
    CHECK_FALSE(accepts(*verifier, es256_issuer().token(claims, R"("kid":"b")")));
    CHECK(accepts(*verifier, other.token(claims, R"("kid":"b")")));
    CHECK(accepts(*verifier, rs256_issuer().token(claims, R"("kid":"b")")));
    CHECK_FALSE(accepts(*verifier, rs256_issuer().token(claims, R"("kid":"a")")));
    for (const std::string kid : {"", "A", "a ", "a\\u0000", "c"}) {
      CAPTURE(kid);
      CHECK_FALSE(accepts(*verifier, es256_issuer().token(claims, R"("kid":")" + kid + '"')));
    }
    // A key without one is not of any.
    CHECK_FALSE(accepts(*verifier, hs256_issuer().token(claims, R"("kid":"a")")));
    CHECK_FALSE(accepts(*verifier, hs256_issuer().token(claims, R"("kid":"")")));
    // And a token without one may be of all.
    for (const auto* x : {&es256_issuer(), &other, &rs256_issuer(), &hs256_issuer()})
      CHECK(accepts(*verifier, x->token(claims)));
  }

  TEST_CASE("the secret has no kid, and answers to one only if there is no set of keys") {
    auto issuer = token_issuer::hs256("the secret, of 32 bytes at least");
    scratch_file file{key_set_of({hs256_issuer().jwk(R"("kid":"a")")})};
    auto both = open(file, "the secret, of 32 bytes at least");
    CHECK(accepts(*both, issuer.token(claims)));
    CHECK_FALSE(accepts(*both, issuer.token(claims, R"("kid":"a")")));
    CHECK_FALSE(accepts(*both, issuer.token(claims, R"("kid":"")")));
    CHECK(accepts(*both, hs256_issuer().token(claims)));
    CHECK(accepts(*both, hs256_issuer().token(claims, R"("kid":"a")")));
    auto alone = token_verifier::open({.secret = "the secret, of 32 bytes at least"});
    REQUIRE(alone.has_value());
    CHECK(accepts(**alone, issuer.token(claims, R"("kid":"a")")));
    CHECK((*alone)->reload().has_value());
    CHECK(accepts(**alone, issuer.token(claims)));
  }

  TEST_CASE("a token without a kid is tried with eight keys of its algorithm") {
    std::vector<std::string> jwks{es256_issuer().jwk()};
    std::vector<token_issuer> issuers;
    for (char c = 'a'; c < 'k'; ++c) {
      issuers.push_back(token_issuer::hs256(std::string(32, c)));
      jwks.push_back(issuers.back().jwk(std::string{R"("kid":")"} + c + '"'));
    }
    jwks.push_back(rs256_issuer().jwk());
    scratch_file file{key_set_of(jwks)};
    auto verifier = open(file);
    for (size_t i = 0; i < issuers.size(); ++i) {
      CAPTURE(i);
      CHECK(accepts(*verifier, issuers[i].token(claims)) == (i < 8));
      auto kid = std::string{R"("kid":")"} + static_cast<char>('a' + i) + '"';
      CHECK(accepts(*verifier, issuers[i].token(claims, kid)));
    }
    // Keys of other algorithms do not count.
    CHECK(accepts(*verifier, rs256_issuer().token(claims)));
    // The secret does.
    auto with_secret = open(file, std::string(32, 'x'));
    CHECK(accepts(*with_secret, issuers[6].token(claims)));
    CHECK_FALSE(accepts(*with_secret, issuers[7].token(claims)));
  }

  TEST_CASE("a set that is read anew replaces the former one") {
    auto next = token_issuer::es256();
    scratch_file file{key_set_of({es256_issuer().jwk()})};
    auto verifier = open(file);
    file.write(key_set_of({next.jwk()}));
    CHECK_FALSE(accepts(*verifier, next.token(claims)));
    REQUIRE(verifier->reload().has_value());
    CHECK(accepts(*verifier, next.token(claims)));
    CHECK_FALSE(accepts(*verifier, es256_issuer().token(claims)));
  }

  TEST_CASE("a key that is taken out of a set says so to whom it let in") {
    auto leaves = token_issuer::es256();
    auto is_revoked = [](const expected<session_identity>& x) {
      REQUIRE(x.has_value());
      return x->is_revoked();
    };
    scratch_file file{key_set_of({leaves.jwk(R"("kid":"a")"), es256_issuer().jwk(R"("kid":"b")"),
                                  rs256_issuer().jwk(), hs256_issuer().jwk()})};
    const std::string secret = "the secret, of 32 bytes at least";
    auto verifier = open(file, secret);
    auto by = [&](const token_issuer& x, const std::string& more = {}) {
      return verifier->verify(x.token(claims, more), token_time);
    };
    auto gone = by(leaves, R"("kid":"a")");
    auto renamed = by(es256_issuer(), R"("kid":"b")");
    auto stays = by(rs256_issuer());
    auto stays_too = by(hs256_issuer());
    auto of_secret = by(token_issuer::hs256(secret));
    file.write(key_set_of({hs256_issuer().jwk(), es256_issuer().jwk(R"("kid":"c")"),
                           rs256_issuer().jwk(), es256_issuer().jwk(R"("kid":"new")")}));
    REQUIRE(verifier->reload().has_value());
    CHECK(is_revoked(gone));
    // A key of another name is another key: tokens of the old one are rejected.
    CHECK(is_revoked(renamed));
    CHECK(!is_revoked(stays));
    CHECK(!is_revoked(stays_too));
    CHECK(!is_revoked(of_secret));
    CHECK(!is_revoked(by(es256_issuer(), R"("kid":"c")")));
    // An unreadable set revokes nothing.
    file.write("{");
    CHECK(verifier->reload().has_error());
    CHECK(!is_revoked(stays));
    // However often it was read meanwhile.
    file.write(key_set_of({hs256_issuer().jwk()}));
    REQUIRE(verifier->reload().has_value());
    CHECK(is_revoked(stays));
    CHECK(!is_revoked(stays_too));
  }

  TEST_CASE("a kid that no key has is told apart from a wrong signature") {
    scratch_file file{key_set_of({es256_issuer().jwk(R"("kid":"a")")})};
    auto verifier = open(file);
    auto detail = [&](const std::string& token) {
      return verifier->verify(token, token_time).error().detail;
    };
    CHECK(detail(es256_issuer().token(claims, R"("kid":"b")"))
          == "no key of this node has the token's kid");
    for (const auto& forged :
         {token_issuer::es256().token(claims, R"("kid":"a")"),
          rs256_issuer().token(claims, R"("kid":"a")"), token_issuer::es256().token(claims)})
      CHECK(detail(forged) == "the token is not signed by a key of this node");
  }

  TEST_CASE("a set that can't be read anew leaves the former keys") {
    scratch_file file{key_set_of({es256_issuer().jwk()})};
    auto verifier = open(file);
    auto half = key_set_of({rs256_issuer().jwk()}).substr(0, 100);
    for (const auto& text :
         {std::string{}, half, key_set_of({}), key_set_of({R"({"kty":"OKP"})"})}) {
      CAPTURE(text);
      file.write(text);
      auto out = verifier->reload();
      REQUIRE(out.has_error());
      CHECK(out.error().code == ec::invalid_argument);
      CHECK(out.error().field == "jwks-file");
      CHECK(accepts(*verifier, es256_issuer().token(claims)));
    }
    file.remove();
    CHECK(verifier->reload().has_error());
    CHECK(accepts(*verifier, es256_issuer().token(claims)));
    file.write(key_set_of({rs256_issuer().jwk()}));
    CHECK(verifier->reload().has_value());
    CHECK(accepts(*verifier, rs256_issuer().token(claims)));
    CHECK_FALSE(accepts(*verifier, es256_issuer().token(claims)));
  }

  TEST_CASE("tokens are verified while keys change") {
    const auto with = [](const std::string& more) {
      return key_set_of({es256_issuer().jwk(R"("kid":"stays")"), more});
    };
    const auto first = with(rs256_issuer().jwk());
    const auto second = with(hs256_issuer().jwk());
    scratch_file one{first};
    auto verifier = open(one);
    const auto token = es256_issuer().token(claims, R"("kid":"stays")");
    const auto forged = token_issuer::es256().token(claims, R"("kid":"stays")");
    std::atomic<bool> done{false};
    std::atomic<int> verified{0};
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i)
      threads.emplace_back([&] {
        do {
          if (!accepts(*verifier, token) || accepts(*verifier, forged))
            ++wrong;
          ++verified;
        } while (!done);
      });
    int failed = 0;
    for (int i = 0; i < 200; ++i) {
      one.write(i % 2 == 0 ? second : first);
      failed += verifier->reload().has_error() ? 1 : 0;
    }
    done = true;
    for (auto& x : threads)
      x.join();
    CHECK(failed == 0);
    CHECK(wrong == 0);
    CHECK(verified >= 3);
  }

} // TEST_SUITE

} // namespace carillon::test

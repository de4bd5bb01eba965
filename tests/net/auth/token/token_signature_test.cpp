#include "net/auth/token/token_verifier.hpp"

#include "base/json/strict_json.hpp"
#include "net/auth/token/compact.hpp"
#include "tests/net/auth/token/token_issuer.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

namespace carillon::test {

TEST_SUITE("net/token_signature") {
  namespace {

  constexpr std::string_view claims = R"({"sub":"u-1","company":"c-1"})";

  struct setup {
    explicit setup(const std::vector<std::string>& jwks, std::string secret = {})
      : file(key_set_of(jwks)) {
      auto made = token_verifier::open({.secret = std::move(secret), .jwks_file = file.path()});
      REQUIRE(made.has_value());
      verifier = std::move(*made);
    }

    bool accepts(std::string_view token) const {
      return verifier->verify(token, token_time).has_value();
    }

    scratch_file file;
    std::unique_ptr<token_verifier> verifier;
  };

  std::unique_ptr<token_verifier> with_secret(std::string secret) {
    auto out = token_verifier::open({.secret = std::move(secret)});
    REQUIRE(out.has_value());
    return std::move(*out);
  }

  const std::vector<const token_issuer*>& issuers() {
    static const std::vector<const token_issuer*> out{&hs256_issuer(), &rs256_issuer(),
                                                      &es256_issuer()};
    return out;
  }

  setup all_keys() {
    std::vector<std::string> jwks;
    for (const auto* x : issuers())
      jwks.push_back(x->jwk());
    return setup{jwks};
  }

  // RFC 7515 appendix A.1 to A.3.

  constexpr const char* rfc_payload = ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9"
                                      "leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
                                      "fQ.";

  struct rfc_vector {
    const char* name;
    const char* header;
    const char* signature;
    const char* jwk;
  };

  constexpr rfc_vector rfc_vectors[] = {
    {"A.1", "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
     "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
     R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"})"},
    {"A.2", "eyJhbGciOiJSUzI1NiJ9",
     "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_"
     "O8W2Fp5jujG"
     "bds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
     "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"
     "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
     "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6"
     "LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
     R"({"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"})"},
    {"A.3", "eyJhbGciOiJFUzI1NiJ9",
     "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
     R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})"},
  };

  token_key key_of(const std::string& jwk) {
    auto json = parse_strict_object(jwk, max_token_json_depth);
    REQUIRE(json.has_value());
    auto out = token_key::from_jwk(*json);
    REQUIRE(out.has_value());
    return std::move(*out);
  }

  } // namespace

  TEST_CASE("the vectors of RFC 7515 verify, each with its own key") {
    for (const auto& x : rfc_vectors) {
      CAPTURE(x.name);
      auto token = std::string{x.header} + rfc_payload + x.signature;
      auto parts = parse_compact(token);
      REQUIRE(parts.has_value());
      for (const auto& y : rfc_vectors) {
        auto key = key_of(y.jwk);
        CHECK(key.verifies(parts->signed_text, parts->signature) == (&x == &y));
        CHECK_FALSE(key.verifies(parts->signed_text.substr(1), parts->signature));
      }
      // They lack an identity, which is checked last.
      auto out
        = setup{{x.jwk}}.verifier->verify(token, timestamp{std::chrono::seconds{1'300'819'380}});
      REQUIRE(out.has_error());
      CHECK(out.error().detail == "the token names neither a user nor a company");
    }
  }

  TEST_CASE("the vector of RFC 8037 verifies, and no changed bit of it") {
    const auto key = key_of(
      R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
    CHECK(key.algorithm() == token_algorithm::eddsa);
    const auto parts = parse_compact(
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
    REQUIRE(parts.has_value());
    CHECK(key.verifies(parts->signed_text, parts->signature));
    CHECK_FALSE(key.verifies(parts->signed_text.substr(1), parts->signature));
    for (size_t i = 0; i < 8 * parts->signature.size(); ++i) {
      auto changed = parts->signature;
      changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
      CHECK_FALSE(key.verifies(parts->signed_text, changed));
    }
    CHECK_FALSE(key.verifies(parts->signed_text, ""));
    CHECK_FALSE(key.verifies(parts->signed_text, parts->signature + "x"));
  }

  TEST_CASE("a token of each algorithm says who it is") {
    auto keys = all_keys();
    for (const auto* x : issuers()) {
      CAPTURE(x->alg());
      auto out = keys.verifier->verify(x->token(claims), token_time);
      REQUIRE(out.has_value());
      CHECK(out->who == viewer{"u-1", "c-1"});
      CHECK(!out->expires_at);
      CHECK(!out->is_revoked());
    }
  }

  TEST_CASE("a token of an unknown key is refused, whatever its algorithm") {
    auto keys = all_keys();
    const token_issuer strangers[] = {token_issuer::hs256("another secret of the tests, 32 bytes"),
                                      token_issuer::rs256(), token_issuer::es256()};
    for (const auto& x : strangers) {
      CAPTURE(x.alg());
      auto out = keys.verifier->verify(x.token(claims), token_time);
      REQUIRE(out.has_error());
      CHECK(out.error()
            == failure{ec::unauthenticated, "the token is not signed by a key of this node", {}});
      CHECK(setup{{x.jwk()}}.accepts(x.token(claims)));
    }
  }

  TEST_CASE("what the header calls a signature does not change which key it is of") {
    for (const auto* key : issuers())
      for (const auto* signer : issuers())
        for (const std::string name : {"HS256", "RS256", "ES256"})
          for (const std::string kid : {"", R"(,"kid":"k")"}) {
            CAPTURE(key->alg());
            CAPTURE(signer->alg());
            CAPTURE(name);
            CAPTURE(kid);
            auto token = signer->token_with(R"({"alg":")" + name + '"' + kid + '}', claims);
            bool right = key == signer && name == key->alg();
            CHECK(setup{{key->jwk(R"("kid":"k")")}}.accepts(token) == right);
          }
  }

  TEST_CASE("a public key is no secret of HS256, in whatever form it is taken") {
    for (const auto* x : {&rs256_issuer(), &es256_issuer()}) {
      auto jwk = x->jwk(R"("kid":"k")");
      setup keys{{jwk}};
      auto pem = x->pem();
      auto trimmed = pem.substr(0, pem.size() - 1);
      auto json = parse_strict_object(jwk, max_token_json_depth);
      REQUIRE(json.has_value());
      auto number = *from_base64url(*find_text(*json, x->alg() == "RS256" ? "n" : "x"));
      for (const auto& secret : {pem, trimmed, jwk, key_set_of({jwk}), number, std::string{}}) {
        auto forger = token_issuer::hs256(secret);
        CHECK_FALSE(keys.accepts(forger.token(claims)));
        CHECK_FALSE(keys.accepts(forger.token(claims, R"("kid":"k")")));
      }
      // And nobody can make it one by accident.
      auto made = token_verifier::open({.secret = pem});
      REQUIRE(made.has_error());
      CHECK(made.error().field == "jwt-secret");
      CHECK(made.error().detail.find(pem.substr(30, 8)) == std::string::npos);
    }
  }

  TEST_CASE("a token without a signature is refused") {
    auto keys = all_keys();
    for (const std::string name : {"none", "None", "NONE", "nOnE", "", "HS256", "RS256", "ES256"})
      for (const auto* x : issuers()) {
        CAPTURE(name);
        auto token = x->token_with(R"({"alg":")" + name + R"("})", claims);
        auto bare = token.substr(0, token.rfind('.') + 1);
        CHECK_FALSE(keys.accepts(bare));
        if (name != x->alg())
          CHECK_FALSE(keys.accepts(token));
      }
  }

  TEST_CASE("other algorithms are refused, even if the key would do") {
    auto keys = all_keys();
    for (const std::string name : {"HS384", "HS512", "RS384", "RS512", "PS256", "ES384", "ES512",
                                   "ES256K", "EdDSA", "hs256", "rs256", "HS256 ", "HS256\\u0000"})
      for (const auto* x : issuers()) {
        CAPTURE(name);
        CHECK_FALSE(keys.accepts(x->token_with(R"({"alg":")" + name + R"("})", claims)));
      }
  }

  TEST_CASE("a key that the header brings is not used") {
    auto keys = all_keys();
    auto own = token_issuer::es256();
    CHECK_FALSE(keys.accepts(own.token(claims, R"("jwk":)" + own.jwk())));
    CHECK_FALSE(keys.accepts(own.token(claims, R"("jku":"http://127.0.0.1/keys")")));
  }

  TEST_CASE("a signature has exactly the form of its algorithm") {
    auto keys = all_keys();
    for (const auto* x : issuers()) {
      CAPTURE(x->alg());
      auto token = x->token(claims);
      auto text = token.substr(0, token.rfind('.'));
      auto signature = *from_base64url(token.substr(text.size() + 1));
      const auto with = [&](const std::string& y) { return text + '.' + base64url(y); };
      REQUIRE(keys.accepts(with(signature)));
      CHECK_FALSE(keys.accepts(with(signature.substr(0, signature.size() - 1))));
      CHECK_FALSE(keys.accepts(with(signature.substr(0, signature.size() / 2))));
      CHECK_FALSE(keys.accepts(with(signature + '\0')));
      CHECK_FALSE(keys.accepts(with('\0' + signature)));
      // All zero: some verifiers of ECDSA once accepted it.
      CHECK_FALSE(keys.accepts(with(std::string(signature.size(), '\0'))));
      CHECK_FALSE(keys.accepts(with(std::string(signature.size(), '\xff'))));
    }
  }

  TEST_CASE("an ES256 signature in DER is refused") {
    setup keys{{es256_issuer().jwk()}};
    auto token = es256_issuer().token(claims);
    auto text = token.substr(0, token.rfind('.'));
    auto raw = *from_base64url(token.substr(text.size() + 1));
    std::string der;
    for (const auto& number : {raw.substr(0, 32), raw.substr(32)}) {
      auto value = (number[0] & 0x80) != 0 ? '\0' + number : number;
      der += std::string{'\x02', static_cast<char>(value.size())} + value;
    }
    der = std::string{'\x30', static_cast<char>(der.size())} + der;
    CHECK(keys.accepts(token));
    CHECK_FALSE(keys.accepts(text + '.' + base64url(der)));
  }

  TEST_CASE("a secret of 32 bytes is enough, of whatever bytes") {
    const auto secret = std::string(31, 'x') + '\0';
    auto verifier = with_secret(secret);
    const auto verifies = [&](const std::string& other) {
      return verifier->verify(token_issuer::hs256(other).token(claims), token_time).has_value();
    };
    CHECK(verifies(secret));
    CHECK_FALSE(verifies(std::string(31, 'x') + 'y'));
    CHECK_FALSE(verifies(secret + 'x'));
    // HMAC fills a key up with zeros: a shorter one would be the same.
    CHECK_FALSE(verifies("x"));
  }

  TEST_CASE("a token in which one character differs is refused") {
    auto seed = std::random_device{}();
    MESSAGE("seed " << seed);
    std::mt19937_64 random{seed};
    constexpr std::string_view alphabet
      = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ ";
    auto keys = all_keys();
    for (const auto* x : issuers()) {
      CAPTURE(x->alg());
      auto token = x->token(claims, R"("typ":"JWT")");
      REQUIRE(keys.accepts(token));
      for (size_t i = 0; i < token.size(); ++i) {
        CAPTURE(i);
        for (int k = 0; k < 4; ++k) {
          auto other = token;
          other[i] = k < 3 ? alphabet[random() % alphabet.size()] : static_cast<char>(random());
          CAPTURE(other);
          CHECK(keys.accepts(other) == (other == token));
        }
        auto longer = token;
        longer.insert(i, 1, alphabet[random() % alphabet.size()]);
        CHECK_FALSE(keys.accepts(longer));
        auto shorter = token;
        shorter.erase(i, 1);
        CHECK_FALSE(keys.accepts(shorter));
        CHECK_FALSE(keys.accepts(token.substr(0, i)));
      }
      // The last character holds bits past the end, which have to be zero.
      for (char c : alphabet) {
        auto other = token;
        other.back() = c;
        CHECK(keys.accepts(other) == (other == token));
      }
    }
  }

  TEST_CASE("base64url has one text for each value") {
    CHECK(from_base64url("") == "");
    CHECK(from_base64url("AA") == std::string(1, '\0'));
    CHECK(from_base64url("-_8") == "\xfb\xff");
    for (const char* x : {"A", "AAAAA", "AB", "AAB", "AA=", "AA==", "AAA=", "=", "+_8", "-/8",
                          "A A", "AA\n", "AAA.", "\xc3\xa4"}) {
      CAPTURE(x);
      CHECK_FALSE(from_base64url(x).has_value());
    }
    CHECK_FALSE(from_base64url(std::string_view("AA\0A", 4)).has_value());
  }

  TEST_CASE("what is not three parts is no token") {
    CHECK(parse_compact("YQ.Yg.Yw").has_value());
    for (const char* x : {"", ".", "YQ", "YQ.Yg", "YQ.Yg.Yw.", ".YQ.Yg.Yw", "YQ.Yg.Yw.ZA",
                          "YQ.Yg.Yw.ZA.ZQ", "YQ.Yg.Yw ", " YQ.Yg.Yw", "YQ==.Yg.Yw"}) {
      CAPTURE(x);
      CHECK_FALSE(parse_compact(x).has_value());
    }
    auto verifier = with_secret(std::string(32, 'x'));
    for (const char* x : {"", "..", "YQ.Yg.Yw", "Bearer YQ.Yg.Yw"}) {
      auto out = verifier->verify(x, token_time);
      REQUIRE(out.has_error());
      CHECK(out.error().code == ec::unauthenticated);
    }
  }

  TEST_CASE("a token has at most 8 KiB") {
    auto verifier = with_secret(std::string(32, 'x'));
    auto issuer = token_issuer::hs256(std::string(32, 'x'));
    const auto of = [&](size_t filler) {
      return issuer.token(R"({"sub":"u","filler":")" + std::string(filler, 'a') + R"("})");
    };
    auto spare = max_token_bytes - of(0).size();
    auto fits = of(spare * 3 / 4 - 3);
    REQUIRE(fits.size() <= max_token_bytes);
    REQUIRE(fits.size() > max_token_bytes - 8);
    CHECK(verifier->verify(fits, token_time).has_value());
    CHECK(verifier->verify(of(spare * 3 / 4 + 8), token_time).has_error());
  }

} // TEST_SUITE

} // namespace carillon::test

#include "net/auth/token/token_verifier.hpp"

#include "tests/net/auth/token/token_issuer.hpp"

#include <doctest/doctest.h>

#include <string>

namespace carillon::test {

TEST_SUITE("net/token_claims") {
  namespace {

  using namespace std::chrono_literals;

  const std::string secret = "a secret of the tests, of 32 bytes";

  /// Of a verifier with the tests' secret.
  expected<session_identity> verify(std::string_view token, token_options options = {},
                                    timestamp now = token_time) {
    options.secret = secret;
    auto made = token_verifier::open(std::move(options));
    REQUIRE(made.has_value());
    return (*made)->verify(token, now);
  }

  expected<session_identity> verify_claims(std::string_view claims, token_options options = {},
                                           timestamp now = token_time) {
    return verify(token_issuer::hs256(secret).token(claims), std::move(options), now);
  }

  std::string nested(size_t levels) {
    return R"({"sub":"u","x":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + '}';
  }

  struct refusal_row {
    std::string sentence;
    std::string text;
  };

  } // namespace

  TEST_CASE("a user, a company or both are who it is") {
    CHECK(verify_claims(R"({"sub":"u"})")->who == viewer{"u", ""});
    CHECK(verify_claims(R"({"company":"c"})")->who == viewer{"", "c"});
    CHECK(verify_claims(R"({"company":"c","sub":"u","more":[1,{"a":null}]})")->who
          == viewer{"u", "c"});
    CHECK(verify_claims(R"({"sub":"J\u00fcrgen \ud83d\ude00"})")->who == viewer{"Jürgen 😀", ""});
    for (size_t bytes : {128, 129, 200, 255}) {
      auto longest = std::string(bytes, 'u');
      CHECK(verify_claims(R"({"sub":")" + longest + R"("})")->who.user_id == longest);
    }
  }

  TEST_CASE("claims that are not right are refused") {
    const refusal_row rows[] = {
      {"claims are not empty", ""},
      {"claims are an object", R"(["sub","u"])"},
      {"claims are no string", R"("sub")"},
      {"claims are whole", R"({"sub":"u")"},
      {"nothing follows the claims", R"({"sub":"u"}{})"},
      {"nothing follows the claims, not even after a NUL", std::string("{\"sub\":\"u\"}\0x", 13)},
      {"claims have no byte order mark", "\xef\xbb\xbf{\"sub\":\"u\"}"},
      {"claims are UTF-8", "{\"sub\":\"u\",\"x\":\"\xff\"}"},
      {"claims have no comments", R"({"sub":"u"/**/})"},
      {"claims have no trailing comma", R"({"sub":"u",})"},
      {"claims are JSON, which has no NaN", R"({"sub":"u","exp":NaN})"},
      {"claims are JSON, which has no Infinity", R"({"sub":"u","exp":Infinity})"},
      {"somebody is named", R"({})"},
      {"somebody is named, not just anything", R"({"user":"u","exp":1700000060})"},
      {"a user is not empty", R"({"sub":""})"},
      {"a user is not empty, even beside a company", R"({"sub":"","company":"c"})"},
      {"a user is a string, not a number", R"({"sub":1})"},
      {"a user is a string, not null", R"({"sub":null,"company":"c"})"},
      {"a user is a string, not an array", R"({"sub":["u"]})"},
      {"a user has no control characters", R"({"sub":"a\nb"})"},
      {"a user has no NUL", R"({"sub":"a\u0000b"})"},
      {"a user has no half surrogates", R"({"sub":"\udc00"})"},
      {"a user has no half surrogates, high ones neither", R"({"sub":"\ud800"})"},
      {"a user has at most 255 bytes", R"({"sub":")" + std::string(256, 'u') + R"("})"},
      {"a company is not empty", R"({"company":""})"},
      {"a company is a string", R"({"sub":"u","company":7})"},
      {"a company has at most 128 bytes",
       R"({"sub":"u","company":")" + std::string(129, 'c') + R"("})"},
      {"a name occurs once", R"({"sub":"u","sub":"u"})"},
      {"a name occurs once, however it is escaped", R"({"sub":"u","s\u0075b":"v"})"},
      {"a name occurs once, within claims as well", R"({"sub":"u","x":[{"a":1,"a":2}]})"},
      {"exp is a number, not a string", R"({"sub":"u","exp":"1700000060"})"},
      {"exp is a number, not null", R"({"sub":"u","exp":null})"},
      {"exp is a number, not true", R"({"sub":"u","exp":true})"},
      {"exp is not negative", R"({"sub":"u","exp":-1})"},
      {"exp has a finite value", R"({"sub":"u","exp":1e999})"},
      {"exp is before the year 10000", R"({"sub":"u","exp":253402300800})"},
      {"exp is no number of milliseconds", R"({"sub":"u","exp":1700000060000})"},
      {"exp fits", R"({"sub":"u","exp":18446744073709551616})"},
      {"nbf is a number", R"({"sub":"u","nbf":"0"})"},
      {"nbf is finite", R"({"sub":"u","nbf":-1e300})"},
      {"iat is a number", R"({"sub":"u","iat":{}})"},
      {"iat is not negative", R"({"sub":"u","iat":-1})"},
      {"iss is a string", R"({"sub":"u","iss":1})"},
      {"aud is a string or an array", R"({"sub":"u","aud":{}})"},
      {"aud holds strings", R"({"sub":"u","aud":["a",1]})"},
      {"claims have at most 8 levels", nested(9)},
    };
    for (const auto& x : rows) {
      CAPTURE(x.sentence);
      auto out = verify_claims(x.text);
      REQUIRE(out.has_error());
      CHECK(out.error().code == ec::unauthenticated);
      CHECK(out.error().field.empty());
      CHECK(out.error().detail.size() < 100);
    }
    CHECK(verify_claims(nested(8)).has_value());
  }

  TEST_CASE("each refusal names its reason, and repeats nothing of the token") {
    const refusal_row rows[] = {
      {"claims are not one JSON object", R"({"sub":"u")"},
      {"claim sub is not a text of 1 to 255 bytes", R"({"sub":7})"},
      {"claim sub is not a text of 1 to 255 bytes",
       R"({"sub":")" + std::string(256, 'u') + R"("})"},
      {"claim company is not a text of 1 to 128 bytes", R"({"sub":"u","company":""})"},
      {"claim exp is not a number of seconds", R"({"sub":"u","exp":"2030-01-01"})"},
      {"claim nbf is not a number of seconds", R"({"sub":"u","nbf":1e300})"},
      {"claim iat is not a number of seconds", R"({"sub":"u","iat":[]})"},
      {"claim iss is not a text", R"({"sub":"u","iss":1})"},
      {"claim aud is neither a text nor a list of texts", R"({"sub":"u","aud":[1]})"},
      {"names neither a user nor a company", R"({"aud":"shop"})"},
      {"expired", R"({"sub":"u","exp":1})"},
      {"not valid yet", R"({"sub":"u","nbf":1800000000})"},
    };
    for (const auto& x : rows) {
      CAPTURE(x.text);
      auto out = verify_claims(x.text);
      REQUIRE(out.has_error());
      CAPTURE(out.error().detail);
      CHECK(out.error().detail.find(x.sentence) != std::string::npos);
    }
    const refusal_row headers[] = {
      {"header is not one JSON object", R"(["HS256"])"},
      {"algorithm is none of HS256, RS256, ES256, EdDSA", R"({"alg":"secret-name"})"},
      {"type is neither JWT nor at+jwt", R"({"alg":"HS256","typ":"secret-name"})"},
      {"kid is not a text", R"({"alg":"HS256","kid":7})"},
      {"has crit", R"({"alg":"HS256","crit":["secret-name"]})"},
      {"not signed by a key of this node", R"({"alg":"RS256"})"},
    };
    for (const auto& x : headers) {
      CAPTURE(x.text);
      auto out = verify(token_issuer::hs256(secret).token_with(x.text, R"({"sub":"u"})"));
      REQUIRE(out.has_error());
      CAPTURE(out.error().detail);
      CHECK(out.error().detail.find(x.sentence) != std::string::npos);
      CHECK(out.error().detail.find("secret-name") == std::string::npos);
    }
  }

  TEST_CASE("headers that are not right are refused") {
    const refusal_row rows[] = {
      {"a header is not empty", ""},
      {"a header is an object", R"(["HS256"])"},
      {"a header names an algorithm", R"({})"},
      {"an algorithm is a string", R"({"alg":256})"},
      {"an algorithm is not null", R"({"alg":null})"},
      {"an algorithm is one", R"({"alg":["HS256"]})"},
      {"an algorithm is named once", R"({"alg":"HS256","alg":"HS256"})"},
      {"an algorithm is named once, not none as well", R"({"alg":"none","alg":"HS256"})"},
      {"names are as they are written", R"({"Alg":"HS256"})"},
      {"a type is of a token", R"({"alg":"HS256","typ":"JOSE"})"},
      {"a type is not empty", R"({"alg":"HS256","typ":""})"},
      {"a type is a string", R"({"alg":"HS256","typ":1})"},
      {"a type does not go on after a NUL", R"({"alg":"HS256","typ":"JWT\u0000"})"},
      {"a token of security events is no session", R"({"alg":"HS256","typ":"secevent+jwt"})"},
      {"nor is it by its whole name", R"({"alg":"HS256","typ":"application/secevent+jwt"})"},
      {"a type is of an application", R"({"alg":"HS256","typ":"text/jwt"})"},
      {"a type is named", R"({"alg":"HS256","typ":"application/"})"},
      {"a type is named once", R"({"alg":"HS256","typ":"application/application/jwt"})"},
      {"nothing is critical", R"({"alg":"HS256","crit":["exp"],"exp":1})"},
      {"nothing is critical, not even an empty list", R"({"alg":"HS256","crit":[]})"},
      {"the payload is encoded", R"({"alg":"HS256","b64":false,"crit":["b64"]})"},
      {"a key's name is a string", R"({"alg":"HS256","kid":7})"},
      {"a key's name is not null", R"({"alg":"HS256","kid":null})"},
      {"nothing follows the header", R"({"alg":"HS256"} x)"},
      {"a header is UTF-8", "{\"alg\":\"HS256\",\"x\":\"\xc0\x80\"}"},
      {"a header has at most 8 levels", R"({"alg":"HS256","x":[[[[[[[[]]]]]]]]})"},
    };
    auto issuer = token_issuer::hs256(secret);
    for (const auto& x : rows) {
      CAPTURE(x.sentence);
      auto out = verify(issuer.token_with(x.text, R"({"sub":"u"})"));
      REQUIRE(out.has_error());
      CHECK(out.error().code == ec::unauthenticated);
    }
    for (const std::string x : {"JWT", "jwt", "Jwt", "at+jwt", "AT+JWT", "application/at+jwt",
                                "application/jwt", "Application/AT+JWT"}) {
      CAPTURE(x);
      CHECK(verify(issuer.token_with(R"( {"typ":")" + x + R"(" ,"alg":"HS256","kid":"any"} )",
                                     R"({"sub":"u"})"))
              .has_value());
    }
  }

  TEST_CASE("a token ends at exp, and the leeway later for who comes late") {
    const auto at = [](timestamp now) {
      return verify_claims(R"({"sub":"u","exp":1700000000})", {.leeway = 5s}, now);
    };
    const auto exp = token_time;
    CHECK(at(exp - 1s)->expires_at == exp);
    CHECK(at(exp - 1us)->expires_at == exp);
    CHECK(at(exp)->expires_at == exp + 5s);
    CHECK(at(exp + 5s - 1us)->expires_at == exp + 5s);
    CHECK(at(exp + 5s).error().detail == "the token has expired");
    CHECK(at(exp + 24h).error().detail == "the token has expired");
    CHECK(verify_claims(R"({"sub":"u"})")->expires_at == std::nullopt);
  }

  TEST_CASE("without a leeway a token is gone at exp") {
    const auto at = [](timestamp now) {
      return verify_claims(R"({"sub":"u","exp":1700000000,"nbf":1699999990})", {.leeway = 0s}, now);
    };
    CHECK(at(token_time - 1us).has_value());
    CHECK(at(token_time).has_error());
    CHECK(at(token_time - 10s).has_value());
    CHECK(at(token_time - 10s - 1us).has_error());
  }

  TEST_CASE("clocks that are a minute apart let a token in, unless an operator is stricter") {
    for (auto off : {10s, 59s}) {
      CHECK(verify_claims(R"({"sub":"u","exp":1700000000})", {}, token_time + off).has_value());
      CHECK(verify_claims(R"({"sub":"u","nbf":1700000000})", {}, token_time - off).has_value());
    }
    CHECK(verify_claims(R"({"sub":"u","exp":1700000000})", {}, token_time + 60s).has_error());
    CHECK(verify_claims(R"({"sub":"u","nbf":1700000000})", {}, token_time - 61s).has_error());
    CHECK(verify_claims(R"({"sub":"u","exp":1700000000})", {.leeway = 5s}, token_time + 10s)
            .has_error());
  }

  TEST_CASE("a token begins at nbf, and the leeway earlier") {
    const auto at = [](timestamp now) {
      return verify_claims(R"({"sub":"u","nbf":1700000000})", {.leeway = 5s}, now);
    };
    CHECK(at(token_time - 5s - 1us).error().detail == "the token is not valid yet");
    CHECK(at(token_time - 5s).has_value());
    CHECK(at(token_time).has_value());
  }

  TEST_CASE("dates may have a fraction or an exponent") {
    const auto exp = [](const std::string& text) {
      auto out = verify_claims(R"({"sub":"u","iat":1699999999.5,"exp":)" + text + '}');
      REQUIRE(out.has_value());
      return out->expires_at;
    };
    CHECK(exp("1700000000.25") == token_time + 250ms);
    CHECK(exp("1700000000.123456") == token_time + 123'456us);
    CHECK(exp("1.70000006e9") == token_time + 60s);
    CHECK(exp("1700000060.0") == token_time + 60s);
    CHECK(exp("9999999999") == timestamp{9'999'999'999s});
    CHECK(exp("253402300799") == timestamp{253'402'300'799s});
    // A token may have been issued in a future that the clocks do not agree on.
    CHECK(verify_claims(R"({"sub":"u","iat":1800000000})").has_value());
    CHECK(verify_claims(R"({"sub":"u","nbf":0,"iat":0})").has_value());
    CHECK(verify_claims(R"({"sub":"u","exp":0})").error().detail == "the token has expired");
  }

  TEST_CASE("the issuer is the one that is asked for") {
    token_options options{.issuer = "https://id.example"};
    CHECK(verify_claims(R"({"sub":"u","iss":"https://id.example"})", options).has_value());
    for (const char* x :
         {R"({"sub":"u"})", R"({"sub":"u","iss":""})", R"({"sub":"u","iss":"https://id.example/"})",
          R"({"sub":"u","iss":"https://id.exampl"})",
          R"({"sub":"u","iss":"https://id.example\u0000"})"}) {
      CAPTURE(x);
      CHECK(verify_claims(x, options).error().detail == "the token is from another issuer");
    }
    CHECK(verify_claims(R"({"sub":"u","iss":"anybody"})").has_value());
  }

  TEST_CASE("the audience holds the one that is asked for") {
    token_options options{.audience = "carillon"};
    for (const char* x : {R"({"sub":"u","aud":"carillon"})", R"({"sub":"u","aud":["carillon"]})",
                          R"({"sub":"u","aud":["other","carillon"]})"}) {
      CAPTURE(x);
      CHECK(verify_claims(x, options).has_value());
    }
    for (const char* x : {R"({"sub":"u"})", R"({"sub":"u","aud":[]})", R"({"sub":"u","aud":""})",
                          R"({"sub":"u","aud":"Carillon"})", R"({"sub":"u","aud":["carillon2"]})",
                          R"({"sub":"u","aud":"other carillon"})"}) {
      CAPTURE(x);
      CHECK(verify_claims(x, options).error().detail == "the token is for another audience");
    }
    CHECK(verify_claims(R"({"sub":"u","aud":"anybody"})").has_value());
  }

  TEST_CASE("claims of a token that is not signed are not looked at") {
    auto expired = token_issuer::hs256("another").token(R"({"exp":1})");
    CHECK(verify(expired).error().detail == "the token is not signed by a key of this node");
  }

  TEST_CASE("options that can't work are refused by name") {
    CHECK(token_verifier::open({}).error().field == "jwt-secret");
    CHECK(token_verifier::open({.secret = secret, .leeway = -1s}).error().field == "jwt-leeway");
    CHECK(token_verifier::open({.secret = secret, .leeway = 3601s}).error().field == "jwt-leeway");
    CHECK(token_verifier::open({.secret = secret, .leeway = 3600s}).has_value());
  }

  TEST_CASE("a secret that can be guessed from a token is refused") {
    for (size_t bytes : {1, 16, 31}) {
      auto made = token_verifier::open({.secret = std::string(bytes, 'a')});
      REQUIRE(made.has_error());
      CHECK(made.error().field == "jwt-secret");
      CHECK(made.error().detail.find("32 bytes") != std::string::npos);
    }
    CHECK(token_verifier::open({.secret = std::string(32, 'a')}).has_value());
  }

} // TEST_SUITE

} // namespace carillon::test

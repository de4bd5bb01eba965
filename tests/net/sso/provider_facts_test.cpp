#include "net/sso/fetch.hpp"
#include "net/sso/provider_facts.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carillon;

TEST_SUITE("net/sso/provider_facts") {
  namespace {

  const std::string issuer = "https://id.example/realm";

  std::string description(const std::string& more = {}, const std::string& of = issuer) {
    return R"({"issuer":")" + of
           + R"(","authorization_endpoint":"https://id.example/auth","jwks_uri":"https://keys.example/k")"
           + more + "}";
  }

  const std::string token_part = R"(,"token_endpoint":"https://id.example/token")";

  } // namespace

  TEST_CASE("a description says where things are") {
    const auto x = sso::parse_description(
      description(token_part
                  + R"(,"end_session_endpoint":"https://id.example/out","unknown":[{}])"),
      issuer);
    REQUIRE(x.has_value());
    CHECK(x->token_endpoint == "https://id.example/token");
    CHECK(x->jwks_uri == "https://keys.example/k");
    CHECK(x->end_session_endpoint == "https://id.example/out");
    CHECK(x->userinfo_endpoint.empty());
    CHECK(!x->secret_in_form);
    CHECK(!x->names_itself);
    CHECK(sso::discovery_url(issuer) == issuer + "/.well-known/openid-configuration");
    CHECK(sso::discovery_url("https://x/") == "https://x/.well-known/openid-configuration");
  }

  TEST_CASE("the secret goes where the provider takes it") {
    const auto in_form = [&](const std::string& methods) {
      return sso::parse_description(
               description(token_part + R"(,"token_endpoint_auth_methods_supported":)" + methods),
               issuer)
        ->secret_in_form;
    };
    CHECK(in_form(R"(["client_secret_post"])"));
    CHECK(!in_form(R"(["client_secret_post","client_secret_basic"])"));
    CHECK(!in_form(R"(["private_key_jwt"])"));
    CHECK(!in_form(R"("client_secret_post")"));
  }

  TEST_CASE("descriptions that can't be right are refused") {
    for (const auto& text :
         {std::string{}, std::string{"[]"}, description(), description(token_part + token_part),
          description(token_part, issuer + "/"), description(token_part, "https://evil.example"),
          description(R"(,"token_endpoint":"http://id.example/token")"),
          description(R"(,"token_endpoint":"http://127.0.0.1/token")"),
          description(R"(,"token_endpoint":7)"), description(R"(,"token_endpoint":"/token")"),
          description(R"(,"token_endpoint":"https://a:b@id.example/")"),
          description(R"(,"token_endpoint":"https://id.example/#x")"),
          description(R"(,"token_endpoint":"https://id.example/)" + std::string(2'000, 'x')
                      + "\"")}) {
      CAPTURE(text);
      CHECK(sso::parse_description(text, issuer).has_error());
    }
  }

  TEST_CASE("http is for loopback only") {
    CHECK(sso::is_provider_url("https://id.example", false));
    CHECK(sso::is_provider_url("https://127.0.0.1:8443/x?y=z", false));
    for (const char* url : {"http://127.0.0.1:1", "http://localhost/x", "http://[::1]:2/"}) {
      CHECK(sso::is_provider_url(url, true));
      CHECK(!sso::is_provider_url(url, false));
    }
    for (const char* url :
         {"http://id.example", "http://localhost.example", "ftp://127.0.0.1", "file:///etc/passwd",
          "javascript:1", "//id.example", "", "https://", "https:/x", "https://id.example\r\nx: y"})
      CHECK(!sso::is_provider_url(url, true));
  }

  TEST_CASE("keys are public ones") {
    const std::string okp
      = R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";
    const std::string oct = R"({"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})";
    const auto keys = sso::parse_provider_keys(R"({"keys":[)" + oct + "," + okp + "]}");
    REQUIRE(keys.has_value());
    REQUIRE(keys->size() == 1);
    CHECK(keys->front().algorithm() == token_algorithm::eddsa);
    CHECK(sso::parse_provider_keys(R"({"keys":[)" + oct + "]}").has_error());
    CHECK(sso::parse_provider_keys("{}").has_error());
  }
}
